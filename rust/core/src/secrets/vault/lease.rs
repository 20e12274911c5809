//! How long a token is good for.

use std::time::Duration;

use tokio::time::Instant;

/// How long before a lease ends it is prolonged: when a third of it is left.
const LEFT: u32 = 3;
/// How long a server is left alone that has refused to prolong it.
const PAUSE: Duration = Duration::from_secs(10);
/// Nothing is prolonged more often than this.
const LEAST: Duration = Duration::from_secs(1);

/// The lease of a token. Its whole length is none if it has no end, as a root token has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    begun: Instant,
    whole: Option<Duration>,
    is_renewable: bool,
}

impl Lease {
    /// A lease that begins now, of so many seconds; 0 for no end.
    pub(super) fn new(seconds: u64, is_renewable: bool) -> Self {
        // No longer than a year, so that nothing overflows.
        let whole = (seconds > 0).then(|| Duration::from_secs(seconds.min(365 * 24 * 3600)));
        Self { begun: Instant::now(), whole, is_renewable }
    }

    pub(super) fn is_renewable(&self) -> bool {
        self.is_renewable
    }

    pub(super) fn has_ended(&self) -> bool {
        self.whole.is_some_and(|whole| self.begun.elapsed() >= whole)
    }

    /// How long until it is to be prolonged, if it has an end.
    pub(super) fn until_renewal(&self) -> Option<Duration> {
        let whole = self.whole?;
        let due = whole - whole / LEFT;
        Some(due.saturating_sub(self.begun.elapsed()).max(LEAST))
    }

    /// How long until that is tried again: while some of it is left, ten times at most.
    pub(super) fn pause(&self) -> Duration {
        self.whole.map_or(PAUSE, |whole| (whole / 30).clamp(LEAST, PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_prolonged_when_a_third_is_left() {
        let lease = Lease::new(90, true);
        assert_eq!(lease.until_renewal(), Some(Duration::from_secs(60)));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(!lease.has_ended());
        assert_eq!(lease.until_renewal(), Some(LEAST));
        tokio::time::advance(Duration::from_secs(31)).await;
        assert!(lease.has_ended());
        assert_eq!(lease.pause(), Duration::from_secs(3));
    }

    #[test]
    fn some_leases_have_no_end() {
        let lease = Lease::new(0, false);
        assert!(lease.until_renewal().is_none() && !lease.has_ended() && !lease.is_renewable());
        assert!(Lease::new(u64::MAX, true).until_renewal().is_some());
    }
}
