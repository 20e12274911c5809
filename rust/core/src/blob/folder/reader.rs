//! `reader`: an object piece by piece, all pieces of the one version that was opened.
//!
//! Each piece of at most 256 KiB is read when it is asked for: what is cached at once, else on the
//! pool, where a hop is to be worth it. Its memory is used again for a later piece.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;

use super::Result;
use super::codec::ObjectPath;
use super::object::Opened;
use super::pool::Cancel;
use super::read::{Cached, INLINE, checked_meta, memory, open_cached, read_range};
use super::store::Store;
use crate::blob::{BlobReader, GetOptions, Key};

struct Pieces {
    store: Arc<Store>,
    key: Key,
    opened: Arc<Opened>,
    rest: Range<u64>,
}

impl Store {
    pub(super) async fn reader(
        self: &Arc<Self>,
        key: Key,
        options: GetOptions,
    ) -> Result<BlobReader> {
        let path = ObjectPath::of(&key)?;
        // Opened on the pool unless cached. The attribute comes from there, too, unless it is known:
        // whether reading it would block cannot be asked, and a reader is not opened for a few bytes.
        let opened = match open_cached(&self.root, &key, &path) {
            Cached::Ready(opened) => Some(opened?),
            Cached::Later(opened) => opened,
        };
        let (range, named) = (options.range, key.clone());
        let (meta, opened) = match opened {
            Some(opened) if opened.has_version() => {
                (checked_meta(&self.root, &key, &opened, &options)?, opened)
            }
            opened => {
                let (root, ticket) = (self.root.clone(), self.pool.admit()?);
                let work = move |_: &Cancel| {
                    let opened = Opened::or_open(opened, &root, &key, &path)?;
                    Ok((checked_meta(&root, &key, &opened, &options)?, opened))
                };
                self.pool.run(&ticket, work).await?
            }
        };
        let range = range.resolve(opened.size())?;
        let pieces = Pieces { store: self.clone(), key: named, opened, rest: range.clone() };
        Ok(BlobReader { meta, range, chunks: Box::pin(stream::unfold(Some(pieces), next)) })
    }
}

/// The next piece; after an error there is none.
async fn next(pieces: Option<Pieces>) -> Option<(Result<Bytes>, Option<Pieces>)> {
    let mut pieces = pieces.filter(|p| !p.rest.is_empty())?;
    match pieces.read().await {
        Ok(bytes) => Some((Ok(bytes), Some(pieces))),
        Err(e) => Some((Err(e.with_origin(super::SERVICE, "read")), None)),
    }
}

impl Pieces {
    async fn read(&mut self) -> Result<Bytes> {
        let bytes = match self.cached()? {
            Some(bytes) => bytes,
            None => self.blocking().await?,
        };
        self.rest.start += bytes.len() as u64;
        Ok(bytes)
    }

    /// What of the next piece is cached, if anything.
    fn cached(&self) -> Result<Option<Bytes>> {
        let sys = &self.store.root.sys;
        if !sys.features.cached_reads() {
            return Ok(None);
        }
        let wanted = self.next_piece();
        let length = wanted.end - wanted.start;
        let mut bytes = memory(&self.store.root, &self.key, length)?;
        let into = bytes.next(usize::try_from(length).unwrap_or(INLINE));
        match sys.read_cached(self.opened.fd()?, into, wanted.start) {
            Ok(read) if read > 0 => {
                bytes.filled(read);
                Ok(Some(bytes.freeze()))
            }
            // The end before its time and every error are the pool's to tell.
            _ => Ok(None),
        }
    }

    fn next_piece(&self) -> Range<u64> {
        self.rest.start..self.rest.end.min(self.rest.start.saturating_add(INLINE as u64))
    }

    async fn blocking(&self) -> Result<Bytes> {
        let range = self.next_piece();
        let (root, key, opened) = (self.store.root.clone(), self.key.clone(), self.opened.clone());
        let ticket = self.store.pool.readmit().await?;
        let work = move |cancel: &Cancel| read_range(&root, &key, &opened, &range, cancel);
        self.store.pool.run(&ticket, work).await
    }
}
