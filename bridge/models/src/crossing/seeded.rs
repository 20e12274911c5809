//! Bugs on demand, chosen by each test for itself: the library's own, and orders of memory that are
//! too weak, which `atomics.rs` puts in place of the library's.

use std::cell::Cell;

pub(crate) use super::bug::Bug;

/// An order of memory, or a write, that the library could be taken to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    /// The changes of the state word order nothing.
    State,
    /// An update of the state word that changes nothing is not written.
    UnwrittenWake,
    /// Giving a reference back orders nothing.
    Release,
    /// Who finds that the one reference is its own does not see what others did who had one.
    Alone,
    /// Who drains a queue next does not see what the last one did.
    Draining,
    /// The consumer goes to sleep without looking again.
    Sleep,
    /// A push does not publish its node.
    SecretPush,
    /// A push does not see what the consumer did before it went to sleep.
    BlindPush,
    /// A take does not see what was pushed.
    BlindTake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seed {
    Bug(Bug),
    Weak(Weak),
}

thread_local! {
    // All threads of a model run on the thread of its test.
    static CHOSEN: Cell<Option<Seed>> = const { Cell::new(None) };
}

/// Seeds `bug` in the models of this test.
pub(crate) fn seed(bug: Bug) {
    CHOSEN.set(Some(Seed::Bug(bug)));
}

/// Weakens `order` in the models of this test.
pub(crate) fn weaken(order: Weak) {
    CHOSEN.set(Some(Seed::Weak(order)));
}

pub(crate) fn seeded(bug: Bug) -> bool {
    CHOSEN.get() == Some(Seed::Bug(bug))
}

pub(crate) fn weakened(order: Weak) -> bool {
    CHOSEN.get() == Some(Seed::Weak(order))
}
