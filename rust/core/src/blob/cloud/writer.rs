//! An object that is being written in pieces: gathered into parts, which are sent as they fill.

use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest, Md5};
use tokio::time::Instant;

use super::checksum::{Checksums, Crc64, md5_text};
use super::parts::Parts;
use super::protocol::{Body, Protocol};
use super::store::Store;
use crate::Result;
use crate::blob::{BackendWriter, BoxFuture, Key, PutOptions, PutResult};

/// After so many parts they become twice as large, as a service takes 10,000 of them.
const PARTS_OF_A_SIZE: usize = 2000;
/// How many bytes are looked at before others have their turn.
const STEP: usize = 1 << 20;

/// Keeps the pieces of one part, without joining them, while others are sent.
pub(super) struct Writer<P: Protocol> {
    store: Arc<Store<P>>,
    key: Key,
    options: PutOptions,
    pieces: Vec<Bytes>,
    size: usize,
    /// The checksum of `pieces`, if such are sent.
    crc: Option<Crc64>,
    /// Of all bytes, if the service is to keep it.
    md5: Option<Md5>,
    /// The parts. What fits one part is written at once, and needs no upload.
    parts: Option<Parts<P>>,
}

impl<P: Protocol> Writer<P> {
    /// # Errors
    /// `invalid_argument` for a key that the store cannot have.
    pub(super) fn new(store: Arc<Store<P>>, key: Key, options: PutOptions) -> Result<Self> {
        store.full("key", &key)?;
        let options = store.marked(options)?;
        let crc = store.sends_checksums().then(Crc64::new);
        let md5 = (store.transfer.checksums == Checksums::All && store.protocol.keeps_md5())
            .then(Md5::new);
        let (pieces, size, parts) = (Vec::new(), 0, None);
        Ok(Self { store, key, options, pieces, size, crc, md5, parts })
    }

    fn part_size(&self) -> usize {
        let parts = self.parts.as_ref().map_or(0, Parts::count);
        self.store.part_size.saturating_mul(1 << (parts / PARTS_OF_A_SIZE).min(8))
    }

    /// Adds a piece; begins to send what is complete, and waits while too much is under way.
    ///
    /// # Errors
    /// Also those of parts that were begun before.
    pub(super) async fn append(&mut self, mut piece: Bytes) -> Result<()> {
        if let Some(parts) = &mut self.parts {
            parts.look()?;
        }
        while self.size + piece.len() >= self.part_size() {
            let taken = self.part_size() - self.size;
            self.gather(piece.split_to(taken.min(piece.len()))).await;
            self.send_part().await?;
        }
        if !piece.is_empty() {
            self.gather(piece).await;
        }
        Ok(())
    }

    async fn gather(&mut self, piece: Bytes) {
        for (at, step) in piece.chunks(STEP).enumerate() {
            if at > 0 {
                tokio::task::yield_now().await;
            }
            self.crc.iter_mut().for_each(|crc| crc.update(step));
            self.md5.iter_mut().for_each(|md5| md5.update(step));
        }
        self.size += piece.len();
        self.pieces.push(piece);
    }

    /// What was gathered.
    fn body(&mut self) -> Body {
        self.size = 0;
        let crc = self.crc.as_mut().map(Crc64::take);
        Body::new(mem::take(&mut self.pieces), crc)
    }

    async fn send_part(&mut self) -> Result<()> {
        if self.parts.is_none() {
            let key = self.store.full("key", &self.key)?;
            self.parts = Some(Parts::begin(&self.store, key, &self.options).await?);
        }
        let body = self.body();
        match &mut self.parts {
            Some(parts) => parts.add(body, self.store.parts_at_once()).await,
            None => Ok(()),
        }
    }

    /// Sends the rest, and makes the object of all.
    pub(super) async fn publish(&mut self) -> Result<PutResult> {
        if self.parts.is_none() {
            let body = self.body();
            return self.store.put_at_once(&self.key, body, &self.options).await;
        }
        if self.size > 0 {
            self.send_part().await?;
        }
        let Some(parts) = &mut self.parts else {
            return Err(super::headers::broken("no upload"));
        };
        let md5 = self.md5.take().map(|md5| md5_text(md5.finalize()));
        let began = Instant::now();
        let put = match parts.finish(md5, &self.options).await {
            Ok(put) => put,
            Err(error) => self.store.outcome(&self.key, &self.options, began, error).await?,
        };
        parts.are_an_object();
        self.parts = None;
        Ok(put)
    }
}

impl<P: Protocol> BackendWriter for Writer<P> {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.append(piece))
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(self.publish())
    }
}
