//! loom's atomics, with the orders that the library asks for unless a test weakens one of them.
//!
//! A use after the end of the slot that it is part of fails the model, and so does an end that some
//! use does not happen before.

use loom::sync::atomic;
pub(crate) use loom::sync::atomic::Ordering;

use super::seeded::{Weak, weakened};

fn unless(weak: Weak, order: Ordering, weaker: Ordering) -> Ordering {
    if weakened(weak) { weaker } else { order }
}

/// Whether the model has failed and is being torn down, where loom answers no more.
fn failing() -> bool {
    std::thread::panicking()
}

/// A part of a slot, or of what lives as long as the model.
#[derive(Debug)]
pub(crate) struct Part<A: Ends> {
    value: A,
    /// The pool leaves the memory of a slot that has ended where it is. std's, since it is no part
    /// of what is modelled.
    alive: std::sync::atomic::AtomicBool,
}

/// Asks loom whether every use happens before the end.
pub(crate) trait Ends {
    fn end(&mut self);
}

impl<A: Ends> Part<A> {
    pub(super) fn of(value: A) -> Self {
        Self { value, alive: std::sync::atomic::AtomicBool::new(true) }
    }

    pub(super) fn ask<R>(&self, otherwise: R, question: impl FnOnce(&A) -> R) -> R {
        if failing() {
            return otherwise;
        }
        assert!(self.alive.load(Ordering::Relaxed), "used after its slot was given back");
        question(&self.value)
    }
}

impl<A: Ends> Drop for Part<A> {
    fn drop(&mut self) {
        if !failing() {
            self.value.end();
            self.alive.store(false, Ordering::Relaxed);
        }
    }
}

impl Ends for atomic::AtomicUsize {
    fn end(&mut self) {
        self.with_mut(|_| ());
    }
}

impl<T> Ends for atomic::AtomicPtr<T> {
    fn end(&mut self) {
        self.with_mut(|_| ());
    }
}

impl Ends for atomic::AtomicU8 {
    fn end(&mut self) {
        self.with_mut(|_| ());
    }
}

impl Ends for atomic::AtomicBool {
    fn end(&mut self) {} // loom has no way to ask
}

impl Ends for loom::cell::UnsafeCell<()> {
    fn end(&mut self) {
        self.with_mut(|_| ());
    }
}

/// The word of `state.rs`, and counters.
pub(crate) type AtomicUsize = Part<atomic::AtomicUsize>;

impl AtomicUsize {
    pub(crate) fn new(value: usize) -> Self {
        Self::of(atomic::AtomicUsize::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> usize {
        let order = unless(Weak::Alone, order, Ordering::Relaxed);
        self.ask(0, |word| word.load(order))
    }

    pub(crate) fn store(&self, value: usize, order: Ordering) {
        self.ask((), |word| word.store(value, order));
    }

    pub(crate) fn swap(&self, value: usize, order: Ordering) -> usize {
        self.ask(0, |word| word.swap(value, order))
    }

    pub(crate) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        self.ask(0, |word| word.fetch_add(value, order))
    }

    pub(crate) fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        let order = unless(Weak::Release, order, Ordering::Relaxed);
        self.ask(0, |word| word.fetch_sub(value, order))
    }

    pub(crate) fn compare_exchange_weak(
        &self,
        now: usize,
        next: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        if now == next && weakened(Weak::UnwrittenWake) {
            return Ok(now);
        }
        let success = unless(Weak::State, success, Ordering::Relaxed);
        self.ask(Ok(now), |word| word.compare_exchange_weak(now, next, success, failure))
    }
}

/// The head of `inbox.rs`, and the completion of a slot.
pub(crate) type AtomicPtr<T> = Part<atomic::AtomicPtr<T>>;

impl<T> AtomicPtr<T> {
    pub(crate) fn new(value: *mut T) -> Self {
        Self::of(atomic::AtomicPtr::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        self.ask(std::ptr::null_mut(), |head| head.load(order))
    }

    pub(crate) fn store(&self, value: *mut T, order: Ordering) {
        self.ask((), |head| head.store(value, order));
    }

    pub(crate) fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        let order = unless(Weak::BlindTake, order, Ordering::Release);
        self.ask(std::ptr::null_mut(), |head| head.swap(value, order))
    }

    pub(crate) fn compare_exchange(
        &self,
        now: *mut T,
        next: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        if weakened(Weak::Sleep) {
            self.store(next, Ordering::Release);
            return Ok(now);
        }
        self.ask(Ok(now), |head| head.compare_exchange(now, next, success, failure))
    }

    pub(crate) fn compare_exchange_weak(
        &self,
        now: *mut T,
        next: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        let success = unless(Weak::BlindPush, success, Ordering::Release);
        let success = unless(Weak::SecretPush, success, Ordering::Relaxed);
        self.ask(Ok(now), |head| head.compare_exchange_weak(now, next, success, failure))
    }
}

/// The reason of a cancel.
pub(crate) type AtomicU8 = Part<atomic::AtomicU8>;

impl AtomicU8 {
    pub(crate) fn new(value: u8) -> Self {
        Self::of(atomic::AtomicU8::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> u8 {
        self.ask(0, |byte| byte.load(order))
    }

    pub(crate) fn store(&self, value: u8, order: Ordering) {
        self.ask((), |byte| byte.store(value, order));
    }

    pub(crate) fn compare_exchange(
        &self,
        now: u8,
        next: u8,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u8, u8> {
        self.ask(Ok(now), |byte| byte.compare_exchange(now, next, success, failure))
    }
}

/// The flags of a queue and of a slot.
pub(crate) type AtomicBool = Part<atomic::AtomicBool>;

impl AtomicBool {
    pub(crate) fn new(value: bool) -> Self {
        Self::of(atomic::AtomicBool::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> bool {
        self.ask(false, |flag| flag.load(order))
    }

    pub(crate) fn store(&self, value: bool, order: Ordering) {
        // loom would let a store stand before the exchange that had not read it.
        self.ask(false, |flag| flag.swap(value, order));
    }

    pub(crate) fn swap(&self, value: bool, order: Ordering) -> bool {
        let order = unless(Weak::Draining, order, Ordering::Relaxed);
        self.ask(false, |flag| flag.swap(value, order))
    }
}
