//! The face of the store: each operation with its name for errors.

use std::sync::Arc;

use bytes::Bytes;

use super::SERVICE;
use super::store::Store;
use super::writer::Writer;
use crate::blob::{
    Backend, BackendWriter, BlobReader, BoxFuture, Buffer, Capabilities, CopyOptions,
    DeleteOptions, DeleteOutcome, Filled, GetOptions, HeadOptions, Key, ListOptions, Lister,
    Object, ObjectMeta, PutOptions, PutResult,
};
use crate::{Placement, Result};

/// The store of [`super::open`]. All of its futures are [`Placement::Caller`]: polled where they are
/// started, they block nobody, as what may block goes to the pool.
pub(super) struct Folder(pub(super) Arc<Store>);

/// Boxes an operation and names it in its errors.
macro_rules! operation {
    ($name:literal, $future:expr) => {
        Box::pin(async move { $future.await.map_err(|e| e.with_origin(SERVICE, $name)) })
    };
}

impl Backend for Folder {
    fn service(&self) -> &'static str {
        SERVICE
    }

    fn placement(&self) -> Placement {
        Placement::Caller
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            put_if_match: true,
            put_if_absent: true,
            delete_if_match: true,
            copy_if_absent: true,
            atomic_rename: true,
            metadata: true,
            list_has_metadata: true,
            presign: false,
            persistent: true,
            key_beside_folder: false,
            long_segments: false,
            odd_keys: true,
            new_etags: true,
            cached_reads: self.0.root.sys.features.cached_reads(),
        }
    }

    /// Placement: Caller. Up to 1 MiB of cached data without a hop, 256 KiB a poll, else on the pool.
    fn get(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<Object>> {
        operation!("get", self.0.get(key, options))
    }

    /// Placement: Caller. Up to 1 MiB of cached data without a hop, 256 KiB a poll, else on the pool.
    fn get_into(
        &self,
        key: Key,
        buffer: Buffer,
        options: GetOptions,
    ) -> BoxFuture<'_, Result<Filled<Buffer>>> {
        operation!("get_into", self.0.get_into(key, buffer, options))
    }

    /// Placement: Caller. Without a hop if the object is cached, else on the pool.
    fn head(&self, key: Key, options: HeadOptions) -> BoxFuture<'_, Result<ObjectMeta>> {
        operation!("head", self.0.head(key, options))
    }

    /// Placement: Caller. The work is done on the pool.
    fn put(&self, key: Key, body: Bytes, options: PutOptions) -> BoxFuture<'_, Result<PutResult>> {
        operation!("put", self.0.put(key, body, options))
    }

    /// Placement: Caller, for the chunks as well. Cached data without a hop, else on the pool.
    fn reader(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<BlobReader>> {
        operation!("reader", self.0.reader(key, options))
    }

    /// Placement: Caller. Does no I/O: the file is created with the first bytes.
    fn writer(
        &self,
        key: Key,
        options: PutOptions,
    ) -> BoxFuture<'_, Result<Box<dyn BackendWriter>>> {
        operation!("writer", async {
            Writer::new(self.0.clone(), key, options).map(|w| Box::new(w) as Box<dyn BackendWriter>)
        })
    }

    /// Placement: Caller. The work is done on the pool.
    fn delete(&self, key: Key, options: DeleteOptions) -> BoxFuture<'_, Result<()>> {
        operation!("delete", self.0.delete(key, options))
    }

    /// Placement: Caller. The work is done on the pool, eight keys at a time.
    fn delete_many(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Vec<DeleteOutcome>>> {
        operation!("delete_many", self.0.delete_many(keys))
    }

    /// Placement: Caller. The work is done on the pool.
    fn copy(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        operation!("copy", self.0.copy(from, to, options))
    }

    /// Placement: Caller. The work is done on the pool.
    fn rename(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        operation!("rename", self.0.rename(from, to, options))
    }

    /// Placement: Caller. Each page is made on the pool.
    fn list(&self, options: ListOptions) -> Lister {
        self.0.list(options)
    }
}
