//! A store that can do less than the one it wraps, or does something wrong: it shows that the
//! suite tests absent capabilities, and that it finds faults.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use tombolo::blob::{
    Backend, BackendWriter, BlobReader, BoxFuture, Buffer, ByteRange, Capabilities, CopyOptions,
    DeleteOptions, DeleteOutcome, Filled, GetOptions, HeadOptions, Key, ListOptions, ListPage,
    Lister, Object, ObjectMeta, PutCondition, PutOptions, PutResult,
};
use tombolo::{Placement, Result};

/// What a [`Wrapped`] store does wrong. Each is a mistake that a backend might well make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Writes take place whatever their condition.
    WritesIgnoreConditions,
    /// Writers check their condition when they are opened, and not when they finish.
    WritersCheckTooEarly,
    /// Reads take place whatever their condition.
    ReadsIgnoreConditions,
    /// Deletes take place whatever their condition.
    DeletesIgnoreConditions,
    /// Copies and renames replace their target always.
    TransfersIgnoreConditions,
    /// Content type and metadata are dropped.
    LosesMetadata,
    /// A rename leaves its source.
    RenameKeepsSource,
    /// A delete does nothing.
    DeleteKeepsObject,
    /// `delete_many` forgets the last key, and says it is deleted.
    DeleteManyForgetsOne,
    /// A range ends one byte late.
    RangesAreOneTooLong,
    /// A read into a buffer writes beyond its range.
    IntoGoesBeyond,
    /// A listing goes backwards within a page.
    ListsBackwards,
    /// A listing begins anew at its start.
    ListsTheStart,
    /// A listing cuts its prefix at the last slash, as a walk through folders would.
    ListsWholeFolders,
    /// A listing goes by the keys' first segment only.
    ListsRollUpTheRootOnly,
    /// Keys lose their slashes at both ends.
    TrimsSlashes,
    /// Keys are taken to lower case.
    FoldsCase,
    /// Keys are percent-decoded.
    DecodesKeys,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 18] = [
        Self::WritesIgnoreConditions,
        Self::WritersCheckTooEarly,
        Self::ReadsIgnoreConditions,
        Self::DeletesIgnoreConditions,
        Self::TransfersIgnoreConditions,
        Self::LosesMetadata,
        Self::RenameKeepsSource,
        Self::DeleteKeepsObject,
        Self::DeleteManyForgetsOne,
        Self::RangesAreOneTooLong,
        Self::IntoGoesBeyond,
        Self::ListsBackwards,
        Self::ListsTheStart,
        Self::ListsWholeFolders,
        Self::ListsRollUpTheRootOnly,
        Self::TrimsSlashes,
        Self::FoldsCase,
        Self::DecodesKeys,
    ];
}

/// A backend around another.
pub struct Wrapped {
    inner: Arc<dyn Backend>,
    capabilities: Capabilities,
    fault: Fault,
}

impl Wrapped {
    /// `inner`, declared to have these capabilities.
    #[must_use]
    pub fn new(inner: Arc<dyn Backend>, capabilities: Capabilities) -> Self {
        Self { inner, capabilities, fault: Fault::None }
    }

    /// `inner` with its own capabilities and a fault.
    #[must_use]
    pub fn faulty(inner: Arc<dyn Backend>, fault: Fault) -> Self {
        let capabilities = inner.capabilities();
        Self { inner, capabilities, fault }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn key(&self, key: Key) -> Key {
        let text = key.as_str();
        let changed = match self.fault {
            Fault::TrimsSlashes => text.trim_matches('/').to_owned(),
            Fault::FoldsCase => text.to_lowercase(),
            Fault::DecodesKeys => text.replace("%2e", ".").replace("%2F", "/"),
            _ => return key,
        };
        Key::new(changed).unwrap_or(key)
    }

    fn put_options(&self, mut options: PutOptions) -> PutOptions {
        if self.has(Fault::WritesIgnoreConditions) {
            options.condition = PutCondition::None;
        }
        if self.has(Fault::LosesMetadata) {
            options.content_type.clear();
            options.metadata.clear();
        }
        options
    }

    fn get_options(&self, mut options: GetOptions) -> GetOptions {
        if self.has(Fault::ReadsIgnoreConditions) {
            (options.if_match, options.if_none_match) = (None, None);
        }
        if let ByteRange::From { length: Some(length), .. } = &mut options.range
            && self.has(Fault::RangesAreOneTooLong)
        {
            *length = length.saturating_add(1);
        }
        options
    }

    fn copy_options(&self, options: CopyOptions) -> CopyOptions {
        let if_absent = options.if_absent && !self.has(Fault::TransfersIgnoreConditions);
        CopyOptions { if_absent }
    }

    fn list_options(&self, mut options: ListOptions) -> ListOptions {
        match self.fault {
            Fault::ListsTheStart => options.start_after.truncate(0),
            Fault::ListsWholeFolders => {
                options.prefix.truncate(options.prefix.rfind('/').map_or(0, |at| at + 1));
            }
            Fault::ListsRollUpTheRootOnly if !options.prefix.is_empty() => {
                options.delimiter = None;
            }
            _ => {}
        }
        options
    }

    /// What becomes of a page of the inner store.
    fn page(&self) -> impl Fn(ListPage) -> ListPage + Send + 'static {
        let (fault, has_metadata) = (self.fault, self.capabilities.list_has_metadata);
        move |mut page| {
            if fault == Fault::ListsBackwards {
                page.objects.reverse();
            }
            if !has_metadata {
                for object in &mut page.objects {
                    object.content_type.clear();
                    object.metadata.clear();
                }
            }
            page
        }
    }
}

