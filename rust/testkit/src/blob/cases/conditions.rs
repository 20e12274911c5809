//! Conditions on the etag and on existence, of reads and of writes.

use crate::blob::Case;
use crate::blob::build::*;

pub(super) fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = [ReadHow::Get, ReadHow::Into, ReadHow::Head, ReadHow::Reader]
        .into_iter()
        .flat_map(reads)
        .collect();
    all.extend(if_absent());
    all.extend(if_match());
    all.extend([
        case(
            "put_if_absent_is_unimplemented",
            steps![
                put("a", "x").if_absent().fails(unimplemented("condition")),
                open_writer(1, "a").if_absent().fails(unimplemented("condition")),
                absent("a"),
            ],
        )
        .without(Capability::PutIfAbsent),
        case(
            "put_if_match_is_unimplemented",
            steps![
                put("a", "x").saves(1),
                put("a", "y").if_match(saved(1)).fails(unimplemented("condition")),
                open_writer(1, "a").if_match(saved(1)).fails(unimplemented("condition")),
                get("a", "x"),
            ],
        )
        .without(Capability::PutIfMatch),
    ]);
    all
}

/// The conditions of one of the ways to read.
fn reads(how: ReadHow) -> Vec<Case> {
    let way = match how {
        ReadHow::Get => "get",
        ReadHow::Into => "get_into",
        ReadHow::Head => "head",
        ReadHow::Reader => "reader",
    };
    let found = || read(how, "a").whole("new");
    let versions = |last: Vec<Step>| {
        let mut steps = steps![put("a", "old").saves(1), put("a", "new").saves(2)];
        steps.extend(last);
        steps
    };
    let all = [
        ("if_match_holds", versions(steps![found().if_match(saved(2))])),
        ("if_match_fails", versions(steps![found().if_match(saved(1)).fails(not_met())])),
        (
            "if_match_of_another_tag",
            versions(steps![found().if_match(literal("no-such-tag")).fails(not_met())]),
        ),
        ("if_none_match_holds", versions(steps![found().if_none_match(saved(1))])),
        (
            "if_none_match_fails",
            versions(steps![found().if_none_match(saved(2)).fails(not_modified())]),
        ),
        (
            "both_conditions",
            versions(steps![
                found().if_match(saved(2)).if_none_match(saved(1)),
                found().if_match(saved(1)).if_none_match(saved(2)).fails(not_met()),
                found().if_match(saved(2)).if_none_match(saved(2)).fails(not_modified()),
            ]),
        ),
        (
            "if_match_of_an_absent_object",
            steps![
                read(how, "nope").if_match(literal("t")).fails(not_found("nope")),
                read(how, "nope").if_none_match(literal("t")).fails(not_found("nope")),
            ],
        ),
        (
            "if_match_refuses_what_is_no_etag",
            versions(steps![
                found().if_match(literal("")).fails(invalid("if_match")),
                found().if_match(literal("*")).fails(invalid("if_match")),
                found().if_none_match(literal("")).fails(invalid("if_none_match")),
                found().if_none_match(literal("*")).fails(invalid("if_none_match")),
                found().if_none_match(literal("a\r\nb")).fails(invalid("if_none_match")),
            ]),
        ),
    ];
    let mut cases: Vec<Case> =
        all.into_iter().map(|(what, steps)| case(format!("{way}_{what}"), steps)).collect();
    if how != ReadHow::Head {
        let steps = steps![
            found().range(Range::From(9)).if_match(saved(1)).fails(not_met()),
            found().range(Range::From(9)).if_none_match(saved(2)).fails(not_modified()),
        ];
        cases.push(case(format!("{way}_judges_the_condition_before_the_range"), versions(steps)));
    }
    cases
}

