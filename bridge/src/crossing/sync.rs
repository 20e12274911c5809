//! The door to what loom must see or decide: atomics, shared cells, locks, sleep, and the time that
//! a drain takes. The models put loom's in their place.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering};
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, OnceLock};
/// The lock of an object: in the models, that of a static is another type.
pub(crate) use std::sync::{Mutex as SharedMutex, MutexGuard as SharedMutexGuard};
pub(crate) use std::thread::{Thread, current, park};
pub(crate) use std::thread_local;
pub(crate) use std::time::Instant;

/// `std`'s cell behind loom's interface.
#[derive(Debug, Default)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}
