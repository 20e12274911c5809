//! Reads into a buffer of the caller: how large it is, and what is left of it. Ranges and conditions
//! are with those of the other ways to read.

use crate::blob::build::*;
use crate::blob::{Body, Case};

const MIB: u64 = 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let digits = || put("k", "0123456789");
    let into = || read(ReadHow::Into, "k").whole("0123456789");
    let too_small = |has, needs| {
        invalid(&format!("buffer: it has room for {has} bytes, and the read is of {needs}"))
    };
    let large = || put("k", pattern(3, 3 * MIB));
    let of_large = || read(ReadHow::Into, "k").whole(pattern(3, 3 * MIB));
    let part = |range, offset, body: &str| {
        read(ReadHow::Into, "k").part(range, offset, 10, body).room(body.len() as u64)
    };
    vec![
        case("get_into_exactly_enough", steps![digits(), into().room(10)]),
        case("get_into_much_more_than_enough", steps![digits(), into().room(2 * MIB)]),
        case(
            "get_into_too_little",
            steps![
                digits(),
                into().room(9).fails(too_small(9, 10)),
                into().room(0).fails(too_small(0, 10)),
            ],
        ),
        case(
            "get_into_exactly_enough_for_a_range",
            steps![
                digits(),
                part(Range::Part(4, 3), 4, "456"),
                part(Range::Part(7, 100), 7, "789"),
                part(Range::From(9), 9, "9"),
                part(Range::Suffix(2), 8, "89"),
                into().range(Range::Suffix(2)).room(1).fails(too_small(1, 2)),
                into().range(Range::Part(7, 100)).room(2).fails(too_small(2, 3)),
            ],
        ),
        case(
            "get_into_of_an_empty_object",
            steps![
                put("k", ""),
                read(ReadHow::Into, "k").whole("").room(0),
                read(ReadHow::Into, "k").whole("").room(5),
            ],
        ),
        case(
            "get_into_of_a_large_object",
            steps![
                large(),
                of_large().room(3 * MIB),
                of_large().room(3 * MIB + 1),
                of_large().room(3 * MIB - 1).fails(too_small(3 * MIB - 1, 3 * MIB)),
                of_large().room(1).fails(too_small(1, 3 * MIB)),
            ],
        ),
        case(
            "get_into_beside_64_kib",
            [65_535, 65_536, 65_537]
                .into_iter()
                .flat_map(|size: u64| {
                    let body = || Body::Pattern { seed: 9, skip: 0, len: size };
                    steps![put("k", body()), read(ReadHow::Into, "k").whole(body()).room(size)]
                })
                .collect(),
        ),
        case(
            "get_into_judges_the_buffer_last",
            steps![
                put("k", "old").saves(1),
                put("k", "0123456789").saves(2),
                into().room(0).if_match(saved(1)).fails(not_met()),
                into().room(0).if_none_match(saved(2)).fails(not_modified()),
                into().room(0).range(Range::From(10)).fails(out_of_range()),
                into().room(0).if_match(saved(2)).fails(too_small(0, 10)),
            ],
        ),
    ]
}
