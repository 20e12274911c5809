//! Keys: everything that is UTF-8 without NUL, from 1 to 1024 bytes, is a key of its own.

use crate::blob::Case;
use crate::blob::build::*;

/// Names of cases and keys that file systems, URLs and XML find hard.
const ODD: &[(&str, &str)] = &[
    ("of_one_letter", "k"),
    ("with_a_leading_slash", "/a"),
    ("with_a_doubled_slash", "a//b"),
    ("with_a_trailing_slash", "a/"),
    ("that_is_a_slash", "/"),
    ("of_slashes", "///"),
    ("that_is_a_dot", "."),
    ("that_is_two_dots", ".."),
    ("of_three_dots", "..."),
    ("that_climbs", "../../etc/passwd"),
    ("with_dots_inside", "a/../b/./c"),
    ("that_ends_in_dots", "a/.."),
    ("with_a_hidden_name", ".hidden/.x"),
    ("with_encoded_dots", "%2e%2e"),
    ("with_an_encoded_slash", "a%2Fb"),
    ("with_an_encoded_nul", "a%00b"),
    ("with_a_lone_percent", "100%"),
    ("with_a_broken_escape", "%zz%4"),
    ("that_is_a_space", " "),
    ("with_outer_spaces", " a b "),
    ("that_is_a_newline", "\n"),
    ("with_control_characters", "a\r\n\t\u{1}\u{7f}b"),
    ("with_a_backslash", "a\\..\\b"),
    ("with_wildcards", "*?[a]{b,c}"),
    ("with_quotes", "\"'`<>|&;$()!"),
    ("with_url_characters", "a?b=c&d#e+f:g@h=i,j~k"),
    ("with_a_drive", "C:/con/aux.txt"),
    ("with_a_leading_dash", "-rf"),
    ("with_a_trailing_dot", "a./b."),
    ("that_looks_temporary", ".#a~.tmp"),
    ("with_accents", "caf\u{e9}/\u{fc}ber"),
    ("with_an_emoji", "\u{1F600}/\u{1F468}\u{200D}\u{1F469}"),
    ("from_right_to_left", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}/\u{202E}a"),
    ("with_a_byte_order_mark", "\u{FEFF}a"),
    ("with_the_greatest_character", "a\u{10FFFF}"),
    ("in_the_reserved_folder", ".tombolo/x"),
    ("that_is_the_reserved_folder", ".tombolo"),
    ("below_a_reserved_name", "a/.tombolo/x"),
];

pub(super) fn cases() -> Vec<Case> {
    let odd = ODD.iter().map(|&(what, key)| {
        let case = case(format!("key_{what}"), life_of(key));
        if is_odd(key) { case.needs(Capability::OddKeys) } else { case }
    });
    let mut all: Vec<Case> = odd.collect();
    all.extend(lengths());
    all.extend([
        case(
            "keys_that_look_alike_are_different",
            distinct(&[
                "K",
                "k",
                "%",
                "%25",
                "%2525",
                "a%2Fb",
                "a%2fb",
                "caf\u{e9}",
                "cafe\u{301}",
            ]),
        ),
        case("slashes_make_keys_different", distinct(&["x/y", "x//y", "/x/y", "x/y%2F", "x%5Cy"])),
        case("a_backslash_is_no_slash", distinct(&["x/y", "x\\y"])).needs(Capability::OddKeys),
        case("dots_make_keys_different", distinct(&["../x", "./x", "x", ".x", "..x", "%2e/x"]))
            .needs(Capability::OddKeys),
        case(
            "dots_in_a_segment_make_keys_different",
            distinct(&["x", ".x", "..x", "...", "%2e/x"]),
        ),
        case("odd_keys_are_refused", odd_keys_are_refused()).without(Capability::OddKeys),
        case("the_empty_key_is_refused", everywhere_refused("", "it is empty")),
        case("a_key_with_nul_is_refused", everywhere_refused("a\0b", "it holds a NUL at byte 1")),
        case(
            "a_key_of_1025_bytes_is_refused",
            everywhere_refused(&long_key(1025), "it has 1025 bytes"),
        ),
    ]);
    all
}

/// Everything one does to an object, under this key.
fn life_of(key: &str) -> Vec<Step> {
    steps![
        absent(key),
        put(key, "body").saves(1),
        get(key, "body").etag(saved(1)),
        head(key, 4),
        read(ReadHow::Reader, key).whole("body"),
        list([key]),
        list([key]).prefix(key),
        list([]).start_after(key),
        copy(key, "copies/of-it"),
        get("copies/of-it", "body"),
        delete(key),
        absent(key),
        rename("copies/of-it", key),
        get(key, "body"),
        list([key]),
        open_writer(1, key),
        write(1, "written"),
        finish(1),
        get(key, "written"),
        delete_many([(key, success())]),
        list([]),
    ]
}

/// Whether a store may refuse it.
fn is_odd(key: &str) -> bool {
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    key.contains(|c: char| c.is_control() || c == '\\') || key.split('/').any(is_dots)
}

fn odd_keys_are_refused() -> Vec<Step> {
    let keys = ODD.iter().map(|(_, key)| *key).filter(|key| is_odd(key));
    keys.flat_map(|key| everywhere_refused(key, "")).collect()
}

/// A key of segments of 200 bytes.
fn long_key(len: usize) -> String {
    let segments = "s".repeat(200) + "/";
    segments.chars().cycle().take(len).collect()
}

fn lengths() -> Vec<Case> {
    let emojis = "\u{1F600}".repeat(63);
    vec![
        case("key_of_1024_bytes", life_of(&long_key(1024))),
        case("key_of_200_levels", life_of(&vec!["d"; 200].join("/"))),
        case("key_with_a_segment_of_255_bytes", life_of(&format!("a/{}", "s".repeat(255)))),
        case("key_with_a_segment_of_63_emojis", life_of(&emojis)),
        case("key_with_a_segment_of_1024_bytes", life_of(&"s".repeat(1024)))
            .needs(Capability::LongSegments),
        case("key_with_a_segment_of_1024_percents", life_of(&"%".repeat(1024)))
            .needs(Capability::LongSegments),
    ]
}

/// All of these keys at once, each with its own body.
fn distinct(keys: &[&str]) -> Vec<Step> {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    let puts = keys.iter().map(|key| put(key, *key).into());
    let gets = keys.iter().map(|key| get(key, *key).into());
    puts.chain(gets).chain([list(sorted).into()]).collect()
}

/// Every operation refuses this key, by the name of the argument.
fn everywhere_refused(key: &str, why: &str) -> Vec<Step> {
    let named = |argument: &str| invalid(&format!("{argument}: {why}"));
    steps![
        put("good", "x"),
        put(key, "x").fails(named("key")),
        get_fails(key, named("key")),
        read(ReadHow::Head, key).fails(named("key")),
        read(ReadHow::Reader, key).fails(named("key")),
        open_writer(1, key).fails(named("key")),
        delete_if(key, Tag::None, named("key")),
        copy(key, "to").fails(named("from")),
        copy("good", key).fails(named("to")),
        rename(key, "to").fails(named("from")),
        rename("good", key).fails(named("to")),
        list(["good"]),
    ]
}
