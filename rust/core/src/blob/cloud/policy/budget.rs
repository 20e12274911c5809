//! How many retries a store may still make: when a service is down, retries must not be what keeps it there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// What a retry takes out of the bucket. Parts of it come back.
const ONE: u64 = 100;
/// What comes back with time.
const PER_SECOND: u64 = ONE;

/// A bucket of retries.
///
/// Requests are only counted; what they bring back is reckoned when a retry asks, so that a request that
/// succeeds pays for one relaxed addition.
pub(crate) struct Budget {
    most: u64,
    percent: u64,
    requests: AtomicU64,
    bucket: Mutex<Bucket>,
}

struct Bucket {
    left: u64,
    /// The requests and the time that have brought something back already.
    requests: u64,
    since: Option<Instant>,
}

impl Budget {
    pub(crate) fn new(reserve: u32, percent: u32) -> Self {
        let most = u64::from(reserve) * ONE;
        let bucket = Bucket { left: most, requests: 0, since: None };
        Self {
            most,
            percent: percent.into(),
            requests: AtomicU64::new(0),
            bucket: Mutex::new(bucket),
        }
    }

    /// A request is made that is no retry.
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a retry, if there is one left.
    pub(crate) fn take(&self) -> bool {
        let now = Instant::now();
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = self.requests.load(Ordering::Relaxed);
        let new = requests.saturating_sub(bucket.requests);
        let since = bucket.since.unwrap_or(now);
        let seconds = now.saturating_duration_since(since).as_secs();
        let back = new.saturating_mul(self.percent).saturating_add(seconds * PER_SECOND);
        bucket.left = bucket.left.saturating_add(back).min(self.most);
        bucket.requests = requests;
        // What is less than a second counts the next time.
        bucket.since = Some(since + std::time::Duration::from_secs(seconds));
        let has_one = bucket.left >= ONE;
        if has_one {
            bucket.left -= ONE;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn taken(budget: &Budget) -> usize {
        (0..1000).take_while(|_| budget.take()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn retries_are_a_share_of_the_requests_beside_the_reserve() {
        let budget = Budget::new(5, 20);
        assert_eq!(taken(&budget), 5);
        (0..10).for_each(|_| budget.request());
        assert_eq!(taken(&budget), 2);
        (0..4).for_each(|_| budget.request());
        assert_eq!(taken(&budget), 0);
        budget.request();
        assert_eq!(taken(&budget), 1, "shares add up");
        (0..1_000_000).for_each(|_| budget.request());
        assert_eq!(taken(&budget), 5, "no more is kept than the reserve");
    }

    #[tokio::test(start_paused = true)]
    async fn one_comes_back_each_second() {
        let budget = Budget::new(5, 0);
        assert_eq!(taken(&budget), 5);
        tokio::time::advance(Duration::from_millis(600)).await;
        assert_eq!(taken(&budget), 0);
        tokio::time::advance(Duration::from_millis(600)).await;
        assert_eq!(taken(&budget), 1);
        tokio::time::advance(Duration::from_millis(900)).await;
        assert_eq!(taken(&budget), 1);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(taken(&budget), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_reserve_nothing_is_tried_again() {
        let budget = Budget::new(0, 100);
        (0..10).for_each(|_| budget.request());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(taken(&budget), 0);
    }
}
