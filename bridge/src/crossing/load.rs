//! How many operations a runtime has in flight, and how many it may have.
//!
//! It orders nothing, so its atomics are std's in the models, too.

use std::sync::atomic::{AtomicUsize, Ordering};

use tombolo::{Error, ErrorCode, ErrorKind, Result};

/// What a runtime whose options do not say allows.
pub(crate) const MOST_IN_FLIGHT: usize = 1 << 18;

/// Of the default runtime.
pub(crate) static DEFAULT: Load = Load::new(MOST_IN_FLIGHT);

/// See the module documentation.
pub(crate) struct Load {
    in_flight: AtomicUsize,
    /// At least 1, or 0 once the runtime was shut down.
    most: AtomicUsize,
}

impl Load {
    pub(crate) const fn new(most: usize) -> Self {
        Self { in_flight: AtomicUsize::new(0), most: AtomicUsize::new(most) }
    }

    /// Whether another operation may start. Threads that start at the same moment may go beyond the
    /// ceiling by their number.
    #[inline]
    pub(crate) fn admit(&self) -> Result<()> {
        if self.has_room() { Ok(()) } else { Err(refusal(self.most.load(Ordering::Relaxed))) }
    }

    /// Whether [`Load::admit`] would say yes.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.in_flight() < self.most.load(Ordering::Relaxed)
    }

    /// Sets the ceiling.
    pub(crate) fn set_most(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
    }

    /// Refuses everything from now on.
    pub(crate) fn shut(&self) {
        self.most.store(0, Ordering::Relaxed);
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.most.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Under the lock of the table of deadlines, as [`Load::leave`], so that no change is lost.
    pub(crate) fn enter(&self) {
        self.in_flight.store(self.in_flight() + 1, Ordering::Relaxed);
    }

    pub(crate) fn leave(&self) {
        self.in_flight.store(self.in_flight().saturating_sub(1), Ordering::Relaxed);
    }
}

#[cold]
fn refusal(most: usize) -> Error {
    if most == 0 {
        let message = "the runtime was shut down; start operations on another";
        return Error::new(ErrorCode::Cancelled, message).with_kind(ErrorKind::Shutdown);
    }
    let message =
        format!("the runtime has its {most} operations in flight; wait until some have ended");
    Error::new(ErrorCode::ResourceExhausted, message).with_retryable(true)
}
