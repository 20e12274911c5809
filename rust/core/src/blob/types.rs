//! What the operations on blobs answer with.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::time::SystemTime;

use bytes::Bytes;
use futures_core::Stream;

use crate::Result;

/// What a store knows about an object beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The object's key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its version: changes with every write, and never returns.
    pub etag: String,
    /// When it was last written.
    pub last_modified: SystemTime,
    /// Its media type, or empty.
    pub content_type: String,
    /// The user's own metadata.
    pub metadata: BTreeMap<String, String>,
}

/// An object: what is known about it and the bytes that were asked for.
#[derive(Clone, Debug)]
pub struct Object {
    /// What is known about the whole object.
    pub meta: ObjectMeta,
    /// Which of its bytes `bytes` holds.
    pub range: Range<u64>,
    /// The bytes of that range.
    pub bytes: Bytes,
}

/// A buffer of the caller that was read into, and what it holds now.
#[derive(Clone, Debug)]
pub struct Filled<B> {
    /// The buffer, given back.
    pub buffer: B,
    /// How many of its bytes were filled, from the first on; the rest is as it was.
    pub size: usize,
    /// Which bytes of the object these are.
    pub range: Range<u64>,
    /// What is known about the whole object.
    pub meta: ObjectMeta,
}

/// The outcome of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutResult {
    /// The version that was written.
    pub etag: String,
}

/// One page of a listing, in the order of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects; their content type and metadata may be empty where the backend's listing does
    /// not carry them (see `Capabilities::list_has_metadata`).
    pub objects: Vec<ObjectMeta>,
    /// The common prefixes, each ending with the delimiter, when a delimiter was given.
    pub prefixes: Vec<String>,
}

/// What a presigned URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PresignMethod {
    /// Reading the object.
    Get,
    /// Writing the object.
    Put,
    /// Deleting the object.
    Delete,
}

/// What became of one key of a `delete_many`.
#[derive(Clone, Debug)]
pub struct DeleteOutcome {
    /// The key, as it was given.
    pub key: String,
    /// Deleted (or absent before), or why not.
    pub result: Result<()>,
}

/// An object that is being read piece by piece, all pieces of one version.
pub struct BlobReader {
    /// What is known about the whole object.
    pub meta: ObjectMeta,
    /// Which of its bytes the chunks hold, in order.
    pub range: Range<u64>,
    /// The chunks, none of them empty. Dropping the stream ends the read. `data_loss` in place of the
    /// end: the chunks are not what the store has, so take none for right before the end has come.
    pub chunks: Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>,
}

impl fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobReader")
            .field("meta", &self.meta)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}
