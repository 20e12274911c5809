//! The clock of the models: the system's. No test holds it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub(crate) fn now() -> Instant {
    Instant::now()
}

pub(crate) fn is_held() -> bool {
    false
}

static EPOCH: OnceLock<Instant> = OnceLock::new();

pub(crate) fn nanoseconds(at: Instant) -> u64 {
    let since = at.saturating_duration_since(*EPOCH.get_or_init(now));
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) fn lately() -> (u64, u64) {
    (nanoseconds(now()), 0)
}

pub(crate) fn at(nanoseconds: u64) -> Instant {
    *EPOCH.get_or_init(now) + Duration::from_nanos(nanoseconds)
}
