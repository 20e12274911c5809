//! The store: what all operations share, and the frame of every write.

use std::sync::Arc;

use rustix::fd::{AsFd, OwnedFd};

use super::codec::ObjectPath;
use super::locks::{Gates, Passed, ShardLocks, Shards};
use super::pool::{Cancel, Pool, Ticket};
use super::root::Root;
use super::{FolderOptions, Result, errors, tree};
use crate::blob::Key;

/// A folder store.
pub(super) struct Store {
    pub(super) root: Arc<Root>,
    pub(super) pool: Pool,
    gates: Gates,
}

/// What a write did under the locks.
pub(super) struct Committed<T> {
    pub(super) value: T,
    /// The folders that it changed, to be synced in this order.
    pub(super) changed: Vec<OwnedFd>,
    /// The path whose folders may be empty now.
    pub(super) emptied: Option<ObjectPath>,
}

/// A write between its preparation and its turn.
enum Half<P, C, T> {
    Waits(P, C),
    Done(T),
}

impl Store {
    pub(super) fn new(root: Root, options: FolderOptions) -> Self {
        Self { root: Arc::new(root), pool: Pool::new(options), gates: Gates::new() }
    }

    /// The frame of every write. `prepare` does what takes long (writing, syncing the file) without
    /// any lock; `commit` looks and publishes with the locks of `shards`; then the locks are given
    /// back and the folders synced. One hop to the pool, or two if another write is at the shard.
    pub(super) async fn write<P, T, C>(
        &self,
        ticket: &Ticket,
        key: &Key,
        shards: Shards,
        prepare: impl FnOnce(&Root, &Cancel) -> Result<P> + Send + 'static,
        commit: C,
    ) -> Result<T>
    where
        P: Send + 'static,
        T: Send + 'static,
        C: FnOnce(&Root, P, &Cancel) -> Result<Committed<T>> + Send + 'static,
    {
        let (root, key) = (self.root.clone(), key.clone());
        let (gates, named) = (self.gates.clone(), key.clone());
        let first = move |cancel: &Cancel| {
            let prepared = prepare(&root, cancel)?;
            match gates.try_pass(shards) {
                None => Ok(Half::Waits(prepared, commit)),
                Some(passed) => {
                    let work = |root: &Root, cancel: &Cancel| commit(root, prepared, cancel);
                    locked(&root, &named, (shards, passed), cancel, work).map(Half::Done)
                }
            }
        };
        let (prepared, commit) = match self.pool.run(ticket, first).await? {
            Half::Done(value) => return Ok(value),
            Half::Waits(prepared, commit) => (prepared, commit),
        };
        let passed = self.gates.pass(shards).await;
        let root = self.root.clone();
        let second = move |cancel: &Cancel| {
            let work = |root: &Root, cancel: &Cancel| commit(root, prepared, cancel);
            locked(&root, &key, (shards, passed), cancel, work)
        };
        self.pool.run(ticket, second).await
    }
}

/// Commits under the locks and syncs after them. Readers may see a change before it is durable, as
/// on any file system; the writer has its answer only afterwards.
fn locked<T>(
    root: &Root,
    key: &Key,
    (shards, passed): (Shards, Passed),
    cancel: &Cancel,
    commit: impl FnOnce(&Root, &Cancel) -> Result<Committed<T>>,
) -> Result<T> {
    let locks = ShardLocks::take(root, shards, key, cancel)?;
    cancel.check()?;
    let committed = commit(root, cancel)?;
    drop(locks);
    drop(passed);
    if root.durable {
        for folder in &committed.changed {
            let synced = root.sys.sync_folder(folder.as_fd());
            synced.map_err(|e| errors::not_durable(e, key))?;
        }
    }
    if let Some(path) = &committed.emptied {
        tree::prune(root, path);
    }
    Ok(committed.value)
}
