//! An object in memory that is being written in pieces.

use std::sync::Arc;

use bytes::Bytes;

use super::backend::Shared;
use super::objects::Version;
use crate::blob::{BackendWriter, BoxFuture, Key, PutCondition, PutOptions, PutResult};
use crate::{Error, ErrorCode, Result};

/// Collects the pieces. What it holds counts against the store's ceiling, which bounds it.
pub(super) struct MemoryWriter {
    shared: Arc<Shared>,
    key: Key,
    options: PutOptions,
    pieces: Vec<Bytes>,
    /// How many bytes of the store's count are this writer's.
    reserved: u64,
}

impl MemoryWriter {
    pub(super) fn new(shared: Arc<Shared>, key: Key, options: PutOptions) -> Self {
        Self { shared, key, options, pieces: Vec::new(), reserved: 0 }
    }

    fn append(&mut self, piece: Bytes) -> Result<()> {
        let size = piece.len() as u64;
        self.shared.lock()?.recount(0, size, self.shared.limits())?;
        self.reserved += size;
        self.pieces.push(piece);
        Ok(())
    }

    fn publish(&mut self) -> Result<PutResult> {
        let bytes = joined(std::mem::take(&mut self.pieces), self.reserved)?;
        let mut options = std::mem::take(&mut self.options);
        let condition: PutCondition = std::mem::take(&mut options.condition);
        let version = Version::new(&self.key, bytes, options)?;
        let etag = version.meta.etag.clone();
        let limits = self.shared.limits();
        let _replaced = self.shared.lock()?.publish(&version, &condition, self.reserved, limits)?;
        self.reserved = 0;
        Ok(PutResult { etag })
    }
}

impl BackendWriter for MemoryWriter {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.append(piece) })
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(async move { self.publish() })
    }
}

impl Drop for MemoryWriter {
    fn drop(&mut self) {
        // A store broken by a panic keeps a wrong count; it answers nothing any more.
        if let Ok(mut objects) = self.shared.lock() {
            objects.release(self.reserved);
        }
    }
}

/// The pieces as one body: the piece itself if there is one only, else one copy, so that reads are
/// slices ever after.
fn joined(mut pieces: Vec<Bytes>, size: u64) -> Result<Bytes> {
    if pieces.len() <= 1 {
        return Ok(pieces.pop().unwrap_or_default());
    }
    let no_memory = || Error::new(ErrorCode::ResourceExhausted, format!("{size} bytes of memory"));
    let size = usize::try_from(size).map_err(|_| no_memory())?;
    let mut body = Vec::new();
    body.try_reserve_exact(size).map_err(|e| no_memory().with_cause(e))?;
    for piece in pieces {
        body.extend_from_slice(&piece);
    }
    Ok(Bytes::from(body))
}
