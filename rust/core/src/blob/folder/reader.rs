//! `reader`: an object piece by piece, all pieces of the one version that was opened.
//!
//! Each piece is read when it is asked for: what is cached at once, at most 64 KiB; else 256 KiB
//! on the pool, where a hop is to be worth it.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;

use super::codec::ObjectPath;
use super::object::Opened;
use super::pool::Cancel;
use super::read::{Cached, INLINE, checked_meta, open_cached, read_range};
use super::store::Store;
use super::{Result, errors};
use crate::blob::{BlobReader, GetOptions, Key};

/// How much is read per hop to the pool.
const PIECE: u64 = 256 << 10;

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
        // Opened on the pool unless cached. Its attribute always comes from there: whether that
        // would block cannot be asked, and a reader is not opened for a few bytes.
        let opened = match open_cached(&self.root, &key, &path) {
            Cached::Ready(opened) => Some(opened?),
            Cached::Later(opened) => opened,
        };
        let (root, ticket) = (self.root.clone(), self.pool.admit()?);
        let (range, named) = (options.range, key.clone());
        let work = move |_: &Cancel| {
            let opened = opened.map_or_else(|| Opened::open(&root, &key, &path), Ok)?;
            let meta = checked_meta(&root, &key, &opened, &options)?;
            Ok((meta, opened))
        };
        let (meta, opened) = self.pool.run(&ticket, work).await?;
        let range = range.resolve(opened.size())?;
        let pieces = Pieces {
            store: self.clone(),
            key: named,
            opened: Arc::new(opened),
            rest: range.clone(),
        };
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

    /// What of the next 64 KiB is cached, if anything.
    fn cached(&self) -> Result<Option<Bytes>> {
        let sys = &self.store.root.sys;
        if !sys.features.cached_reads() {
            return Ok(None);
        }
        let wanted = usize::try_from((self.rest.end - self.rest.start).min(INLINE)).unwrap_or(0);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(wanted).map_err(|_| errors::no_memory(&self.key, wanted as u64))?;
        bytes.resize(wanted, 0);
        match sys.read_cached(self.opened.fd()?, &mut bytes, self.rest.start) {
            Ok(read) if read > 0 => {
                bytes.truncate(read);
                Ok(Some(bytes.into()))
            }
            // The end before its time and every error are the pool's to tell.
            _ => Ok(None),
        }
    }

    async fn blocking(&self) -> Result<Bytes> {
        let end = self.rest.end.min(self.rest.start.saturating_add(PIECE));
        let range = self.rest.start..end;
        let (root, key, opened) = (self.store.root.clone(), self.key.clone(), self.opened.clone());
        let ticket = self.store.pool.readmit().await?;
        let work = move |cancel: &Cancel| read_range(&root, &key, &opened, &range, cancel);
        self.store.pool.run(&ticket, work).await
    }
}
