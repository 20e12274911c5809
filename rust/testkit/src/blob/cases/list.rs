//! Listings: order, prefixes, delimiter, start.

use crate::blob::Case;
use crate::blob::build::*;

/// In byte order. It differs from the order of a walk through folders, where `a/b` and all of `a/`
/// would come before `a-b`, and from UTF-16's order, where the last would not be last.
const ORDER: [&str; 14] = [
    " ",
    "!",
    "A",
    "a",
    "a b",
    "a!",
    "a-b",
    "a.b",
    "a0",
    "aa",
    "b",
    "\u{e9}",
    "\u{FFFD}",
    "\u{1F600}",
];

const TREE: [&str; 9] = ["a-b", "a/b/1", "a/b/2", "a/b0", "a/c", "a0", "b/c/d/e", "b/d", "top"];

pub(super) fn cases() -> Vec<Case> {
    let mut all = flat();
    all.extend(prefixes());
    all.extend(rolled_up());
    all.extend(starts());
    all
}

fn in_tree(name: &str, listings: Vec<Step>) -> Case {
    // Backwards, so that the order is the listing's own.
    let mut steps = steps![put_all(TREE.into_iter().rev())];
    steps.extend(listings);
    case(name, steps)
}

fn flat() -> Vec<Case> {
    vec![
        case("list_of_nothing", steps![list([]), list([]).folders([]), list([]).prefix("a")]),
        case("list_is_in_byte_order", steps![put_all(ORDER.into_iter().rev()), list(ORDER)]),
        case(
            "list_orders_whole_keys_rather_than_segments",
            steps![
                put_all(["a0", "a/b", "a-b", "a.b/c", "a!"]),
                list(["a!", "a-b", "a.b/c", "a/b", "a0"]),
            ],
        ),
        case(
            "list_orders_keys_and_not_their_encoding",
            steps![
                put_all(["a%", "a$", "a&", "a//", "a/.", "a/-", "a/..", "a/0", "a/%"]),
                list(["a$", "a%", "a&", "a/%", "a/-", "a/.", "a/..", "a//", "a/0"]),
            ],
        )
        .needs(Capability::OddKeys),
        case(
            "list_orders_keys_by_their_bytes",
            steps![
                put_all(["a%", "a$", "a&", "a//", "a/.b", "a/-", "a/0", "a/%"]),
                list(["a$", "a%", "a&", "a/%", "a/-", "a/.b", "a//", "a/0"]),
            ],
        ),
        case(
            "list_orders_empty_segments",
            steps![
                put_all(["//a", "/a", "a//b", "a/ b", "a/0", "a/b//", "a/b/c"]),
                list(["//a", "/a", "a/ b", "a//b", "a/0", "a/b//", "a/b/c"]),
            ],
        ),
        in_tree("list_of_everything", steps![list(TREE)]),
        case(
            "list_shows_writes_and_deletes",
            steps![
                put_all(["a", "b", "c"]),
                list(["a", "b", "c"]),
                delete("b"),
                rename("a", "d"),
                put("c", "larger"),
                list(["c", "d"]),
            ],
        ),
        case(
            "list_of_the_reserved_folder",
            steps![
                put_all([".tombolo/x", ".tombolo/y/z", ".tombola"]),
                list([".tombola", ".tombolo/x", ".tombolo/y/z"]),
                list([".tombolo/x", ".tombolo/y/z"]).prefix(".tombolo/"),
                list([".tombola"]).folders([".tombolo/"]),
            ],
        ),
        case(
            "list_refuses_bad_arguments",
            steps![
                put("a", "x"),
                list([]).page_size(0).fails(invalid("page_size")),
                list([]).page_size(10_001).fails(invalid("page_size")),
                list([]).delimiter(',').fails(invalid("delimiter")),
                list([]).prefix("a\0").fails(invalid("prefix")),
                list([]).prefix(&"p".repeat(1025)).fails(invalid("prefix")),
                list([]).start_after("a\0").fails(invalid("start_after")),
                list([]).start_after(&"s".repeat(1025)).fails(invalid("start_after")),
            ],
        ),
        case(
            "list_takes_the_longest_arguments",
            steps![
                put("a", "x"),
                list(["a"]).page_size(10_000),
                list([]).prefix(&"p".repeat(1024)),
                list([]).start_after(&"s".repeat(1024)),
                list(["a"]).start_after("A/"),
            ],
        ),
    ]
}

fn prefixes() -> Vec<Case> {
    vec![
        in_tree(
            "list_with_a_prefix_of_a_folder",
            steps![
                list(["a/b/1", "a/b/2", "a/b0", "a/c"]).prefix("a/"),
                list(["b/c/d/e"]).prefix("b/c/d/"),
            ],
        ),
        in_tree(
            "list_with_a_prefix_inside_a_segment",
            steps![
                list(["a-b", "a/b/1", "a/b/2", "a/b0", "a/c", "a0"]).prefix("a"),
                list(["a/b/1", "a/b/2", "a/b0"]).prefix("a/b"),
                list(["b/c/d/e"]).prefix("b/c"),
                list(["top"]).prefix("to"),
            ],
        ),
        in_tree(
            "list_with_a_prefix_that_is_a_key",
            steps![
                list(["a/c"]).prefix("a/c"),
                list(["top"]).prefix("top"),
                list([]).prefix("top/"),
            ],
        ),
        in_tree(
            "list_with_a_prefix_of_nothing",
            steps![
                list([]).prefix("x"),
                list([]).prefix("a/b/3"),
                list([]).prefix("topper"),
                list([]).prefix("/"),
                list([]).prefix("A"),
            ],
        ),
        case(
            "list_with_odd_prefixes",
            steps![
                put_all(["/a", "100%", "100%25", "a//b", "a/..c", "a*c", "\u{e9}t\u{e9}"]),
                list(["/a"]).prefix("/"),
                list(["100%", "100%25"]).prefix("100%"),
                list(["100%25"]).prefix("100%2"),
                list(["a//b"]).prefix("a//"),
                list(["a/..c"]).prefix("a/.."),
                list(["a/..c"]).prefix("a/."),
                list(["a/..c", "a//b"]).prefix("a/"),
                list(["a*c"]).prefix("a*"),
                list(["\u{e9}t\u{e9}"]).prefix("\u{e9}"),
            ],
        ),
        case(
            "list_with_a_prefix_that_climbs",
            steps![
                put_all(["a/b", "a/../b", "../x", "../../y", "a\\b"]),
                list(["a\\b"]).prefix("a\\"),
                list(["a/../b"]).prefix("a/.."),
                list(["a/../b"]).prefix("a/../"),
                list(["../../y", "../x"]).prefix(".."),
                list(["../../y"]).prefix("../../"),
                list([]).prefix("a/../x"),
                list([]).prefix("./a"),
            ],
        )
        .needs(Capability::OddKeys),
    ]
}

