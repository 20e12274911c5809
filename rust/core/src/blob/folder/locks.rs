//! Shards: every writer of a key holds the lock of the key's shard while it looks and publishes.
//!
//! Two locks, as each alone is not enough. Within the process a *gate* is awaited, so that no
//! thread waits for another task. Between processes the shard's file is locked (`flock`); that wait
//! is on a thread of the pool, in short naps, so that it ends when its future is dropped. At most one
//! operation per shard and store is past the gate, so one stalled process holds up one thread per
//! shard at most.

use std::sync::Arc;
use std::time::Duration;

use rustix::fd::{AsFd, OwnedFd};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::pool::Cancel;
use super::root::Root;
use super::{Result, errors};
use crate::blob::Key;

const SHARDS: usize = 256;
const FIRST_NAP: Duration = Duration::from_micros(20);
const LONGEST_NAP: Duration = Duration::from_millis(2);

/// A shard, part of the format: all processes must agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shard(u8);

impl Shard {
    /// FNV-1a of the key's bytes, 64 bits, its eight bytes folded by exclusive or.
    pub(super) fn of(key: &Key) -> Self {
        let hash = key.as_str().bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(hash.to_le_bytes().iter().fold(0, |shard, byte| shard ^ byte))
    }

    fn file_name(self) -> String {
        format!("{:02x}", self.0)
    }
}

/// One or two shards, in the order in which they are locked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shards {
    first: Shard,
    second: Option<Shard>,
}

impl Shards {
    pub(super) fn one(key: &Key) -> Self {
        Self { first: Shard::of(key), second: None }
    }

    /// Ascending, so that two who want the same two cannot wait for each other.
    pub(super) fn two(a: &Key, b: &Key) -> Self {
        let (a, b) = (Shard::of(a), Shard::of(b));
        let second = (a != b).then(|| a.max(b));
        Self { first: a.min(b), second }
    }

    fn each(self) -> impl Iterator<Item = Shard> {
        std::iter::once(self.first).chain(self.second)
    }
}

/// The gates of a store. Cheap to clone.
#[derive(Clone)]
pub(super) struct Gates(Arc<[Arc<Mutex<()>>]>);

/// Passed gates; dropping it lets the next one pass.
pub(super) struct Passed(#[expect(dead_code, reason = "held for its drop")] [Option<Guard>; 2]);

type Guard = OwnedMutexGuard<()>;

impl Gates {
    pub(super) fn new() -> Self {
        Self((0..SHARDS).map(|_| Arc::default()).collect())
    }

    fn gate(&self, shard: Shard) -> Option<Arc<Mutex<()>>> {
        self.0.get(usize::from(shard.0)).cloned()
    }

    /// Passes if nobody is before us.
    pub(super) fn try_pass(&self, shards: Shards) -> Option<Passed> {
        let first = self.gate(shards.first)?.try_lock_owned().ok()?;
        let second = match shards.second {
            None => None,
            Some(shard) => Some(self.gate(shard)?.try_lock_owned().ok()?),
        };
        Some(Passed([Some(first), second]))
    }

    /// Waits for its turn, first come first served.
    pub(super) async fn pass(&self, shards: Shards) -> Passed {
        let mut guards = [None, None];
        for (guard, shard) in guards.iter_mut().zip(shards.each()) {
            if let Some(gate) = self.gate(shard) {
                *guard = Some(gate.lock_owned().await);
            }
        }
        Passed(guards)
    }
}

/// The locks of shards among all processes; dropping it unlocks.
pub(super) struct ShardLocks<'a> {
    root: &'a Root,
    files: Vec<OwnedFd>,
}

impl<'a> ShardLocks<'a> {
    /// Waits for the locks, or until nobody wants them any more.
    pub(super) fn take(root: &'a Root, shards: Shards, key: &Key, cancel: &Cancel) -> Result<Self> {
        let mut held = Self { root, files: Vec::with_capacity(2) };
        for shard in shards.each() {
            held.lock(shard, key, cancel)?;
        }
        Ok(held)
    }

    fn lock(&mut self, shard: Shard, key: &Key, cancel: &Cancel) -> Result<()> {
        let told = |e| errors::os(e, "locking its shard in `.tombolo/locks`", key);
        // Opened anew each time: 256 descriptors kept open would be many, and cost is small.
        let file = self.root.sys.open_lock(self.root.locks(), &shard.file_name()).map_err(told)?;
        let mut nap = FIRST_NAP;
        while !self.root.sys.try_lock(file.as_fd()).map_err(told)? {
            cancel.check()?;
            std::thread::sleep(nap);
            nap = (nap * 2).min(LONGEST_NAP);
        }
        self.files.push(file);
        Ok(())
    }
}

impl Drop for ShardLocks<'_> {
    fn drop(&mut self) {
        // Explicitly, not by closing: a forked child may hold a copy of the descriptor.
        for file in &self.files {
            self.root.sys.unlock(file.as_fd());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(key: &str) -> u8 {
        Shard::of(&Key::new(key).unwrap()).0
    }

    #[test]
    fn shards_are_part_of_the_format() {
        // FNV-1a of "a" is af63dc4c8601ec8c; `docs/folder-format.md` has this example.
        assert_eq!(shard("a"), 0xbb);
        // And of "foobar" 85944171f73967e8.
        assert_eq!(shard("foobar"), 0x85 ^ 0x94 ^ 0x41 ^ 0x71 ^ 0xf7 ^ 0x39 ^ 0x67 ^ 0xe8);
    }

    #[test]
    fn shards_spread() {
        let mut seen = [0; SHARDS];
        (0..25_600).for_each(|i| seen[usize::from(shard(&format!("key/{i}")))] += 1);
        assert!(seen.iter().all(|n| (50..200).contains(n)), "{seen:?}");
    }

    #[test]
    fn two_keys_are_locked_in_one_order() {
        let key = |k: &str| Key::new(k).unwrap();
        let order = |a: &str, b: &str| Shards::two(&key(a), &key(b)).each().collect::<Vec<_>>();
        assert_eq!(order("a", "b"), order("b", "a"));
        assert_eq!(order("a", "b").len(), 2);
        assert_eq!(order("a", "a").len(), 1);
    }
}
