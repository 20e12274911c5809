//! Logging must not feed itself: while a record is made or delivered, what the same thread emits is
//! dropped. What an operation emits that was started meanwhile is dropped wherever it runs, since
//! its span is muted; see `spans`.

use std::cell::Cell;

thread_local! {
    /// Without a destructor, so that it can be asked to the very end.
    static MUTED: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn is_on() -> bool {
    MUTED.get()
}

/// Turns it on or off for this thread; answers what it was.
pub(super) fn set(on: bool) -> bool {
    MUTED.replace(on)
}

/// Muted until dropped.
pub(super) struct Muted(bool);

impl Muted {
    pub(super) fn new() -> Self {
        Self(set(true))
    }
}

impl Drop for Muted {
    fn drop(&mut self) {
        set(self.0);
    }
}
