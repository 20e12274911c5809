//! The parts of a handler that two threads meet in.

#[path = "../../../src/crossing/handler/call.rs"]
pub(crate) mod call;
#[path = "../../../src/crossing/handler/waiting.rs"]
pub(crate) mod waiting;

/// Nothing of a model waits for a handler within a `wait`.
pub(crate) fn drained_here_alone() -> bool {
    false
}
