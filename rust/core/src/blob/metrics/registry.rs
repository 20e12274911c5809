//! The counters of stores by their URLs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::StoreMetrics;
use crate::blob::cloud::metrics::Counters;

/// Of so many URLs there are counters; stores of further ones count together, as `other`.
const MOST: usize = 256;

/// By URL and service. They stay when the last store of a URL is closed, so that no counter ever goes back.
type All = BTreeMap<(String, &'static str), Arc<Counters>>;

static ALL: Mutex<All> = Mutex::new(BTreeMap::new());

fn all() -> MutexGuard<'static, All> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The counters of a URL's stores.
pub(crate) fn counters(url: &str, service: &'static str) -> Arc<Counters> {
    let mut all = all();
    let has_room = all.len() < MOST || all.contains_key(&(url.to_owned(), service));
    let url = if has_room { url } else { "other" };
    Arc::clone(all.entry((url.to_owned(), service)).or_default())
}

/// Of all URLs.
pub(super) fn snapshots() -> Vec<StoreMetrics> {
    let all = all();
    all.iter().map(|((url, service), of)| of.snapshot(url.clone(), service)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn there_are_counters_of_so_many_urls_and_no_more() {
        for number in 0..2 * MOST {
            counters(&format!("test:{number}"), "blob.test").retries.add(1);
        }
        counters("test:0", "blob.test").retries.add(1);
        let all = snapshots();
        let retries = |url: &str| all.iter().find(|of| of.url == url).map(|of| of.retries);
        assert_eq!(retries("test:0"), Some(2));
        assert!(retries("other").is_some_and(|count| count >= MOST as u64), "{all:?}");
        assert!(all.len() <= MOST + 2);
        let sum: u64 = all.iter().filter(|of| of.service == "blob.test").map(|of| of.retries).sum();
        assert_eq!(sum, 2 * MOST as u64 + 1);
    }

    #[test]
    fn times_fall_into_buckets_that_double() {
        let counters = Counters::default();
        for micros in [0, 1000, 1001, 2000, 16_384_000, 16_384_001] {
            counters.answered(Duration::from_micros(micros));
        }
        let of = counters.snapshot(String::new(), "");
        assert_eq!((of.latency[0], of.latency[1], of.latency[14], of.latency[15]), (2, 2, 1, 1));
        assert_eq!(of.latency_sum, Duration::from_micros(32_772_002));
    }
}
