//! What a store may refuse if it declares so, and what it must do if it does not.

use crate::blob::Case;
use crate::blob::build::*;

pub(super) fn cases() -> Vec<Case> {
    let in_the_way = || closed("folder");
    vec![
        case(
            "a_key_beside_a_folder",
            steps![
                put("a", "object"),
                put("a/b", "below"),
                put("a/b/c", "deeper"),
                get("a", "object"),
                get("a/b", "below"),
                list(["a", "a/b", "a/b/c"]),
                list(["a"]).folders(["a/"]),
                list(["a/b"]).folders(["a/b/"]).prefix("a/"),
                delete("a/b"),
                list(["a", "a/b/c"]),
            ],
        )
        .needs(Capability::KeyBesideFolder),
        case(
            "a_key_beside_a_folder_is_refused",
            steps![
                put("a/b", "below").saves(1),
                put("a", "x").fails(in_the_way()),
                put("c", "x"),
                copy("c", "a").fails(in_the_way()),
                rename("c", "a").fails(in_the_way()),
                get("a/b", "below").etag(saved(1)),
                get("c", "x"),
            ],
        )
        .without(Capability::KeyBesideFolder),
        case(
            "a_folder_beside_a_key_is_refused",
            steps![
                put("a", "object").saves(1),
                put("a/b", "x").fails(in_the_way()),
                put("a/b/c", "x").fails(in_the_way()),
                put("a/", "x").fails(in_the_way()),
                put("c", "x"),
                copy("c", "a/b").fails(in_the_way()),
                rename("c", "a/b").fails(in_the_way()),
                rename("a", "a/b").fails(in_the_way()),
                get("a", "object").etag(saved(1)),
                list(["a", "c"]),
            ],
        )
        .without(Capability::KeyBesideFolder),
        case("a_segment_of_256_bytes_is_refused", long_segment(&"s".repeat(256)))
            .without(Capability::LongSegments),
        case(
            "a_segment_that_encodes_to_256_bytes_is_refused",
            long_segment(&format!("{}s", "%".repeat(85))),
        )
        .without(Capability::LongSegments),
        case(
            "presign_is_unimplemented",
            steps![put("a", "x"), presign_fails("a", 60, unimplemented("presign")),],
        )
        .without(Capability::Presign),
        case("presign_grants", steps![put("a", "x"), presign("a", 60), presign("nope", 604_800)])
            .needs(Capability::Presign),
        case(
            "presign_refuses_bad_arguments",
            steps![
                presign_fails("", 60, invalid("key")),
                presign_fails("a", 0, invalid("expires_in")),
                presign_fails("a", 604_801, invalid("expires_in")),
            ],
        ),
    ]
}

/// Refused wherever it stands, and nothing is left of the folders above it.
fn long_segment(segment: &str) -> Vec<Step> {
    let refused = || invalid("key");
    let last = format!("a/b/{segment}");
    let middle = format!("a/{segment}/b");
    steps![
        put(segment, "x").fails(refused()),
        put(&last, "x").fails(refused()),
        put(&middle, "x").fails(refused()),
        get_fails(&last, refused()),
        put("c", "x"),
        copy("c", &last).fails(refused()),
        rename("c", &last).fails(refused()),
        put("a", "nothing is left in the way"),
        list(["a", "c"]),
    ]
}
