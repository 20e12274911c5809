//! The clock of deadlines: the system's, but for a program of tests, which can hold it.
//!
//! Without the feature `held-clock` this costs nothing.

#[cfg(feature = "held-clock")]
pub(crate) use super::held_clock::{is_held, now};

/// The time on the monotonic clock.
#[cfg(not(feature = "held-clock"))]
#[inline(always)]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Whether a test holds the clock.
#[cfg(not(feature = "held-clock"))]
#[inline(always)]
pub(crate) const fn is_held() -> bool {
    false
}
