//! Deletes: one, many, conditional, and what they leave behind, which is nothing.

use crate::blob::Case;
use crate::blob::build::*;

pub(super) fn cases() -> Vec<Case> {
    let mut all = vec![
        case("delete_removes", steps![put("a", "x"), delete("a"), absent("a"), list([])]),
        case("delete_of_an_absent_object_succeeds", steps![delete("nope"), delete("no/pe")]),
        case("delete_twice", steps![put("a", "x"), delete("a"), delete("a")]),
        case(
            "delete_leaves_the_others",
            steps![
                put("a", "1"),
                put("ab", "2"),
                put("b/a", "3"),
                delete("a"),
                list(["ab", "b/a"]),
            ],
        ),
        case(
            "delete_of_a_folder_deletes_nothing",
            steps![put("a/b", "x"), delete("a"), delete("a/"), get("a/b", "x"),],
        ),
        case(
            "delete_below_an_object_deletes_nothing",
            steps![put("a", "x"), delete("a/b"), get("a", "x"),],
        ),
        case(
            "delete_leaves_no_folder_behind",
            steps![put("x/y/z", "1"), delete("x/y/z"), put("x", "2"), get("x", "2"), list(["x"]),],
        ),
        case(
            "delete_leaves_folders_in_use",
            steps![
                put("x/y/z", "1"),
                put("x/w", "2"),
                delete("x/y/z"),
                get("x/w", "2"),
                put("x/y", "3"),
                list(["x/w", "x/y"]),
            ],
        ),
        case(
            "delete_many_removes",
            steps![
                put_all(["a", "b", "c/d", "c/e"]),
                delete_many([("a", success()), ("c/d", success()), ("c/e", success())]),
                list(["b"]),
            ],
        ),
        case("delete_many_of_none", steps![delete_many([])]),
        case(
            "delete_many_of_absent_objects",
            steps![
                put("a", "x"),
                delete_many([("nope", success()), ("a", success()), ("no/pe", success())]),
                list([]),
            ],
        ),
        case(
            "delete_many_with_the_same_key_twice",
            steps![put("a", "x"), delete_many([("a", success()), ("a", success())]), list([]),],
        ),
        case(
            "delete_many_with_bad_keys",
            steps![
                put_all(["a", "b", "c"]),
                delete_many([
                    ("", invalid("empty")),
                    ("a", success()),
                    ("x\0", invalid("NUL")),
                    (&*"k".repeat(1025), invalid("1025")),
                    ("c", success()),
                    ("", invalid("empty")),
                ]),
                list(["b"]),
            ],
        ),
        case(
            "delete_many_leaves_no_folder_behind",
            steps![
                put_all(["x/y/1", "x/y/2", "x/z"]),
                delete_many([("x/y/1", success()), ("x/z", success()), ("x/y/2", success())]),
                put("x", "object"),
                list(["x"]),
            ],
        ),
        case(
            "delete_if_match_is_unimplemented",
            steps![
                put("a", "x").saves(1),
                delete_if("a", saved(1), unimplemented("if_match")),
                get("a", "x"),
            ],
        )
        .without(Capability::DeleteIfMatch),
    ];
    all.extend(if_match().into_iter().map(|case| case.needs(Capability::DeleteIfMatch)));
    all
}

fn if_match() -> Vec<Case> {
    vec![
        case(
            "delete_if_match_removes",
            steps![
                put("a/b", "x").saves(1),
                delete_if("a/b", saved(1), success()),
                absent("a/b"),
                put("a", "nothing is left in the way"),
            ],
        ),
        case(
            "delete_if_match_of_an_older_version",
            steps![
                put("a", "x").saves(1),
                put("a", "y").saves(2),
                delete_if("a", saved(1), not_met()),
                get("a", "y").etag(saved(2)),
            ],
        ),
        case(
            "delete_if_match_of_an_absent_object",
            steps![
                delete_if("nope", literal("t"), not_met()),
                put("a", "x").saves(1),
                delete_if("a", saved(1), success()),
                delete_if("a", saved(1), not_met()),
            ],
        ),
        case(
            "delete_if_match_refuses_what_is_no_etag",
            steps![
                put("a", "x"),
                delete_if("a", literal(""), invalid("if_match")),
                delete_if("a", literal("*"), invalid("if_match")),
                get("a", "x"),
            ],
        ),
    ]
}
