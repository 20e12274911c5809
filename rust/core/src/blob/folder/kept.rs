//! Files that are read often stay open.
//!
//! To open a file, look at it, read its attribute and close it again costs four times the read of
//! 4 KiB from the page cache. A file that was kept open costs one look at its path ([`Sys::look`]):
//! if what is there is the same file, unchanged, then so is the attribute that was read before.
//! Since the file is open, its inode is not given to another, so the same number means the same
//! file. The look comes first in each read, so an answer is never older than its operation,
//! whichever process has written.
//!
//! What is deleted or replaced by this store is let go at once. After a write of another process the
//! file and its blocks stay until somebody looks or others take the place; so only files of up to
//! 1 MiB are kept, where what is saved is a part worth having.
//!
//! [`Sys::look`]: super::sys::Sys::look

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::object::Opened;

/// Larger files are not kept.
const LARGEST: u64 = 1 << 20;
/// How many paths are remembered as read once, for each file that may be kept, and at least.
const READ_ONCE: usize = 4;
const LEAST_READ_ONCE: usize = 64;
/// And at most.
const MOST_READ_ONCE: usize = 1 << 16;
/// More uses than that count as that many: who was read often once gives way in the end.
const MOST_USES: u8 = 4;

/// The files that a store keeps open.
pub(super) struct Kept {
    most: usize,
    hasher: RandomState,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    at: HashMap<Arc<str>, usize>,
    files: Vec<File>,
    /// Who is asked next how often it was used (the clock algorithm, with counts).
    hand: usize,
    /// A part of the hash of a path that was read, where another part of it says.
    read_once: Vec<u32>,
}

struct File {
    path: Arc<str>,
    opened: Arc<Opened>,
    /// Since it was asked, less one for each time that it was.
    uses: u8,
}

impl Kept {
    /// Keeps at most so many; 0: none.
    pub(super) fn new(most: usize) -> Self {
        Self { most, hasher: RandomState::new(), inner: Mutex::default() }
    }

    /// The file that was at that path.
    pub(super) fn find(&self, path: &str) -> Option<Arc<Opened>> {
        if self.most == 0 {
            return None;
        }
        let mut inner = self.lock();
        let at = *inner.at.get(path)?;
        let file = inner.files.get_mut(at)?;
        file.uses = file.uses.saturating_add(1).min(MOST_USES);
        Some(file.opened.clone())
    }

    /// Keeps a file that was read, if it is worth it: not at the first read, so that who reads all
    /// objects once does not take the place of those that are read often. Tells whether it did.
    pub(super) fn offer(&self, path: &str, opened: &Arc<Opened>) -> bool {
        if self.most == 0 || opened.size() > LARGEST || !opened.can_be_kept() {
            return false;
        }
        let hash = self.hasher.hash_one(path);
        let mut inner = self.lock();
        if !inner.read_before(hash, self.most) {
            return false;
        }
        let old = inner.insert(path, opened.clone(), self.most);
        drop(inner);
        // What closes, closes without the lock.
        drop(old);
        true
    }

    /// Lets go of what was at that path.
    pub(super) fn forget(&self, path: &str) {
        if self.most > 0 {
            let old = self.lock().remove(path, |_| true);
            drop(old);
        }
    }

    /// The same if it is this file.
    pub(super) fn forget_file(&self, path: &str, file: &Arc<Opened>) {
        let old = self.lock().remove(path, |kept| Arc::ptr_eq(kept, file));
        drop(old);
    }

    /// Lets go of all, since descriptors are needed elsewhere.
    pub(super) fn clear(&self) {
        let old = std::mem::take(&mut *self.lock());
        drop(old);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Whether a path with this hash was read lately; from now on it was.
    fn read_before(&mut self, hash: u64, most: usize) -> bool {
        if self.read_once.is_empty() {
            let room = most.saturating_mul(READ_ONCE).clamp(LEAST_READ_ONCE, MOST_READ_ONCE);
            self.read_once.resize(room, 0);
        }
        let [a, b, c, d, place @ ..] = hash.to_le_bytes();
        let mark = u32::from_le_bytes([a, b, c, d]) | 1;
        let place = usize::try_from(u32::from_le_bytes(place)).unwrap_or(0) % self.read_once.len();
        let marked = self.read_once.get_mut(place);
        marked.is_some_and(|marked| std::mem::replace(marked, mark) == mark)
    }

    /// Gives back whose place it took.
    fn insert(&mut self, path: &str, opened: Arc<Opened>, most: usize) -> Option<Arc<Opened>> {
        if let Some(file) = self.at.get(path).and_then(|at| self.files.get_mut(*at)) {
            return Some(std::mem::replace(&mut file.opened, opened));
        }
        let path: Arc<str> = path.into();
        let file = File { path: path.clone(), opened, uses: 0 };
        if self.files.len() < most {
            self.at.insert(path, self.files.len());
            self.files.push(file);
            return None;
        }
        let at = self.least_used();
        let old = std::mem::replace(self.files.get_mut(at)?, file);
        self.at.remove(&old.path);
        self.at.insert(path, at);
        Some(old.opened)
    }

    fn least_used(&mut self) -> usize {
        loop {
            let at = self.hand % self.files.len().max(1);
            self.hand = at + 1;
            match self.files.get_mut(at) {
                Some(file) if file.uses > 0 => file.uses -= 1,
                _ => return at,
            }
        }
    }

    fn remove(&mut self, path: &str, which: impl Fn(&Arc<Opened>) -> bool) -> Option<Arc<Opened>> {
        let at = *self.at.get(path)?;
        if !self.files.get(at).is_some_and(|file| which(&file.opened)) {
            return None;
        }
        self.at.remove(path);
        let old = self.files.swap_remove(at);
        // The last one has taken its place.
        if let Some(moved) = self.files.get(at) {
            self.at.insert(moved.path.clone(), at);
        }
        Some(old.opened)
    }
}
