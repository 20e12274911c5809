//! The door to atomics and shared cells that the models open: loom's.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
