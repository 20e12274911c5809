//! What the requests of a store come to. To count is one relaxed addition or a few beside a request, which
//! takes tens of thousands of instructions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::blob::metrics::{LATENCY_BOUNDS, Requests, StoreMetrics};

/// How a request has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    NotFound,
    Condition,
    Throttled,
    Refused,
    ServerError,
    NoAnswer,
    Dropped,
}

const OUTCOMES: usize = Outcome::Dropped as usize + 1;

impl Outcome {
    /// Of an answer.
    pub(crate) fn of(status: http::StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Ok,
            404 => Self::NotFound,
            304 | 412 => Self::Condition,
            429 | 503 => Self::Throttled,
            500.. => Self::ServerError,
            _ => Self::Refused,
        }
    }
}

/// The counters of all stores of one URL.
#[derive(Default)]
pub(crate) struct Counters {
    ended: [AtomicU64; OUTCOMES],
    pub(crate) retries: Counter,
    pub(crate) retries_denied: Counter,
    pub(crate) hedges: Counter,
    pub(crate) hedges_won: Counter,
    pub(crate) recognised: Counter,
    pub(crate) bytes_sent: Counter,
    pub(crate) bytes_received: Counter,
    /// Those that were opened.
    pub(crate) connections: Arc<AtomicU64>,
    latency: [AtomicU64; LATENCY_BOUNDS.len() + 1],
    latency_sum: Counter,
    pub(crate) in_flight: Gauge,
    pub(crate) waiting: Gauge,
}

/// Something that only grows.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many of something there are.
#[derive(Default)]
pub(crate) struct Gauge(AtomicU64);

impl Counters {
    pub(crate) fn ended(&self, outcome: Outcome) {
        if let Some(counter) = self.ended.get(outcome as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The head of an answer has come after so long.
    pub(crate) fn answered(&self, after: Duration) {
        let at = LATENCY_BOUNDS.partition_point(|bound| *bound < after);
        if let Some(counter) = self.latency.get(at) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.latency_sum.add(u64::try_from(after.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn snapshot(&self, url: String, service: &'static str) -> StoreMetrics {
        let ended = |outcome: Outcome| {
            self.ended.get(outcome as usize).map_or(0, |count| count.load(Ordering::Relaxed))
        };
        let mut latency = [0; LATENCY_BOUNDS.len() + 1];
        for (to, from) in latency.iter_mut().zip(&self.latency) {
            *to = from.load(Ordering::Relaxed);
        }
        StoreMetrics {
            url,
            service,
            requests: Requests {
                ok: ended(Outcome::Ok),
                not_found: ended(Outcome::NotFound),
                condition: ended(Outcome::Condition),
                throttled: ended(Outcome::Throttled),
                refused: ended(Outcome::Refused),
                server_error: ended(Outcome::ServerError),
                no_answer: ended(Outcome::NoAnswer),
                dropped: ended(Outcome::Dropped),
            },
            retries: self.retries.get(),
            retries_denied: self.retries_denied.get(),
            hedges: self.hedges.get(),
            hedges_won: self.hedges_won.get(),
            recognised: self.recognised.get(),
            bytes_sent: self.bytes_sent.get(),
            bytes_received: self.bytes_received.get(),
            connections: self.connections.load(Ordering::Relaxed),
            latency,
            latency_sum: Duration::from_nanos(self.latency_sum.get()),
            in_flight: self.in_flight.0.load(Ordering::Relaxed),
            waiting: self.waiting.0.load(Ordering::Relaxed),
        }
    }
}

/// Counted in a gauge as long as this lives.
pub(crate) struct Counted {
    counters: Arc<Counters>,
    gauge: fn(&Counters) -> &Gauge,
}

impl Counted {
    pub(crate) fn new(counters: &Arc<Counters>, gauge: fn(&Counters) -> &Gauge) -> Self {
        gauge(counters).0.fetch_add(1, Ordering::Relaxed);
        Self { counters: Arc::clone(counters), gauge }
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.gauge)(&self.counters).0.fetch_sub(1, Ordering::Relaxed);
    }
}