impl Backend for Wrapped {
    fn service(&self) -> &'static str {
        self.inner.service()
    }

    fn placement(&self) -> Placement {
        self.inner.placement()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn get(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<Object>> {
        self.inner.get(self.key(key), self.get_options(options))
    }

    /// As a backend that does not implement it, so that the suite runs over that, too.
    fn get_into(
        &self,
        key: Key,
        buffer: Buffer,
        options: GetOptions,
    ) -> BoxFuture<'_, Result<Filled<Buffer>>> {
        Box::pin(async move {
            let mut filled = buffer.filled_by(self.get(key, options).await?).await?;
            if self.has(Fault::IntoGoesBeyond)
                && let Ok(part) = filled.buffer.part(&(0..filled.size as u64 + 1))
                && let Some(beyond) = part.last_mut()
            {
                *beyond = 0;
            }
            Ok(filled)
        })
    }

    fn head(&self, key: Key, mut options: HeadOptions) -> BoxFuture<'_, Result<ObjectMeta>> {
        if self.has(Fault::ReadsIgnoreConditions) {
            options = HeadOptions::default();
        }
        self.inner.head(self.key(key), options)
    }

    fn put(&self, key: Key, body: Bytes, options: PutOptions) -> BoxFuture<'_, Result<PutResult>> {
        self.inner.put(self.key(key), body, self.put_options(options))
    }

    fn reader(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<BlobReader>> {
        self.inner.reader(self.key(key), self.get_options(options))
    }

    fn writer(
        &self,
        key: Key,
        options: PutOptions,
    ) -> BoxFuture<'_, Result<Box<dyn BackendWriter>>> {
        let (key, mut options) = (self.key(key), self.put_options(options));
        if self.has(Fault::WritersCheckTooEarly) {
            options.condition = PutCondition::None;
        }
        self.inner.writer(key, options)
    }

    fn delete(&self, key: Key, mut options: DeleteOptions) -> BoxFuture<'_, Result<()>> {
        if self.has(Fault::DeleteKeepsObject) {
            return Box::pin(std::future::ready(Ok(())));
        }
        if self.has(Fault::DeletesIgnoreConditions) {
            options.if_match = None;
        }
        self.inner.delete(self.key(key), options)
    }

    fn delete_many(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Vec<DeleteOutcome>>> {
        let mut keys: Vec<Key> = keys.into_iter().map(|key| self.key(key)).collect();
        let forgotten = if self.has(Fault::DeleteManyForgetsOne) { keys.pop() } else { None };
        let done = self.inner.delete_many(keys);
        Box::pin(async move {
            let mut outcomes = done.await?;
            let forgotten =
                forgotten.map(|key| DeleteOutcome { key: key.into_string(), result: Ok(()) });
            outcomes.extend(forgotten);
            Ok(outcomes)
        })
    }

    fn copy(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        self.inner.copy(self.key(from), self.key(to), self.copy_options(options))
    }

    fn rename(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        let options = self.copy_options(options);
        if self.has(Fault::RenameKeepsSource) {
            return self.inner.copy(from, to, options);
        }
        self.inner.rename(self.key(from), self.key(to), options)
    }

    fn list(&self, options: ListOptions) -> Lister {
        let pages = self.inner.list(self.list_options(options)).into_stream();
        Lister::new(pages.map_ok(self.page()))
    }
}
