//! The door to atomics, shared cells, locks and sleep that the models open: loom's.

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
use std::time::Duration;

use loom::lazy_static::Lazy;
pub(crate) use loom::thread::park;
use loom::thread::{self, ThreadId};
pub(crate) use loom::thread_local;

use super::atomics::Part;
pub(crate) use super::atomics::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering};

/// A moment of a drain: no time passes in a model, whose executions must be the same each time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant;

impl Instant {
    pub(crate) fn now() -> Self {
        Self
    }

    pub(crate) fn elapsed(self) -> Duration {
        Duration::ZERO
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

    /// Of no model: what debuggers call.
    pub(crate) fn try_lock(&'static self) -> TryLockResult<MutexGuard<'static, T>> {
        self.lock().map_err(TryLockError::Poisoned)
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

/// The lock of an object that the model makes.
pub(crate) struct SharedMutex<T>(loom::sync::Mutex<T>);
pub(crate) use loom::sync::MutexGuard as SharedMutexGuard;

impl<T> SharedMutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> LockResult<SharedMutexGuard<'_, T>> {
        Ok(Thread::at_lock(|| self.0.lock()))
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
