//! Readers and writers that live over several steps.

use crate::blob::Case;
use crate::blob::build::*;

const MIB: u64 = 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let mut all = readers();
    all.extend(writers());
    all.extend(writers_that_fail());
    all
}

fn readers() -> Vec<Case> {
    let big = || pattern(21, 3 * MIB);
    vec![
        case(
            "a_reader_of_a_large_object",
            steps![
                put("a", big()),
                open_reader(1, "a", 3 * MIB),
                Step::ReadChunk { slot: 1 },
                read_rest(1, big()),
            ],
        ),
        case(
            "a_reader_keeps_its_version_while_overwritten",
            steps![
                put("a", big()).saves(1),
                open_reader(1, "a", 3 * MIB),
                Step::ReadChunk { slot: 1 },
                put("a", "other"),
                read_rest(1, big()),
                get("a", "other"),
            ],
        ),
        case(
            "a_reader_keeps_its_version_from_the_opening_on",
            steps![
                put("a", "first"),
                open_reader(1, "a", 5),
                put("a", "something longer"),
                read_rest(1, "first"),
            ],
        ),
        case(
            "a_reader_keeps_its_version_while_deleted",
            steps![
                put("a", big()),
                open_reader(1, "a", 3 * MIB),
                Step::ReadChunk { slot: 1 },
                delete("a"),
                read_rest(1, big()),
                absent("a"),
            ],
        ),
        case(
            "a_reader_keeps_its_version_while_renamed",
            steps![
                put("a", big()),
                put("b", "other"),
                open_reader(1, "a", 3 * MIB),
                rename("b", "a"),
                read_rest(1, big()),
            ],
        ),
        case(
            "two_readers_of_two_versions",
            steps![
                put("a", pattern(1, MIB + 1)),
                open_reader(1, "a", MIB + 1),
                put("a", pattern(2, MIB)),
                open_reader(2, "a", MIB),
                Step::ReadChunk { slot: 2 },
                Step::ReadChunk { slot: 1 },
                read_rest(1, pattern(1, MIB + 1)),
                read_rest(2, pattern(2, MIB)),
            ],
        ),
        case(
            "a_reader_may_be_dropped_early",
            steps![
                put("a", big()),
                open_reader(1, "a", 3 * MIB),
                Step::ReadChunk { slot: 1 },
                Step::DropReader { slot: 1 },
                open_reader(1, "a", 3 * MIB),
                Step::DropReader { slot: 1 },
                delete("a"),
                list([]),
            ],
        ),
        case(
            "a_reader_of_an_empty_object",
            steps![put("a", ""), open_reader(1, "a", 0), read_rest(1, ""),],
        ),
    ]
}

fn writers() -> Vec<Case> {
    vec![
        case(
            "a_writer_joins_its_pieces",
            steps![
                open_writer(1, "a/b"),
                write(1, "one "),
                write(1, ""),
                write(1, "two "),
                write(1, "three"),
                finish(1),
                get("a/b", "one two three"),
                list(["a/b"]),
            ],
        ),
        case(
            "a_writer_without_pieces_writes_an_empty_object",
            steps![open_writer(1, "a"), finish(1), get("a", ""),],
        ),
        case(
            "a_writer_of_large_pieces",
            steps![
                open_writer(1, "a"),
                write(1, piece(0, MIB)),
                write(1, piece(MIB, 2 * MIB + 1)),
                write(1, piece(3 * MIB + 1, 2 * MIB - 1)),
                finish(1),
                get("a", pattern(33, 5 * MIB)),
            ],
        ),
        case("a_writer_of_many_small_pieces", many_pieces()),
        case(
            "nothing_is_seen_before_a_writer_finishes",
            steps![
                open_writer(1, "a/b"),
                write(1, pattern(1, 2 * MIB)),
                absent("a/b"),
                list([]),
                finish(1),
                list(["a/b"]),
            ],
        ),
        case(
            "the_old_version_is_seen_until_a_writer_finishes",
            steps![
                put("a", "old").saves(1),
                open_writer(1, "a"),
                write(1, "new"),
                get("a", "old").etag(saved(1)),
                finish(1),
                get("a", "new"),
            ],
        ),
        case(
            "a_writers_etag_is_the_objects",
            steps![
                put("a", "x").saves(1),
                open_writer(1, "a"),
                write(1, "x"),
                Step::Finish { slot: 1, expect: success(), save: Some(2) },
                Step::TagsDiffer { a: 1, b: 2 },
                get("a", "x").etag(saved(2)),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "of_two_writers_the_last_to_finish_wins",
            steps![
                open_writer(1, "a"),
                open_writer(2, "a"),
                write(2, "second"),
                write(1, "first"),
                finish(2),
                get("a", "second"),
                finish(1),
                get("a", "first"),
            ],
        ),
        case(
            "a_writer_survives_the_delete_of_its_neighbour",
            steps![
                put("d/e/f", "x"),
                open_writer(1, "d/e/g"),
                write(1, "y"),
                delete("d/e/f"),
                finish(1),
                get("d/e/g", "y"),
                list(["d/e/g"]),
            ],
        ),
        case(
            "a_reader_of_what_a_writer_replaces",
            steps![
                put("a", pattern(1, MIB)),
                open_reader(1, "a", MIB),
                open_writer(1, "a"),
                write(1, "new"),
                finish(1),
                read_rest(1, pattern(1, MIB)),
                get("a", "new"),
            ],
        ),
    ]
}

fn writers_that_fail() -> Vec<Case> {
    vec![
        case(
            "a_dropped_writer_leaves_nothing",
            steps![
                open_writer(1, "a/b"),
                write(1, pattern(1, MIB + 1)),
                Step::DropWriter { slot: 1 },
                absent("a/b"),
                list([]),
                put("a", "nothing is left in the way"),
            ],
        ),
        case(
            "a_dropped_writer_leaves_the_old_version",
            steps![
                put("a", "old").saves(1),
                open_writer(1, "a"),
                write(1, "new"),
                Step::DropWriter { slot: 1 },
                get("a", "old").etag(saved(1)),
            ],
        ),
        case(
            "a_finished_writer_says_so",
            steps![
                open_writer(1, "a"),
                write(1, "x"),
                finish(1),
                write_fails(1, "more", closed("finished")),
                finish_fails(1, closed("finished")),
                get("a", "x"),
            ],
        ),
        case(
            "a_failed_writer_leaves_nothing",
            steps![
                open_writer(1, "a/b").if_match(literal("t")),
                write(1, "x"),
                finish_fails(1, not_met()),
                write_fails(1, "more", closed("given up")),
                absent("a/b"),
                put("a", "nothing is left in the way"),
            ],
        )
        .needs(Capability::PutIfMatch),
    ]
}

fn piece(skip: u64, len: u64) -> crate::blob::Body {
    crate::blob::Body::Pattern { seed: 33, skip, len }
}

fn many_pieces() -> Vec<Step> {
    let writes = (0..300).map(|at| write(1, piece(at * 7, 7)));
    let mut steps = steps![open_writer(1, "a")];
    steps.extend(writes);
    steps.extend(steps![finish(1), get("a", pattern(33, 2100))]);
    steps
}
