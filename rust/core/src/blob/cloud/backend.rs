//! The operations of a store in a cloud.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::list;
use super::protocol::Protocol;
use super::store::Store;
use super::writer::Writer;
use crate::blob::{
    Backend, BackendWriter, BlobReader, BoxFuture, Buffer, Capabilities, CopyOptions,
    DeleteOptions, DeleteOutcome, Filled, GetOptions, HeadOptions, Key, ListOptions, Lister,
    Object, ObjectMeta, PresignMethod, PutOptions, PutResult,
};
use crate::{Placement, Result};

/// A store in a cloud. All of its operations are HTTP, so all run on a worker.
pub(super) struct CloudBackend<P>(pub(super) Arc<Store<P>>);

impl<P: Protocol> Backend for CloudBackend<P> {
    fn service(&self) -> &'static str {
        self.0.protocol.service()
    }

    fn placement(&self) -> Placement {
        Placement::Worker
    }

    fn capabilities(&self) -> Capabilities {
        self.0.protocol.capabilities()
    }

    fn get(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<Object>> {
        Box::pin(self.0.get(key, options))
    }

    fn get_into(
        &self,
        key: Key,
        buffer: Buffer,
        options: GetOptions,
    ) -> BoxFuture<'_, Result<Filled<Buffer>>> {
        Box::pin(self.0.get_into(key, buffer, options))
    }

    fn head(&self, key: Key, options: HeadOptions) -> BoxFuture<'_, Result<ObjectMeta>> {
        Box::pin(async move { self.0.head(&key, options).await })
    }

    fn put(&self, key: Key, body: Bytes, options: PutOptions) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(self.0.put(key, body, options))
    }

    fn reader(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<BlobReader>> {
        Box::pin(self.0.reader(key, options))
    }

    fn writer(
        &self,
        key: Key,
        options: PutOptions,
    ) -> BoxFuture<'_, Result<Box<dyn BackendWriter>>> {
        let writer = Writer::new(Arc::clone(&self.0), key, options);
        Box::pin(ready(writer.map(|writer| Box::new(writer) as Box<dyn BackendWriter>)))
    }

    fn delete(&self, key: Key, options: DeleteOptions) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.0.delete(&key, &options).await })
    }

    fn delete_many(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Vec<DeleteOutcome>>> {
        Box::pin(async move { Ok(self.0.delete_many(keys).await) })
    }

    fn copy(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(async move { self.0.copy(&from, &to, &options, None).await })
    }

    fn rename(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(async move { self.0.rename(&from, &to, &options).await })
    }

    fn presign(
        &self,
        key: Key,
        method: PresignMethod,
        expires_in: Duration,
    ) -> BoxFuture<'_, Result<String>> {
        let store = &self.0;
        let key = store.full("key", &key);
        Box::pin(ready(key.and_then(|key| store.protocol.presign(&key, method, expires_in))))
    }

    fn list(&self, options: ListOptions) -> Lister {
        list::list(Arc::clone(&self.0), options)
    }
}
