//! Reads: ranges of every form and at every boundary, absent objects.

use crate::blob::build::*;
use crate::blob::{Body, Case};

const MIB: u64 = 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let ways = [ReadHow::Get, ReadHow::Into, ReadHow::Reader];
    let mut all: Vec<Case> = ways.into_iter().flat_map(of).collect();
    all.extend([
        case("get_of_an_absent_object", steps![get_fails("nope", not_found("nope"))]),
        case(
            "head_of_an_absent_object",
            steps![read(ReadHow::Head, "nope").fails(not_found("nope"))],
        ),
        case(
            "reader_of_an_absent_object",
            steps![read(ReadHow::Reader, "a/nope").fails(not_found("nope"))],
        ),
        case(
            "get_into_of_an_absent_object",
            steps![read(ReadHow::Into, "nope").room(0).fails(not_found("nope"))],
        ),
        case(
            "a_folder_is_no_object",
            steps![
                put("dir/sub/a", "x"),
                get_fails("dir", not_found("")),
                get_fails("dir/sub", not_found("")),
                absent("dir"),
                read(ReadHow::Into, "dir").fails(not_found("")),
                read(ReadHow::Reader, "dir").fails(not_found("")),
            ],
        ),
        case(
            "nothing_is_below_an_object",
            steps![put("a", "x"), get_fails("a/b", not_found("")), absent("a/b/c")],
        ),
        case(
            "keys_with_a_common_beginning_are_other_keys",
            steps![put("abc", "x"), absent("ab"), absent("abcd"), absent("abc/"), absent("ABC")],
        ),
    ]);
    all
}

/// The name of a case for one of the ways to read.
fn name(how: ReadHow, what: &str) -> String {
    match how {
        ReadHow::Get => format!("get_{what}"),
        ReadHow::Into => format!("get_into_{what}"),
        ReadHow::Reader => format!("reader_{what}"),
        ReadHow::Head => format!("head_{what}"),
    }
}

fn of(how: ReadHow) -> Vec<Case> {
    let digits = |range, offset, body: &str| {
        steps![put("k", "0123456789"), read(how, "k").part(range, offset, 10, body)]
    };
    let refused = |body: &str, range, expect| {
        steps![put("k", body), read(how, "k").range(range).fails(expect)]
    };
    let all = [
        ("the_first_byte", digits(Range::Part(0, 1), 0, "0")),
        ("the_middle", digits(Range::Part(3, 4), 3, "3456")),
        ("the_last_byte", digits(Range::Part(9, 1), 9, "9")),
        ("exactly_the_whole", digits(Range::Part(0, 10), 0, "0123456789")),
        ("a_range_clipped_at_the_end", digits(Range::Part(7, 100), 7, "789")),
        ("a_range_of_the_greatest_length", digits(Range::Part(1, u64::MAX), 1, "123456789")),
        ("from_an_offset", digits(Range::From(6), 6, "6789")),
        ("from_the_start", digits(Range::From(0), 0, "0123456789")),
        ("from_the_last_byte", digits(Range::From(9), 9, "9")),
        ("a_suffix", digits(Range::Suffix(3), 7, "789")),
        ("a_suffix_of_one_byte", digits(Range::Suffix(1), 9, "9")),
        ("a_suffix_of_the_whole", digits(Range::Suffix(10), 0, "0123456789")),
        ("a_suffix_longer_than_the_object", digits(Range::Suffix(u64::MAX), 0, "0123456789")),
        ("at_the_end", refused("0123456789", Range::Part(10, 1), out_of_range())),
        ("from_the_end", refused("0123456789", Range::From(10), out_of_range())),
        ("far_beyond_the_end", refused("0123456789", Range::From(u64::MAX), out_of_range())),
        ("a_range_of_an_empty_object", refused("", Range::Part(0, 1), out_of_range())),
        ("from_the_start_of_an_empty_object", refused("", Range::From(0), out_of_range())),
        ("a_suffix_of_an_empty_object", refused("", Range::Suffix(1), out_of_range())),
        ("no_bytes", refused("0123456789", Range::Part(3, 0), invalid("range"))),
        ("a_suffix_of_no_bytes", refused("0123456789", Range::Suffix(0), invalid("range"))),
        (
            "no_bytes_of_an_absent_object",
            steps![read(how, "nope").range(Range::Part(0, 0)).fails(invalid("range"))],
        ),
        (
            "a_range_of_an_absent_object",
            steps![read(how, "nope").range(Range::Part(0, 1)).fails(not_found("nope"))],
        ),
        ("ranges_of_a_large_object", large(how)),
    ];
    all.into_iter().map(|(what, steps)| case(name(how, what), steps)).collect()
}

/// Ranges that begin and end beside the sizes of pages, pieces and blocking steps.
fn large(how: ReadHow) -> Vec<Step> {
    let size = 3 * MIB + 17;
    let part = |range, skip, len| {
        read(how, "k").part(range, skip, size, Body::Pattern { seed: 5, skip, len })
    };
    steps![
        put("k", pattern(5, size)),
        part(Range::Part(4095, 2), 4095, 2),
        part(Range::Part(65_536, 65_536), 65_536, 65_536),
        part(Range::Part(MIB - 1, 2), MIB - 1, 2),
        part(Range::Part(MIB, MIB), MIB, MIB),
        part(Range::Part(1, 2 * MIB), 1, 2 * MIB),
        part(Range::From(3 * MIB), 3 * MIB, 17),
        part(Range::Suffix(MIB + 18), 2 * MIB - 1, MIB + 18),
    ]
}
