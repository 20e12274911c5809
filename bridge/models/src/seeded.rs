//! Bugs on demand, those of the library's own `seeded.rs`, chosen by each test for itself.

use std::cell::Cell;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    LostWake,
    DoubleCompletion,
    Leak,
    SleepUnseen,
}

thread_local! {
    // All threads of a model run on the thread of its test.
    static CHOSEN: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Seeds `bug` in the models of this test.
pub(crate) fn seed(bug: Bug) {
    CHOSEN.set(Some(bug));
}

pub(crate) fn seeded(bug: Bug) -> bool {
    CHOSEN.get() == Some(bug)
}
