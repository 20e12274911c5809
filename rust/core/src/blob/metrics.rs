//! What stores in clouds have done, for whoever watches over the service.

use std::time::Duration;

#[cfg(feature = "cloud")]
pub(crate) use registry::counters;

/// Finite bounds of [`StoreMetrics::latency`]: from 1 ms on, each is twice the one before.
pub const LATENCY_BOUNDS: [Duration; 15] = {
    let mut bounds = [Duration::ZERO; 15];
    let mut at = 0;
    while at < bounds.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "a constant: what is out of bounds is no build"
        )]
        {
            bounds[at] = Duration::from_millis(1 << at);
        }
        at += 1;
    }
    bounds
};

/// Requests by how they have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// With success.
    pub ok: u64,
    /// What they ask for is not there (404).
    pub not_found: u64,
    /// A condition does not hold (304, 412).
    pub condition: u64,
    /// The service has put them off (429, 503).
    pub throttled: u64,
    /// Any other fault of the request (4xx).
    pub refused: u64,
    /// A fault of the service (5xx).
    pub server_error: u64,
    /// No answer came, or the service could not be reached.
    pub no_answer: u64,
    /// They were dropped before an answer came: cancelled, late, or the slower of two.
    pub dropped: u64,
}

/// What the stores of one URL have done since the process began, and how things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreMetrics {
    /// The URL without credentials and parameters but for its endpoint.
    pub url: String,
    /// The service, as errors name it, such as `blob.azure`.
    pub service: &'static str,
    /// Requests by outcome. Each one that is sent counts: retries and hedges, too.
    pub requests: Requests,
    /// Requests that were sent because an earlier one had failed.
    pub retries: u64,
    /// Retries and hedges that were not made, as the bucket was empty.
    pub retries_denied: u64,
    /// Requests that were sent because an earlier one was slow.
    pub hedges: u64,
    /// Those of them that were answered first.
    pub hedges_won: u64,
    /// Writes that met their own earlier success.
    pub recognised: u64,
    /// Bytes of bodies that were sent, those of requests without an answer among them.
    pub bytes_sent: u64,
    /// Bytes of bodies that came.
    pub bytes_received: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// Requests by how long the head of their answer took; see [`LATENCY_BOUNDS`]. The last counts
    /// those beyond all bounds.
    pub latency: [u64; LATENCY_BOUNDS.len() + 1],
    /// The sum of these times.
    pub latency_sum: Duration,
    /// Requests under way now: sent, and the answer not read or dropped yet.
    pub in_flight: u64,
    /// Requests that wait now, since `max_in_flight` are under way.
    pub waiting: u64,
}

/// What all stores in clouds have done, by URL; none in a build without. From any thread. Takes a lock for a moment, so it
/// is not for a child after `fork`.
#[must_use]
pub fn metrics() -> Vec<StoreMetrics> {
    #[cfg(feature = "cloud")]
    return registry::snapshots();
    #[cfg(not(feature = "cloud"))]
    Vec::new()
}

#[cfg(feature = "cloud")]
mod registry;
