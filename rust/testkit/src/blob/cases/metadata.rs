//! Content type and metadata: kept as they are, replaced as a whole, bounded.

use crate::blob::Case;
use crate::blob::build::*;

pub(super) fn cases() -> Vec<Case> {
    let mut all: Vec<Case> =
        kept().into_iter().map(|case| case.needs(Capability::Metadata)).collect();
    all.extend(refused());
    all.push(
        case(
            "metadata_is_unimplemented",
            steps![
                put("a", "x").content_type("text/plain").fails(unimplemented("metadata")),
                put("a", "x").meta("name", "value").fails(unimplemented("metadata")),
                open_writer(1, "a").meta("name", "value").fails(unimplemented("metadata")),
                absent("a"),
            ],
        )
        .without(Capability::Metadata),
    );
    all
}

fn kept() -> Vec<Case> {
    let values = [
        ("empty", ""),
        ("spaces", "  a  b  "),
        ("signs", "a=b;c,d%20\"'\\<&>"),
        ("text", "gr\u{fc}\u{df}e \u{1F600}"),
        ("x", "one letter"),
        ("a-b_c9", "all signs"),
    ];
    let mut put_values = put("a", "x");
    let mut get_values = get("a", "x");
    for (name, value) in values {
        (put_values, get_values) = (put_values.meta(name, value), get_values.meta(name, value));
    }
    let name = "n".repeat(128);
    let value = "v".repeat(2048 - 128 - "text/plain".len());
    vec![
        case(
            "metadata_is_kept",
            steps![
                put("a", "x").content_type("application/json; charset=utf-8").meta("owner", "me"),
                get("a", "x").content_type("application/json; charset=utf-8").meta("owner", "me"),
                head("a", 1).content_type("application/json; charset=utf-8").meta("owner", "me"),
                read(ReadHow::Reader, "a")
                    .whole("x")
                    .content_type("application/json; charset=utf-8")
                    .meta("owner", "me"),
            ],
        ),
        case("metadata_values_are_kept_as_they_are", steps![put_values, get_values]),
        case(
            "metadata_without_a_content_type",
            steps![put("a", "").meta("only", "this"), get("a", "").meta("only", "this"),],
        ),
        case(
            "a_content_type_without_metadata",
            steps![
                put("a", "x").content_type("text/plain"),
                get("a", "x").content_type("text/plain"),
            ],
        ),
        case(
            "metadata_of_2048_bytes",
            steps![
                put("a", "x").content_type("text/plain").meta(&name, &value),
                get("a", "x").content_type("text/plain").meta(&name, &value),
                copy("a", "b"),
                get("b", "x").content_type("text/plain").meta(&name, &value),
            ],
        ),
        case(
            "an_overwrite_replaces_the_metadata",
            steps![
                put("a", "x").content_type("text/plain").meta("one", "1").meta("two", "2"),
                put("a", "y").meta("two", "zwei"),
                get("a", "y").meta("two", "zwei"),
                put("a", "z"),
                get("a", "z"),
            ],
        ),
        case(
            "a_failed_write_leaves_the_metadata",
            steps![
                put("a", "x").content_type("text/plain").meta("one", "1"),
                put("a", "y").meta("two", "2").if_absent().fails(not_met()),
                get("a", "x").content_type("text/plain").meta("one", "1"),
            ],
        )
        .needs(Capability::PutIfAbsent),
        case(
            "a_writer_keeps_its_metadata",
            steps![
                open_writer(1, "a").content_type("text/plain").meta("one", "1"),
                write(1, "x"),
                finish(1),
                get("a", "x").content_type("text/plain").meta("one", "1"),
            ],
        ),
        case(
            "metadata_of_a_part",
            steps![
                put("a", "0123").content_type("text/plain").meta("one", "1"),
                read(ReadHow::Get, "a")
                    .part(Range::Suffix(1), 3, 4, "3")
                    .content_type("text/plain")
                    .meta("one", "1"),
            ],
        ),
        case(
            "a_listing_carries_metadata",
            steps![
                put("a", "x").content_type("text/plain").meta("one", "1"),
                put("b/c", "y").meta("two", "2"),
                list(["a", "b/c"]),
            ],
        )
        .needs(Capability::ListHasMetadata),
        case(
            "a_listing_without_metadata",
            steps![put("a", "x").content_type("text/plain").meta("one", "1"), list(["a"]),],
        )
        .without(Capability::ListHasMetadata),
    ]
}

/// Arguments that are wrong on every store.
fn refused() -> Vec<Case> {
    let bad_entry = |name: &str, value: &str| {
        steps![
            put("a", "x").meta(name, value).fails(invalid("metadata: ")),
            open_writer(1, "a").meta(name, value).fails(invalid("metadata: ")),
            absent("a"),
        ]
    };
    let bad_type = |text: &str| {
        steps![put("a", "x").content_type(text).fails(invalid("content_type: ")), absent("a")]
    };
    let entries = [
        ("metadata_refuses_an_empty_name", "", "v"),
        ("metadata_refuses_upper_case", "Name", "v"),
        ("metadata_refuses_a_leading_digit", "1st", "v"),
        ("metadata_refuses_a_leading_sign", "-a", "v"),
        ("metadata_refuses_a_space_in_a_name", "a b", "v"),
        ("metadata_refuses_a_dot_in_a_name", "a.b", "v"),
        ("metadata_refuses_an_accent_in_a_name", "n\u{e4}me", "v"),
        ("metadata_refuses_a_name_of_129_bytes", &*"n".repeat(129), "v"),
        ("metadata_refuses_a_line_break", "name", "a\r\nx-evil: 1"),
        ("metadata_refuses_a_nul", "name", "a\0b"),
        ("metadata_refuses_a_delete_character", "name", "\u{7f}"),
        ("metadata_refuses_2049_bytes", "a", &*"v".repeat(2048)),
    ];
    let mut all: Vec<Case> =
        entries.map(|(what, name, value)| case(what, bad_entry(name, value))).into();
    all.extend([
        case("content_type_refuses_a_line_break", bad_type("text/plain\r\nx-evil: 1")),
        case("content_type_refuses_an_accent", bad_type("text/pl\u{e4}in")),
        case(
            "content_type_counts_with_the_metadata",
            steps![
                put("a", "x")
                    .content_type("text/plain")
                    .meta("a", &"v".repeat(2038))
                    .fails(invalid("2049 bytes, the limit is 2048")),
            ],
        ),
    ]);
    all
}
