//! The operations of a store in memory.

use std::future::ready;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;

use super::MemoryOptions;
use super::list;
use super::objects::{Objects, Version, check_condition, check_read};
use super::writer::MemoryWriter;
use crate::blob::{
    Backend, BackendWriter, BlobReader, BoxFuture, Capabilities, CopyOptions, DeleteOptions,
    DeleteOutcome, GetOptions, HeadOptions, Key, ListOptions, Lister, Object, ObjectMeta,
    PutCondition, PutOptions, PutResult,
};
use crate::{Error, ErrorCode, ErrorKind, Placement, Result};

/// The size of a reader's pieces, which are slices: small enough that a consumer who stops early
/// has not been handed the whole object.
const CHUNK: usize = 256 * 1024;

/// A store in memory.
pub(super) struct MemoryBackend {
    shared: Arc<Shared>,
}

/// What the store, its writers and its listings share.
pub(super) struct Shared {
    objects: Mutex<Objects>,
    limits: MemoryOptions,
}

impl Shared {
    /// The objects; after a panic under the lock, an error from then on, since the count of bytes
    /// may be wrong.
    pub(super) fn lock(&self) -> Result<MutexGuard<'_, Objects>> {
        self.objects.lock().map_err(|_| {
            let message = "a panic broke this store earlier";
            Error::new(ErrorCode::Internal, message).with_kind(ErrorKind::Poisoned)
        })
    }

    /// The ceilings.
    pub(super) fn limits(&self) -> MemoryOptions {
        self.limits
    }
}

impl MemoryBackend {
    /// An empty store.
    pub(super) fn new(limits: MemoryOptions) -> Self {
        Self::of(Arc::new(Shared { objects: Mutex::default(), limits }))
    }

    /// Another handle of a store.
    pub(super) fn of(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// What its handles share.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    #[cfg(test)]
    pub(super) fn used(&self) -> u64 {
        self.shared.lock().unwrap().used()
    }

    #[cfg(test)]
    pub(super) fn looked_up(&self) -> usize {
        self.shared.lock().unwrap().looked_up()
    }

    #[cfg(test)]
    pub(super) fn is_locked(&self) -> bool {
        self.shared.objects.try_lock().is_err()
    }

    #[cfg(test)]
    pub(super) fn panic_under_the_lock(&self) {
        let _objects = self.shared.lock().unwrap();
        panic!("a panic to poison the store");
    }

    fn read(&self, key: &Key, options: &GetOptions) -> Result<Object> {
        let version = Arc::clone(self.shared.lock()?.find(key.as_str())?);
        let range = wanted(&version, options)?;
        let bytes = slice(&version.bytes, &range)?;
        Ok(Object { meta: version.meta.clone(), range, bytes })
    }

    fn look(&self, key: &Key, options: &HeadOptions) -> Result<ObjectMeta> {
        let version = Arc::clone(self.shared.lock()?.find(key.as_str())?);
        let meta = version.meta.clone();
        check_read(&meta, options.if_match.as_deref(), options.if_none_match.as_deref())?;
        Ok(meta)
    }

    fn write(&self, key: &Key, body: Bytes, mut options: PutOptions) -> Result<PutResult> {
        let condition = std::mem::take(&mut options.condition);
        let version = Version::new(key, body, options)?;
        let etag = version.meta.etag.clone();
        let _replaced = self.shared.lock()?.publish(&version, &condition, 0, self.shared.limits)?;
        Ok(PutResult { etag })
    }

    fn remove(&self, key: &Key, options: DeleteOptions) -> Result<()> {
        let mut objects = self.shared.lock()?;
        let condition = options.if_match.map_or(PutCondition::None, PutCondition::IfMatch);
        let current = objects.map.get(key.as_str()).map(|version| version.meta.etag.as_str());
        check_condition(&condition, key.as_str(), current)?;
        let removed = objects.remove(key.as_str());
        drop(objects);
        drop(removed);
        Ok(())
    }

    /// Copies, and removes the source where it is a rename.
    fn transfer(
        &self,
        from: &Key,
        to: &Key,
        options: &CopyOptions,
        rename: bool,
    ) -> Result<PutResult> {
        let condition = if options.if_absent { PutCondition::IfAbsent } else { PutCondition::None };
        let mut objects = self.shared.lock()?;
        let source = Arc::clone(objects.find(from.as_str())?);
        let version = source.copied_to(to)?;
        let etag = version.meta.etag.clone();
        let freed = if rename { source.cost() } else { 0 };
        let replaced = objects.publish(&version, &condition, freed, self.shared.limits)?;
        if rename {
            objects.map.remove(from.as_str());
        }
        drop(objects);
        drop(replaced);
        Ok(PutResult { etag })
    }
}

impl Backend for MemoryBackend {
    fn service(&self) -> &'static str {
        "blob.memory"
    }

