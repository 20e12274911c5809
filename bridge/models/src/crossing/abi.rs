//! What crosses, as far as the models need it.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::slot::Slot;

pub struct Ticket(pub(crate) NonNull<Slot>);

/// A completion that counts its calls. With std's atomic, since the count is no part of what is
/// modelled.
#[derive(Debug, Default)]
pub struct Completion {
    calls: AtomicUsize,
}

impl Completion {
    /// # Safety
    /// `this` is valid.
    pub(crate) unsafe fn call(this: NonNull<Self>) {
        // SAFETY: the caller's promise.
        let before = unsafe { this.as_ref() }.calls.fetch_add(1, Ordering::Relaxed);
        assert_eq!(before, 0, "completed twice");
    }

    pub(crate) fn was_called(&self) -> bool {
        self.calls.load(Ordering::Relaxed) > 0
    }
}