fn if_absent() -> Vec<Case> {
    let all = [
        case(
            "put_if_absent_creates",
            steps![put("a/b", "x").if_absent().saves(1), get("a/b", "x").etag(saved(1)),],
        ),
        case(
            "put_if_absent_leaves_what_is_there",
            steps![
                put("a", "first").saves(1),
                put("a", "second").if_absent().fails(not_met()),
                get("a", "first").etag(saved(1)),
            ],
        ),
        case(
            "put_if_absent_of_an_empty_object",
            steps![put("a", "").if_absent(), put("a", "").if_absent().fails(not_met()),],
        ),
        case(
            "put_if_absent_after_a_delete",
            steps![
                put("a", "first").if_absent(),
                delete("a"),
                put("a", "second").if_absent(),
                get("a", "second"),
            ],
        ),
        case(
            "put_if_absent_after_a_rename_away",
            steps![
                put("a", "first"),
                rename("a", "b"),
                put("a", "second").if_absent(),
                put("b", "third").if_absent().fails(not_met()),
            ],
        ),
        case(
            "put_if_absent_where_a_copy_went",
            steps![
                put("a", "first"),
                copy("a", "b"),
                put("b", "second").if_absent().fails(not_met()),
                get("b", "first"),
            ],
        ),
        case(
            "a_writer_if_absent_creates",
            steps![open_writer(1, "a").if_absent(), write(1, "x"), finish(1), get("a", "x"),],
        ),
        case(
            "a_writer_if_absent_that_lost_the_race",
            steps![
                open_writer(1, "a").if_absent(),
                write(1, "slow"),
                put("a", "fast").saves(1),
                finish_fails(1, not_met()),
                get("a", "fast").etag(saved(1)),
                finish_fails(1, closed("given up")),
            ],
        ),
    ];
    all.into_iter().map(|case| case.needs(Capability::PutIfAbsent)).collect()
}

fn if_match() -> Vec<Case> {
    let all = [
        case(
            "put_if_match_replaces",
            steps![
                put("a", "first").saves(1),
                put("a", "second").if_match(saved(1)).saves(2),
                put("a", "third").if_match(saved(2)),
                get("a", "third"),
            ],
        ),
        case(
            "put_if_match_of_an_older_version",
            steps![
                put("a", "first").saves(1),
                put("a", "second").saves(2),
                put("a", "third").if_match(saved(1)).fails(not_met()),
                get("a", "second").etag(saved(2)),
            ],
        ),
        case(
            "put_if_match_works_once",
            steps![
                put("a", "first").saves(1),
                put("a", "same").if_match(saved(1)),
                put("a", "same").if_match(saved(1)).fails(not_met()),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "put_if_match_of_an_absent_object",
            steps![
                put("a/b", "x").if_match(literal("t")).fails(not_met()),
                absent("a/b"),
                put("a", "nothing is left in the way"),
            ],
        ),
        case(
            "put_if_match_after_a_delete",
            steps![
                put("a", "first").saves(1),
                delete("a"),
                put("a", "second").if_match(saved(1)).fails(not_met()),
                absent("a"),
            ],
        ),
        case(
            "put_if_match_after_it_came_back",
            steps![
                put("a", "same").saves(1),
                delete("a"),
                put("a", "same"),
                put("a", "other").if_match(saved(1)).fails(not_met()),
                get("a", "same"),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "put_if_match_of_another_objects_etag",
            steps![
                put("a", "same").saves(1),
                put("b", "same"),
                put("b", "other").if_match(saved(1)).fails(not_met()),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "put_if_match_of_what_a_read_saw",
            steps![
                put("a", "first"),
                head("a", 5).saves(1),
                put("a", "second").if_match(saved(1)),
                get("a", "second").saves(2),
                put("a", "third").if_match(saved(2)),
                read(ReadHow::Reader, "a").whole("third").saves(3),
                put("a", "fourth").if_match(saved(3)),
            ],
        ),
        case(
            "put_if_match_refuses_what_is_no_etag",
            steps![
                put("a", "first"),
                put("a", "x").if_match(literal("")).fails(invalid("condition")),
                put("a", "x").if_match(literal("*")).fails(invalid("condition")),
                put("a", "x").if_match(literal("t\n")).fails(invalid("condition")),
                get("a", "first"),
            ],
        ),
        case(
            "a_writer_if_match_replaces",
            steps![
                put("a", "first").saves(1),
                open_writer(1, "a").if_match(saved(1)),
                write(1, "second"),
                finish(1),
                get("a", "second"),
            ],
        ),
        case(
            "a_writer_if_match_that_lost_the_race",
            steps![
                put("a", "first").saves(1),
                open_writer(1, "a").if_match(saved(1)),
                write(1, "slow"),
                put("a", "fast"),
                finish_fails(1, not_met()),
                get("a", "fast"),
            ],
        ),
        case(
            "a_writer_if_match_whose_object_went",
            steps![
                put("a", "first").saves(1),
                open_writer(1, "a").if_match(saved(1)),
                delete("a"),
                finish_fails(1, not_met()),
                absent("a"),
            ],
        ),
    ];
    all.into_iter().map(|case| case.needs(Capability::PutIfMatch)).collect()
}
