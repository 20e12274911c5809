//! What stores in clouds count, as it crosses.

use tombolo::blob;

use super::snapshot::bridge::StoreMetrics;
use crate::crossing::fork;

/// By URL; none in a forked child, where the lock of the core's list may be held by a thread that does not
/// exist.
pub(super) fn stores() -> Vec<StoreMetrics> {
    if fork::is_child() {
        return Vec::new();
    }
    blob::metrics().into_iter().map(StoreMetrics::from).collect()
}

impl From<blob::StoreMetrics> for StoreMetrics {
    fn from(of: blob::StoreMetrics) -> Self {
        Self {
            url: of.url,
            service: of.service.to_owned(),
            ok: of.requests.ok,
            not_found: of.requests.not_found,
            condition: of.requests.condition,
            throttled: of.requests.throttled,
            refused: of.requests.refused,
            server_error: of.requests.server_error,
            no_answer: of.requests.no_answer,
            dropped: of.requests.dropped,
            retries: of.retries,
            retries_denied: of.retries_denied,
            hedges: of.hedges,
            hedges_won: of.hedges_won,
            recognised: of.recognised,
            bytes_sent: of.bytes_sent,
            bytes_received: of.bytes_received,
            connections: of.connections,
            latency: of.latency.to_vec(),
            latency_sum_ns: u64::try_from(of.latency_sum.as_nanos()).unwrap_or(u64::MAX),
            in_flight: of.in_flight,
            waiting: of.waiting,
        }
    }
}
