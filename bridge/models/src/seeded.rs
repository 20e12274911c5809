//! Bugs on demand, chosen by each test for itself: those of the library's own `seeded.rs`, and
//! orders of memory that are too weak, which `sync.rs` puts in place of the library's.

use std::cell::Cell;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    LostWake,
    DoubleCompletion,
    Leak,
    SleepUnseen,
    /// The changes of the state word order nothing.
    RelaxedState,
    /// An update of the state word that changes nothing is not written.
    UnwrittenWake,
    /// Giving a reference back orders nothing.
    RelaxedRelease,
    /// A push does not publish its node.
    SecretPush,
    /// A push does not see what the consumer did before it went to sleep.
    BlindPush,
    /// A take does not see what was pushed.
    BlindTake,
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
