//! `writer`: an object written piece by piece into a temporary file.
//!
//! Pieces are gathered, as they are and without a copy, and go to the file together: a hop to the
//! pool per 512 KiB, not per piece. So memory is bounded by that plus one piece.

use std::sync::Arc;

use bytes::Bytes;

use super::codec::ObjectPath;
use super::locks::Shards;
use super::object::written;
use super::pool::Cancel;
use super::publish::{committed, create_temp, publish, seal};
use super::put::append;
use super::root::Root;
use super::session::Temp;
use super::store::Store;
use super::{Result, SERVICE, errors};
use crate::blob::{BackendWriter, BoxFuture, Key, PutOptions, PutResult};
use crate::{Error, ErrorCode};

/// When the gathered pieces are written.
const GATHER: usize = 512 << 10;
/// Or when there are so many, since each small piece may hold a larger buffer alive.
const PIECES: usize = 256;

/// An object that is being written.
pub(super) struct Writer {
    store: Arc<Store>,
    key: Key,
    path: ObjectPath,
    options: PutOptions,
    gathered: Vec<Bytes>,
    state: State,
}

enum State {
    /// The file so far, created with the first bytes that go to it, and its length.
    Open(Option<Temp>, u64),
    /// A call is under way, or was dropped or failed: what the file holds is not known.
    Broken,
    Finished,
}

impl Writer {
    pub(super) fn new(store: Arc<Store>, key: Key, options: PutOptions) -> Result<Self> {
        let path = ObjectPath::of(&key)?;
        let state = State::Open(None, 0);
        Ok(Self { store, key, path, options, gathered: Vec::new(), state })
    }

    async fn append(&mut self, piece: Bytes) -> Result<()> {
        self.check()?;
        if !piece.is_empty() {
            self.gathered.push(piece);
        }
        let bytes: usize = self.gathered.iter().map(Bytes::len).sum();
        if bytes < GATHER && self.gathered.len() < PIECES {
            return Ok(());
        }
        let ticket = self.store.pool.readmit().await?;
        let (temp, offset) = self.take()?;
        let (pieces, key) = (std::mem::take(&mut self.gathered), self.key.clone());
        let root = self.store.root.clone();
        let work = move |cancel: &Cancel| write_all(&root, &key, temp, offset, &pieces, cancel);
        let (temp, offset) = self.store.pool.run(&ticket, work).await?;
        self.state = State::Open(Some(temp), offset);
        Ok(())
    }

    async fn publish(&mut self) -> Result<PutResult> {
        self.check()?;
        let ticket = self.store.pool.readmit().await?;
        let (temp, offset) = self.take()?;
        let pieces = std::mem::take(&mut self.gathered);
        let (key, path, mut options) =
            (self.key.clone(), self.path.clone(), std::mem::take(&mut self.options));
        let condition = std::mem::take(&mut options.condition);
        let named = key.clone();
        let prepare = move |root: &Root, cancel: &Cancel| {
            let (temp, _) = write_all(root, &named, temp, offset, &pieces, cancel)?;
            let file = temp.fd().map_err(|e| errors::os(e, "sealing it", &named))?;
            let etag = seal(root, &named, file, options)?;
            Ok((temp, etag))
        };
        let named = key.clone();
        let commit = move |root: &Root, (temp, etag), _: &Cancel| {
            let changed = publish(root, &named, &path, temp, &condition)?;
            Ok(committed(written(&etag), changed))
        };
        let answer = self.store.write(&ticket, &key, Shards::one(&key), prepare, commit).await?;
        self.state = State::Finished;
        Ok(answer)
    }

    fn check(&self) -> Result<()> {
        let why = match &self.state {
            State::Open(..) => return Ok(()),
            State::Broken => "an earlier call on this writer failed or was dropped; begin anew",
            State::Finished => "this writer has finished",
        };
        let message = format!("key {:?}: {why}", self.key);
        Err(Error::new(ErrorCode::FailedPrecondition, message))
    }

    /// The file; until it is put back, the writer is broken.
    fn take(&mut self) -> Result<(Option<Temp>, u64)> {
        self.check()?;
        match std::mem::replace(&mut self.state, State::Broken) {
            State::Open(temp, length) => Ok((temp, length)),
            State::Broken | State::Finished => {
                Err(Error::new(ErrorCode::Internal, "a writer changed its state while checked"))
            }
        }
    }
}

fn write_all(
    root: &Root,
    key: &Key,
    temp: Option<Temp>,
    mut offset: u64,
    pieces: &[Bytes],
    cancel: &Cancel,
) -> Result<(Temp, u64)> {
    let temp = temp.map_or_else(|| create_temp(root, key), Ok)?;
    for piece in pieces {
        append(root, key, &temp, offset, piece, cancel)?;
        offset += piece.len() as u64;
    }
    Ok((temp, offset))
}

impl BackendWriter for Writer {
    /// Placement: Caller. Bytes go to the file on the pool.
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.append(piece).await.map_err(|e| e.with_origin(SERVICE, "write")) })
    }

    /// Placement: Caller. Syncing and publishing are done on the pool.
    fn finish(&mut self) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(async { self.publish().await.map_err(|e| e.with_origin(SERVICE, "finish")) })
    }
}
