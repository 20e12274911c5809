//! The door to atomics and shared cells that the models open: loom's, with the orders that the
//! library asks for unless a bug is seeded that makes one of them too weak.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::sync::atomic::Ordering;
use loom::sync::atomic::{AtomicPtr as LoomPtr, AtomicUsize as LoomUsize};

use crate::seeded::{Bug, seeded};

fn unless(bug: Bug, order: Ordering, weaker: Ordering) -> Ordering {
    if seeded(bug) { weaker } else { order }
}

/// The word of `state.rs`.
#[derive(Debug)]
pub(crate) struct AtomicUsize(LoomUsize);

impl AtomicUsize {
    pub(crate) fn new(value: usize) -> Self {
        Self(LoomUsize::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> usize {
        self.0.load(order)
    }

    pub(crate) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        self.0.fetch_add(value, order)
    }

    pub(crate) fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        self.0.fetch_sub(value, unless(Bug::RelaxedRelease, order, Ordering::Relaxed))
    }

    pub(crate) fn compare_exchange_weak(
        &self,
        now: usize,
        next: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        if now == next && seeded(Bug::UnwrittenWake) {
            return Ok(now);
        }
        let success = unless(Bug::RelaxedState, success, Ordering::Relaxed);
        self.0.compare_exchange_weak(now, next, success, failure)
    }
}

/// The head of `inbox.rs`.
#[derive(Debug)]
pub(crate) struct AtomicPtr<T>(LoomPtr<T>);

impl<T> AtomicPtr<T> {
    pub(crate) fn new(value: *mut T) -> Self {
        Self(LoomPtr::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        self.0.load(order)
    }

    pub(crate) fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        self.0.swap(value, unless(Bug::BlindTake, order, Ordering::Release))
    }

    pub(crate) fn compare_exchange(
        &self,
        now: *mut T,
        next: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        if seeded(Bug::SleepUnseen) {
            self.0.store(next, Ordering::Release);
            return Ok(now);
        }
        self.0.compare_exchange(now, next, success, failure)
    }

    pub(crate) fn compare_exchange_weak(
        &self,
        now: *mut T,
        next: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        let success = unless(Bug::BlindPush, success, Ordering::Release);
        let success = unless(Bug::SecretPush, success, Ordering::Relaxed);
        self.0.compare_exchange_weak(now, next, success, failure)
    }
}
