//! What a backend can do.

/// What a backend can do. True in both directions: the conformance suite tests that what is
/// declared works, and that what is not fails with `unimplemented` before anything is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Writes with `IfMatch`.
    pub put_if_match: bool,
    /// Writes with `IfAbsent`.
    pub put_if_absent: bool,
    /// Deletes with `if_match`.
    pub delete_if_match: bool,
    /// Copies and renames with `if_absent`.
    pub copy_if_absent: bool,
    /// Rename is one atomic step.
    pub atomic_rename: bool,
    /// Content type and metadata are kept.
    pub metadata: bool,
    /// Listings carry content type and metadata.
    pub list_has_metadata: bool,
    /// URLs that grant access for a while.
    pub presign: bool,
    /// Data outlives the process.
    pub persistent: bool,
    /// A key may also be a folder of another (`a` beside `a/b`).
    pub key_beside_folder: bool,
    /// A segment of a key may be longer than 255 bytes once encoded.
    pub long_segments: bool,
    /// A key may have segments that are `.` or `..`, which URLs resolve, backslashes, which some
    /// services take for slashes, and control characters, which their lists cannot hold.
    pub odd_keys: bool,
    /// Every write has an etag that no other has. Otherwise the etag is made of the content, so that
    /// the same content has the same etag again.
    pub new_etags: bool,
    /// Cached data is read without a hop to another thread (`RWF_NOWAIT` works here).
    pub cached_reads: bool,
}