fn rolled_up() -> Vec<Case> {
    vec![
        in_tree(
            "list_folders_of_the_root",
            steps![list(["a-b", "a0", "top"]).folders(["a/", "b/"])],
        ),
        in_tree(
            "list_folders_of_a_folder",
            steps![
                list(["a/b0", "a/c"]).folders(["a/b/"]).prefix("a/"),
                list(["b/d"]).folders(["b/c/"]).prefix("b/"),
                list([]).folders(["b/c/d/"]).prefix("b/c/"),
                list(["a/b/1", "a/b/2"]).folders([]).prefix("a/b/"),
            ],
        ),
        in_tree(
            "list_folders_with_a_prefix_inside_a_segment",
            steps![
                list(["a-b", "a0"]).folders(["a/"]).prefix("a"),
                list(["a/b0"]).folders(["a/b/"]).prefix("a/b"),
                list([]).folders(["b/c/"]).prefix("b/c"),
                list(["top"]).folders([]).prefix("t"),
                list([]).folders([]).prefix("x"),
            ],
        ),
        case(
            "list_folders_with_empty_segments",
            steps![
                put_all(["/a", "//b", "a//b", "a/b", "c/"]),
                list([]).folders(["/", "a/", "c/"]),
                list(["/a"]).folders(["//"]).prefix("/"),
                list(["a/b"]).folders(["a//"]).prefix("a/"),
                list(["a//b"]).folders([]).prefix("a//"),
                list(["c/"]).folders([]).prefix("c/"),
            ],
        ),
        case(
            "list_folders_with_encoded_names",
            steps![
                put_all(["%2e/y", ".tombolo/z", "a%/b", "plain"]),
                list(["plain"]).folders(["%2e/", ".tombolo/", "a%/"]),
                list(["a%/b"]).folders([]).prefix("a%/"),
            ],
        ),
        case(
            "list_folders_with_names_that_climb",
            steps![
                put_all(["../x", "./y", ".z/a", "plain"]),
                list(["plain"]).folders(["../", "./", ".z/"]),
                list(["../x"]).folders([]).prefix("../"),
            ],
        )
        .needs(Capability::OddKeys),
        case(
            "list_folders_once_each",
            steps![
                put_all(["d/1", "d/2", "d/3/4", "d/3/5", "e/1", "f"]),
                list(["f"]).folders(["d/", "e/"]),
                delete("e/1"),
                list(["f"]).folders(["d/"]),
            ],
        ),
    ]
}

fn starts() -> Vec<Case> {
    vec![
        in_tree(
            "list_after_a_key",
            steps![
                list(["a/c", "a0", "b/c/d/e", "b/d", "top"]).start_after("a/b0"),
                list(["top"]).start_after("b/d"),
                list([]).start_after("top"),
            ],
        ),
        in_tree(
            "list_after_what_is_no_key",
            steps![
                list(TREE).start_after("A"),
                list(["a/b/1", "a/b/2", "a/b0", "a/c", "a0", "b/c/d/e", "b/d", "top"])
                    .start_after("a/"),
                list(["a/b0", "a/c", "a0", "b/c/d/e", "b/d", "top"]).start_after("a/b/3"),
                list(["b/d", "top"]).start_after("b/c/d/e/f"),
                list(["b/c/d/e", "b/d", "top"]).start_after("b"),
                list([]).start_after("zzz"),
                list([]).start_after("\u{10FFFF}"),
            ],
        ),
        in_tree(
            "list_after_a_key_with_a_prefix",
            steps![
                list(["a/b0", "a/c"]).prefix("a/").start_after("a/b/2"),
                list(["a/b/1", "a/b/2", "a/b0", "a/c"]).prefix("a/").start_after("a-b"),
                list([]).prefix("a/").start_after("a0"),
                list(["a/b/2", "a/b0"]).prefix("a/b").start_after("a/b/1"),
            ],
        ),
        in_tree(
            "list_folders_after_a_key",
            steps![
                list(["a0", "top"]).folders(["a/", "b/"]).start_after("a-b"),
                list(["a0", "top"]).folders(["a/", "b/"]).start_after("a/b/1"),
                list(["a0", "top"]).folders(["b/"]).start_after("a/c"),
                list(["top"]).folders([]).start_after("b/d"),
                list(["a/b0", "a/c"]).folders(["a/b/"]).prefix("a/").start_after("a/b/1"),
                list(["a/b0", "a/c"]).folders([]).prefix("a/").start_after("a/b/2"),
                list(["a/b0", "a/c"]).folders(["a/b/"]).prefix("a/").start_after("a/b/"),
            ],
        ),
    ]
}
