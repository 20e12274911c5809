//! The door to atomics, shared cells, locks and sleep that the models open: loom's, with the orders
//! that the library asks for unless a test weakens one of them.
//!
//! A use after the end of the slot that it is part of fails the model, and so does an end that some
//! use does not happen before.

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, PoisonError};
use std::time::Duration;

use loom::lazy_static::Lazy;
use loom::sync::atomic;
pub(crate) use loom::sync::atomic::Ordering;
pub(crate) use loom::thread::park;
use loom::thread::{self, ThreadId};
pub(crate) use loom::thread_local;

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
    fn of(value: A) -> Self {
        Self { value, alive: std::sync::atomic::AtomicBool::new(true) }
    }

    fn ask<R>(&self, otherwise: R, question: impl FnOnce(&A) -> R) -> R {
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
        self.ask(0, |word| word.load(order))
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

/// A cell whose every access loom hears of.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T> {
    value: std::cell::UnsafeCell<T>,
    accesses: Part<loom::cell::UnsafeCell<()>>,
}

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        let accesses = Part::of(loom::cell::UnsafeCell::new(()));
        Self { value: std::cell::UnsafeCell::new(value), accesses }
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        let _reading = self.accesses.ask(None, |accesses| Some(accesses.get()));
        f(self.value.get())
    }

    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        let _writing = self.accesses.ask(None, |accesses| Some(accesses.get_mut()));
        f(self.value.get())
    }
}

/// A lock in a static: every execution of a model has its own, which begins with the static's value.
pub(crate) struct Mutex<T: 'static> {
    first: T,
    lock: Lazy<loom::sync::Mutex<Option<T>>>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(first: T) -> Self {
        let lock = Lazy { init: || loom::sync::Mutex::new(None), _p: PhantomData };
        Self { first, lock }
    }

    pub(crate) fn lock(&'static self) -> LockResult<MutexGuard<'static, T>> {
        let mut value = Thread::at_lock(|| self.lock.get().lock());
        // SAFETY: what a static begins with owns nothing, so a copy of its bits is a value too.
        value.get_or_insert_with(|| unsafe { std::ptr::read(&raw const self.first) });
        Ok(MutexGuard(value))
    }
}

pub(crate) struct MutexGuard<'a, T>(loom::sync::MutexGuard<'a, Option<T>>);

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().unwrap_or_else(|| unreachable!("`lock` fills it"))
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().unwrap_or_else(|| unreachable!("`lock` fills it"))
    }
}

std::thread_local! {
    /// The threads that are about to take a lock, and whether they were unparked meanwhile.
    static AT_LOCK: RefCell<HashMap<ThreadId, bool>> = RefCell::default();
}

/// A thread to unpark. loom's own unpark would let a thread that waits for a lock go on without it.
#[derive(Clone, Debug)]
pub(crate) struct Thread(thread::Thread);

pub(crate) fn current() -> Thread {
    Thread(thread::current())
}

impl Thread {
    pub(crate) fn unpark(&self) {
        let at_lock = AT_LOCK.with_borrow_mut(|threads| {
            threads.get_mut(&self.0.id()).map(|unparked| *unparked = true).is_some()
        });
        if !at_lock {
            self.0.unpark();
        }
    }

    fn at_lock<G>(lock: impl FnOnce() -> LockResult<G>) -> G {
        let this = thread::current();
        AT_LOCK.with_borrow_mut(|threads| threads.insert(this.id(), false));
        let guard = lock().unwrap_or_else(PoisonError::into_inner);
        if AT_LOCK.with_borrow_mut(|threads| threads.remove(&this.id())) == Some(true) {
            this.unpark();
        }
        guard
    }
}

/// Every wait ends at once, as it may: the models call for a thread's turns one by one.
pub(crate) struct Condvar;

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) fn notify_one(&self) {}

    pub(crate) fn wait<T>(&self, guard: T) -> LockResult<T> {
        Ok(guard)
    }

    pub(crate) fn wait_timeout<T>(&self, guard: T, _: Duration) -> LockResult<(T, ())> {
        Ok((guard, ()))
    }
}

/// A value that one thread writes once.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    written: AtomicUsize,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self { value: std::sync::OnceLock::new(), written: AtomicUsize::new(0) }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.written.load(Ordering::Acquire) == 1 { self.value.get() } else { None }
    }

    pub(crate) fn get_or_init(&self, value: impl FnOnce() -> T) -> &T {
        if self.value.get().is_none() {
            self.value.get_or_init(value);
            self.written.swap(1, Ordering::Release);
        }
        self.value.get_or_init(|| unreachable!("written above"))
    }
}
