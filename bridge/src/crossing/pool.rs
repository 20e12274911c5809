//! Where slots come from and go to: a small cache per thread, a capped list behind it.

use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use super::slot::Slot;
use super::{fork, metrics};

/// Slots a thread keeps for itself.
const PER_THREAD: usize = 32;
/// Slots kept for all threads; beyond, memory goes back to the allocator.
const SHARED: usize = 1024;

struct Free(Vec<NonNull<Slot>>);

// SAFETY: a free slot is reachable from nowhere else.
unsafe impl Send for Free {}

static POOL: Mutex<Free> = Mutex::new(Free(Vec::new()));

thread_local! {
    static CACHE: RefCell<Free> = const { RefCell::new(Free(Vec::new())) };
}

impl Drop for Free {
    fn drop(&mut self) {
        if fork::is_child() {
            return; // as in `recycle`: the list's lock may be held for ever
        }
        // A thread ends: its slots go to the others.
        for slot in self.0.drain(..) {
            give_back(slot);
        }
    }
}

/// A blank slot with one reference.
pub(crate) fn take() -> NonNull<Slot> {
    metrics::slot_taken();
    let mut slot = cached().unwrap_or_else(make);
    // SAFETY: a free slot is ours alone, and `clear` has emptied it.
    unsafe { slot.as_mut().reset() };
    slot
}

#[cold]
fn make() -> NonNull<Slot> {
    metrics::SLOTS.add(1);
    NonNull::from(Box::leak(Box::new(Slot::blank())))
}

fn cached() -> Option<NonNull<Slot>> {
    if fork::is_child() {
        return None; // the lock may have been held by a thread that does not exist here
    }
    let cached = CACHE.try_with(|cache| cache.borrow_mut().0.pop()).ok().flatten();
    cached.or_else(|| POOL.lock().unwrap_or_else(PoisonError::into_inner).0.pop())
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
    unsafe { slot.as_ref().clear() };
    metrics::slot_returned();
    let kept = CACHE.try_with(|cache| match cache.try_borrow_mut() {
        Ok(mut cache) if cache.0.len() < PER_THREAD => {
            cache.0.push(slot);
            true
        }
        _ => false,
    });
    if !kept.unwrap_or(false) {
        give_back(slot);
    }
}

fn give_back(slot: NonNull<Slot>) {
    let mut shared = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.0.len() < SHARED {
        shared.0.push(slot);
    } else {
        drop(shared);
        metrics::SLOTS.remove(1);
        // SAFETY: slots are made by `Box` in `make`, and this one is in no list.
        drop(unsafe { Box::from_raw(slot.as_ptr()) });
    }
}
