//! Copies and renames.

use crate::blob::Case;
use crate::blob::build::*;

pub(super) fn cases() -> Vec<Case> {
    let mut all = copies();
    all.extend(renames());
    all.extend(conditional().into_iter().map(|case| case.needs(Capability::CopyIfAbsent)));
    all.push(
        case(
            "copy_if_absent_is_unimplemented",
            steps![
                put("a", "x"),
                copy("a", "b").if_absent().fails(unimplemented("if_absent")),
                rename("a", "b").if_absent().fails(unimplemented("if_absent")),
                list(["a"]),
            ],
        )
        .without(Capability::CopyIfAbsent),
    );
    all
}

fn copies() -> Vec<Case> {
    vec![
        case(
            "copy_makes_a_second_object",
            steps![put("a", "x"), copy("a", "b/c"), get("a", "x"), get("b/c", "x"),],
        ),
        case(
            "a_copy_has_an_etag_of_its_own",
            steps![
                put("a", "x").saves(1),
                copy("a", "b").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
                get("a", "x").etag(saved(1)),
                get("b", "x").etag(saved(2)),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "a_copy_is_independent",
            steps![
                put("a", "x"),
                copy("a", "b"),
                put("a", "changed"),
                get("b", "x"),
                delete("a"),
                get("b", "x"),
            ],
        ),
        case(
            "copy_replaces_the_target",
            steps![
                put("a", "new").saves(1),
                put("b", "a longer old body").saves(2),
                copy("a", "b").saves(3),
                Step::TagsDiffer { a: 2, b: 3 },
                get("b", "new"),
            ],
        ),
        case(
            "copy_keeps_the_metadata",
            steps![
                put("a", "x").content_type("text/plain").meta("one", "1"),
                put("b", "y").content_type("text/html").meta("two", "2"),
                copy("a", "b"),
                get("b", "x").content_type("text/plain").meta("one", "1"),
                get("a", "x").content_type("text/plain").meta("one", "1"),
            ],
        )
        .needs(Capability::Metadata),
        case(
            "copy_of_an_absent_object",
            steps![
                copy("nope/x", "a/b").fails(not_found("nope")),
                put("a", "nothing is left in the way"),
                copy("nope", "a").fails(not_found("nope")),
                get("a", "nothing is left in the way"),
            ],
        ),
        case(
            "copy_onto_itself_is_refused",
            steps![
                put("a", "x").saves(1),
                copy("a", "a").fails(invalid("to: ")),
                get("a", "x").etag(saved(1)),
            ],
        ),
        case("copy_of_an_empty_object", steps![put("a", ""), copy("a", "b"), get("b", "")]),
        case(
            "copy_of_a_large_object",
            steps![
                put("a", pattern(9, 3 * 1024 * 1024 + 1)),
                copy("a", "b"),
                get("b", pattern(9, 3 * 1024 * 1024 + 1)),
            ],
        ),
    ]
}

fn renames() -> Vec<Case> {
    vec![
        case(
            "rename_moves",
            steps![put("a", "x"), rename("a", "b/c"), absent("a"), get("b/c", "x"), list(["b/c"]),],
        ),
        case(
            "a_renamed_object_has_a_new_etag",
            steps![
                put("a", "x").saves(1),
                rename("a", "b").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
                get("b", "x").etag(saved(2)),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "an_etag_does_not_return_by_renames",
            steps![
                put("a", "x").saves(1),
                rename("a", "b"),
                rename("b", "a").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
                read(ReadHow::Get, "a").if_match(saved(1)).fails(not_met()),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "rename_replaces_the_target",
            steps![
                put("a", "new"),
                put("b", "old").saves(1),
                rename("a", "b").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
                get("b", "new"),
                list(["b"]),
            ],
        ),
        case(
            "rename_keeps_the_metadata",
            steps![
                put("a", "x").content_type("text/plain").meta("one", "1"),
                rename("a", "b"),
                get("b", "x").content_type("text/plain").meta("one", "1"),
            ],
        )
        .needs(Capability::Metadata),
        case(
            "rename_of_an_absent_object",
            steps![
                rename("nope/x", "a/b").fails(not_found("nope")),
                put("a", "nothing is left in the way"),
                rename("nope", "a").fails(not_found("nope")),
                get("a", "nothing is left in the way"),
            ],
        ),
        case(
            "rename_onto_itself_is_refused",
            steps![
                put("a", "x").saves(1),
                rename("a", "a").fails(invalid("to: ")),
                get("a", "x").etag(saved(1)),
            ],
        ),
        case(
            "rename_leaves_no_folder_behind",
            steps![put("x/y/z", "1"), rename("x/y/z", "w"), put("x", "2"), list(["w", "x"]),],
        ),
        case(
            "rename_into_a_deeper_folder",
            steps![
                put("x/y", "1"),
                rename("x/y", "x/z/w"),
                put("x/y", "2"),
                list(["x/y", "x/z/w"]),
            ],
        ),
        case(
            "rename_there_and_back",
            steps![
                put("a/b", "1"),
                rename("a/b", "c/d"),
                rename("c/d", "a/b"),
                get("a/b", "1"),
                put("c", "nothing is left in the way"),
            ],
        ),
        case(
            "rename_of_a_folder_is_refused",
            steps![
                put("a/b", "x"),
                rename("a", "c").fails(not_found("")),
                copy("a", "c").fails(not_found("")),
                get("a/b", "x"),
            ],
        ),
    ]
}

fn conditional() -> Vec<Case> {
    vec![
        case(
            "copy_if_absent_creates",
            steps![put("a", "x"), copy("a", "b").if_absent(), get("b", "x"),],
        ),
        case(
            "copy_if_absent_leaves_what_is_there",
            steps![
                put("a", "new"),
                put("b", "old").saves(1),
                copy("a", "b").if_absent().fails(not_met()),
                get("b", "old").etag(saved(1)),
            ],
        ),
        case(
            "rename_if_absent_moves",
            steps![put("a", "x"), rename("a", "b").if_absent(), list(["b"]),],
        ),
        case(
            "rename_if_absent_leaves_both",
            steps![
                put("a", "new").saves(1),
                put("b", "old").saves(2),
                rename("a", "b").if_absent().fails(not_met()),
                get("a", "new").etag(saved(1)),
                get("b", "old").etag(saved(2)),
            ],
        ),
        case(
            "copy_if_absent_of_an_absent_object",
            steps![
                copy("nope", "b").if_absent().fails(not_found("nope")),
                rename("nope", "b").if_absent().fails(not_found("nope")),
                list([]),
            ],
        ),
    ]
}
