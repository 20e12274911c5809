//! Listings over several pages.

use crate::blob::Case;
use crate::blob::build::*;

const TREE: [&str; 8] = ["a", "b/1", "b/2", "b/3/x", "c", "d/1", "e", "f/g/h"];

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("pages_of_every_size", every_size(|| list(TREE))),
        case(
            "pages_of_folders_of_every_size",
            every_size(|| list(["a", "c", "e"]).folders(["b/", "d/", "f/"])),
        ),
        case(
            "pages_with_a_prefix_of_every_size",
            every_size(|| list(["b/1", "b/2", "b/3/x"]).prefix("b/")),
        ),
        case(
            "pages_after_a_key_of_every_size",
            every_size(|| list(["b/3/x", "c", "d/1", "e", "f/g/h"]).start_after("b/2")),
        ),
        case(
            "pages_of_folders_after_a_key_of_every_size",
            every_size(|| list(["c", "e"]).folders(["b/", "d/", "f/"]).start_after("b/2")),
        ),
        case("pages_of_nothing", steps![list([]).page_size(1), list([]).page_size(10_000)]),
        case("pages_of_1000_keys", thousand()),
        case("pages_of_1000_keys_in_folders", thousand_in_folders()),
    ]
}

fn every_size(listing: impl Fn() -> crate::blob::Listing) -> Vec<Step> {
    let sizes = 1..=TREE.len() as u64 + 1;
    let mut steps = steps![put_all(TREE)];
    steps.extend(sizes.map(|size| listing().page_size(size).into()));
    steps
}

fn numbered(prefix: &str) -> Vec<String> {
    (0..1000).map(|at| format!("{prefix}{at:04}")).collect()
}

fn thousand() -> Vec<Step> {
    let keys = numbered("k");
    let all = || keys.iter().map(String::as_str);
    steps![
        put_all(all().rev()),
        list(all()),
        list(all()).page_size(7),
        list(all()).page_size(999),
        list(all()).page_size(1001),
        list(all().skip(501)).start_after("k0500").page_size(100),
        list(all().skip(120).take(10)).prefix("k012").page_size(3),
    ]
}

/// A folder with nothing but folders, and all keys below two of them.
fn thousand_in_folders() -> Vec<Step> {
    let keys: Vec<String> = numbered("").iter().map(|n| format!("d/{}/{n}", &n[..2])).collect();
    let folders: Vec<String> = (0..10).map(|at| format!("d/{at:02}/")).collect();
    let folders = || folders.iter().map(String::as_str);
    let all = || keys.iter().map(String::as_str);
    steps![
        put_all(all()),
        list(all()).page_size(64),
        list([]).folders(["d/"]),
        list([]).folders(folders()).prefix("d/").page_size(3),
        list([]).folders(folders().skip(4)).prefix("d/").start_after("d/03/0399").page_size(2),
        list(all().skip(300).take(100)).prefix("d/03/").folders([]).page_size(33),
    ]
}
