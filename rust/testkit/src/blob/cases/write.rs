//! Whole objects: put, overwrite, sizes, etags.

use crate::blob::Case;
use crate::blob::build::*;

const MIB: u64 = 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("put_then_get", steps![put("a", "hello"), get("a", "hello"), head("a", 5)]),
        case("put_an_empty_object", steps![put("empty", ""), get("empty", ""), head("empty", 0)]),
        case(
            "an_overwrite_replaces_the_whole_object",
            steps![put("a", "a long first body"), put("a", "short"), get("a", "short")],
        ),
        case(
            "an_overwrite_may_be_empty",
            steps![put("a", "something"), put("a", ""), get("a", ""), head("a", 0)],
        ),
        case(
            "every_write_has_a_new_etag",
            steps![
                put("a", "same").saves(1),
                put("a", "same").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
                get("a", "same").etag(saved(2)),
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "an_etag_does_not_return_after_a_delete",
            steps![
                put("a", "same").saves(1),
                delete("a"),
                put("a", "same").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "objects_with_the_same_bytes_have_etags_of_their_own",
            steps![
                put("a", "same").saves(1),
                put("b", "same").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
            ],
        )
        .needs(Capability::NewEtags),
        case(
            "the_same_content_has_the_same_etag",
            steps![
                put("a", "same").saves(1),
                put("a", "other").saves(2),
                Step::TagsDiffer { a: 1, b: 2 },
                put("a", "same"),
                get("a", "same").etag(saved(1)),
            ],
        )
        .without(Capability::NewEtags),
        case(
            "put_get_head_and_reader_agree_on_the_etag",
            steps![
                put("a", "x").saves(1),
                get("a", "x").etag(saved(1)),
                head("a", 1).etag(saved(1)),
                read(ReadHow::Reader, "a").whole("x").etag(saved(1)),
            ],
        ),
        case(
            "bytes_are_kept_as_they_are",
            steps![
                put("text", "line\r\nline\n\0\u{FEFF}\u{1F600}"),
                get("text", "line\r\nline\n\0\u{FEFF}\u{1F600}"),
                put("noise", pattern(7, 65_537)),
                get("noise", pattern(7, 65_537)),
            ],
        ),
        case("sizes_around_a_page", sizes(&[1, 4095, 4096, 4097])),
        case("sizes_around_a_cached_read", sizes(&[65_535, 65_536, 65_537])),
        case("sizes_around_a_blocking_step", sizes(&[MIB - 1, MIB, MIB + 1])),
        case(
            "a_body_of_5_mib",
            steps![
                put("big", pattern(11, 5 * MIB)),
                get("big", pattern(11, 5 * MIB)),
                read(ReadHow::Reader, "big").whole(pattern(11, 5 * MIB)),
            ],
        ),
        case(
            "a_large_object_shrinks",
            steps![put("a", pattern(3, 2 * MIB)), put("a", "tiny"), get("a", "tiny"), head("a", 4)],
        ),
        case(
            "objects_do_not_mix",
            steps![
                put("a", "first"),
                put("b", "second"),
                put("c/d", "third"),
                get("a", "first"),
                get("b", "second"),
                get("c/d", "third"),
            ],
        ),
        case(
            "what_was_put_outlives_the_store",
            steps![
                put("a/b", "kept").content_type("text/plain").meta("owner", "me").saves(1),
                Step::Reopen,
                get("a/b", "kept").content_type("text/plain").meta("owner", "me").etag(saved(1)),
                list(["a/b"]),
            ],
        )
        .needs(Capability::Persistent)
        .needs(Capability::Metadata),
        case(
            "what_was_put_goes_with_the_store",
            steps![put("a/b", "lost"), Step::Reopen, absent("a/b"), list([]),],
        )
        .without(Capability::Persistent),
    ]
}

fn sizes(sizes: &[u64]) -> Vec<Step> {
    let each = |&size: &u64| {
        let key = format!("size-{size}");
        let reader = read(ReadHow::Reader, &key).whole(pattern(size, size));
        steps![put(&key, pattern(size, size)), get(&key, pattern(size, size)), reader]
    };
    sizes.iter().flat_map(each).collect()
}
