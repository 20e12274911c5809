//! Where a server is known to do otherwise than the service whose protocol it speaks.
//!
//! None of these can be seen from what the server says of itself, so no capability declares them. A
//! test runs each of them and fails when it passes, so that the list holds what is true.

use super::Kind;

const FOLDERS: &str = "keys are paths of its file system: empty segments are dropped, and a segment \
                       has at most 255 bytes";
const START: &str = "a start within a folder is taken for the folder";
const LEFT: &str = "a folder is listed for a while after its last object was deleted";
const HEADERS: &str = "its web framework drops headers with an underscore";

/// The cases that a server fails, and why.
const DEVIATIONS: &[(Kind, &str, &str)] = &[
    (Kind::SeaweedFs, "key_of_slashes", FOLDERS),
    (Kind::SeaweedFs, "key_that_is_a_slash", FOLDERS),
    (Kind::SeaweedFs, "key_with_a_doubled_slash", FOLDERS),
    (Kind::SeaweedFs, "key_with_a_leading_slash", FOLDERS),
    (Kind::SeaweedFs, "key_with_a_segment_of_1024_bytes", FOLDERS),
    (Kind::SeaweedFs, "key_with_a_segment_of_1024_percents", FOLDERS),
    (Kind::SeaweedFs, "key_with_a_trailing_slash", FOLDERS),
    (Kind::SeaweedFs, "list_folders_with_empty_segments", FOLDERS),
    (Kind::SeaweedFs, "list_orders_empty_segments", FOLDERS),
    (Kind::SeaweedFs, "list_orders_keys_by_their_bytes", FOLDERS),
    (Kind::SeaweedFs, "list_with_odd_prefixes", FOLDERS),
    (Kind::SeaweedFs, "slashes_make_keys_different", FOLDERS),
    (Kind::SeaweedFs, "list_after_what_is_no_key", START),
    (Kind::SeaweedFs, "list_folders_after_a_key", START),
    (Kind::SeaweedFs, "list_folders_once_each", LEFT),
    (Kind::Moto, "metadata_values_are_kept_as_they_are", HEADERS),
];

impl Kind {
    /// The cases that this server is known to fail, each with the reason.
    pub fn deviations(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let own = DEVIATIONS.iter().filter(move |(kind, ..)| *kind == self);
        own.map(|(_, case, why)| (*case, *why))
    }
}
