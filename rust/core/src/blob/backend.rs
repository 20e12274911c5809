//! What a store of blobs implements.

use std::future::{Future, ready};
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

use super::{
    BlobReader, Buffer, Capabilities, CopyOptions, DeleteOptions, DeleteOutcome, Filled,
    GetOptions, HeadOptions, Key, ListOptions, Lister, Object, ObjectMeta, PresignMethod,
    PutOptions, PutResult,
};
use crate::{Error, ErrorCode, Placement, Result};

/// A boxed future that borrows for `'a`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A store of blobs. [`super::BlobStore`] has checked keys, options against capabilities and
/// metadata before it calls; a backend answers for its own semantics only.
///
/// Dropping a future cancels it: blocking work that is queued is removed, work that runs ends
/// after its current step of at most 1 MiB.
pub trait Backend: Send + Sync + 'static {
    /// The name used as `service` in errors, such as `blob.folder`.
    fn service(&self) -> &'static str;
    /// Where the operations are to be polled.
    fn placement(&self) -> Placement;
    /// Whether every answer is there at once, from memory: no future is ever pending or asks for tokio's
    /// context, and [`Backend::bytes_now`] is implemented.
    fn answers_at_once(&self) -> bool {
        false
    }
    /// What this store can do.
    fn capabilities(&self) -> Capabilities;
    /// Reads an object, or a part of it, into one buffer.
    fn get(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<Object>>;
    /// The bytes of a [`Backend::get`], of a store that answers at once.
    fn bytes_now(&self, key: &str, options: &GetOptions) -> Result<Bytes> {
        let _ = (key, options);
        Err(Error::new(ErrorCode::Unimplemented, "get: this store does not answer at once"))
    }
    /// Reads an object, or a part of it, into the beginning of `buffer`, and not beyond. What is
    /// wrong with the conditions is told first, then the range, then a buffer that is too small (see
    /// [`Buffer::part`]), all of them before anything is written into it.
    ///
    /// Unless it is implemented, it gets the bytes and copies them.
    fn get_into(
        &self,
        key: Key,
        buffer: Buffer,
        options: GetOptions,
    ) -> BoxFuture<'_, Result<Filled<Buffer>>> {
        Box::pin(async move { buffer.filled_by(self.get(key, options).await?).await })
    }
    /// Looks at an object.
    fn head(&self, key: Key, options: HeadOptions) -> BoxFuture<'_, Result<ObjectMeta>>;
    /// Writes an object whole.
    fn put(&self, key: Key, body: Bytes, options: PutOptions) -> BoxFuture<'_, Result<PutResult>>;
    /// Opens an object for reading in pieces.
    fn reader(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<BlobReader>>;
    /// Begins to write an object in pieces. The condition is checked when it is finished, and may
    /// be checked here as well.
    fn writer(
        &self,
        key: Key,
        options: PutOptions,
    ) -> BoxFuture<'_, Result<Box<dyn BackendWriter>>>;
    /// Deletes an object.
    fn delete(&self, key: Key, options: DeleteOptions) -> BoxFuture<'_, Result<()>>;
    /// Deletes many objects; each key has an outcome of its own, in the order given.
    fn delete_many(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Vec<DeleteOutcome>>>;
    /// Copies an object with its content type and metadata.
    fn copy(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>>;
    /// Moves an object.
    fn rename(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>>;
    /// Makes a URL that grants `method` on the object for `expires_in`. Asked only of a store that
    /// declares `presign`.
    fn presign(
        &self,
        key: Key,
        method: PresignMethod,
        expires_in: Duration,
    ) -> BoxFuture<'_, Result<String>> {
        let _ = (key, method, expires_in);
        Box::pin(ready(Err(Error::new(ErrorCode::Unimplemented, "presign: not supported"))))
    }
    /// Begins a listing.
    fn list(&self, options: ListOptions) -> Lister;
}

/// An object that is being written. Dropped before [`BackendWriter::finish`] has answered, it leaves
/// nothing visible.
pub trait BackendWriter: Send + 'static {
    /// Appends a piece; when it answers, the writer is ready for the next one.
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<()>>;
    /// Publishes the object, if its condition holds.
    fn finish(&mut self) -> BoxFuture<'_, Result<PutResult>>;
}