    fn placement(&self) -> Placement {
        Placement::Caller
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn bytes_now(&self, key: &str, options: &GetOptions) -> Result<Bytes> {
        let objects = self.shared.lock()?;
        let version = objects.find(key)?;
        slice(&version.bytes, &wanted(version, options)?)
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
            persistent: false,
            key_beside_folder: true,
            long_segments: true,
            odd_keys: true,
            new_etags: true,
            cached_reads: true,
        }
    }

    fn get(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<Object>> {
        Box::pin(async move { self.read(&key, &options) })
    }

    fn head(&self, key: Key, options: HeadOptions) -> BoxFuture<'_, Result<ObjectMeta>> {
        Box::pin(async move { self.look(&key, &options) })
    }

    fn put(&self, key: Key, body: Bytes, options: PutOptions) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(async move { self.write(&key, body, options) })
    }

    fn reader(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<BlobReader>> {
        Box::pin(async move {
            let Object { meta, range, bytes } = self.read(&key, &options)?;
            let chunks = futures_util::stream::iter(chunks(bytes));
            Ok(BlobReader { meta, range, chunks: Box::pin(chunks) })
        })
    }

    fn writer(
        &self,
        key: Key,
        options: PutOptions,
    ) -> BoxFuture<'_, Result<Box<dyn BackendWriter>>> {
        let writer = MemoryWriter::new(Arc::clone(&self.shared), key, options);
        Box::pin(ready(Ok(Box::new(writer) as Box<dyn BackendWriter>)))
    }

    fn delete(&self, key: Key, options: DeleteOptions) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.remove(&key, options) })
    }

    fn delete_many(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Vec<DeleteOutcome>>> {
        Box::pin(async move {
            let delete = |key: Key| {
                let result = self.remove(&key, DeleteOptions::default());
                DeleteOutcome { key: key.into_string(), result }
            };
            Ok(keys.into_iter().map(delete).collect())
        })
    }

    fn copy(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(async move { self.transfer(&from, &to, &options, false) })
    }

    fn rename(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(async move { self.transfer(&from, &to, &options, true) })
    }

    fn list(&self, options: ListOptions) -> Lister {
        list::list(Arc::clone(&self.shared), options)
    }
}

/// The pieces of a body, none of them empty, all of them slices of it.
fn chunks(mut rest: Bytes) -> impl Iterator<Item = Result<Bytes>> {
    std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(CHUNK));
        (!piece.is_empty()).then_some(Ok(piece))
    })
}

/// Which bytes a read wants of a version.
#[inline]
fn wanted(version: &Version, options: &GetOptions) -> Result<Range<u64>> {
    check_read(&version.meta, options.if_match.as_deref(), options.if_none_match.as_deref())?;
    options.range.resolve(version.meta.size)
}

/// The bytes of a range, checked, since `Bytes::slice` panics.
#[inline]
fn slice(bytes: &Bytes, range: &Range<u64>) -> Result<Bytes> {
    if (range.start, range.end) == (0, bytes.len() as u64) {
        return Ok(bytes.clone());
    }
    match (usize::try_from(range.start), usize::try_from(range.end)) {
        (Ok(start), Ok(end)) if start <= end && end <= bytes.len() => Ok(bytes.slice(start..end)),
        _ => Err(Error::new(ErrorCode::Internal, "a range beyond the stored bytes")),
    }
}
