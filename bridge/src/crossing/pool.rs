//! Where slots come from and go to: a few that each thread keeps, a capped list behind them.

use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::slot::Slot;
use super::{fork, metrics};

/// Slots a thread keeps for itself.
const PER_THREAD: usize = 32;
/// Slots kept for all threads; beyond, memory goes back to the allocator.
const SHARED: usize = 1024;

/// The slots that a thread keeps, each of which knows the next.
pub(crate) struct Kept {
    first: UnsafeCell<Option<NonNull<Slot>>>,
    count: AtomicUsize,
}

impl Kept {
    pub(crate) const fn new() -> Self {
        Self { first: UnsafeCell::new(None), count: AtomicUsize::new(0) }
    }

    /// How many there are. By any thread.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// # Safety
    /// By the thread whose it is.
    #[inline]
    unsafe fn pop(&self) -> Option<NonNull<Slot>> {
        // SAFETY: the caller's promise.
        let first = unsafe { &mut *self.first.get() };
        let slot = (*first)?;
        // SAFETY: a free slot is its keeper's alone.
        *first = unsafe { slot.as_ref().next_free() };
        self.count.store(self.count().wrapping_sub(1), Ordering::Relaxed);
        Some(slot)
    }

    /// False if there are enough.
    ///
    /// # Safety
    /// By the thread whose it is; the slot is blank, and nothing refers to it.
    #[inline]
    unsafe fn push(&self, slot: NonNull<Slot>) -> bool {
        let count = self.count();
        if count >= PER_THREAD {
            return false;
        }
        // SAFETY: the caller's promises.
        unsafe {
            slot.as_ref().set_next_free((*self.first.get()).replace(slot));
        }
        self.count.store(count + 1, Ordering::Relaxed);
        true
    }

    /// The thread ends: its slots go to the others.
    ///
    /// # Safety
    /// By the thread whose it is.
    pub(crate) unsafe fn give_back_all(&self) {
        if fork::is_child() {
            return; // the list's lock may be held for ever
        }
        // SAFETY: the caller's promise.
        while let Some(slot) = unsafe { self.pop() } {
            give_back(slot);
        }
    }
}

struct Free(Vec<NonNull<Slot>>);

// SAFETY: a free slot is reachable from nowhere else.
unsafe impl Send for Free {}

static POOL: Mutex<Free> = Mutex::new(Free(Vec::new()));

/// A slot that is blank but for its one reference.
#[inline]
pub(crate) fn take() -> NonNull<Slot> {
    // SAFETY: what this thread keeps.
    let kept = metrics::kept().and_then(|kept| unsafe { kept.pop() });
    let mut slot = kept.unwrap_or_else(take_shared);
    // SAFETY: a free slot is ours alone, and blank.
    unsafe { slot.as_mut().reset() };
    slot
}

#[cold]
#[inline(never)]
fn take_shared() -> NonNull<Slot> {
    // The lock may have been held by a thread that does not exist in a forked child.
    if !fork::is_child() {
        let mut shared = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = shared.0.pop() {
            metrics::SHARED_SLOTS.remove(1);
            return slot;
        }
    }
    metrics::SLOTS.add(1);
    NonNull::from(Box::leak(Box::new(Slot::blank())))
}

/// Takes a slot back whose last reference is gone.
///
/// # Safety
/// Nothing refers to `slot` any more.
pub(crate) unsafe fn recycle(slot: NonNull<Slot>) {
    if fork::is_child() {
        return; // leaked: what it holds may belong to threads that do not exist here
    }
    // SAFETY: the caller's promise.
    unsafe {
        slot.as_ref().clear();
        recycle_blank(slot);
    }
}

/// Takes a slot back that is blank.
///
/// # Safety
/// As [`recycle`].
#[inline(always)]
pub(crate) unsafe fn recycle_blank(slot: NonNull<Slot>) {
    // SAFETY: what this thread keeps, and the caller's promise.
    if !metrics::kept().is_some_and(|kept| unsafe { kept.push(slot) }) {
        recycle_elsewhere(slot);
    }
}

/// This thread keeps enough of them, or has none of its own yet, or ends.
#[cold]
#[inline(never)]
fn recycle_elsewhere(slot: NonNull<Slot>) {
    // SAFETY: as in `recycle_blank`.
    if !metrics::claim_kept().is_some_and(|kept| unsafe { kept.push(slot) }) {
        give_back(slot);
    }
}

fn give_back(slot: NonNull<Slot>) {
    let mut shared = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.0.len() < SHARED {
        shared.0.push(slot);
        metrics::SHARED_SLOTS.add(1);
    } else {
        drop(shared);
        metrics::SLOTS.remove(1);
        // SAFETY: slots are made by `Box` in `take_shared`, and this one is in no list.
        drop(unsafe { Box::from_raw(slot.as_ptr()) });
    }
}
