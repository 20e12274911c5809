//! What is counted, for whoever watches over the service. To count costs some instructions: each
//! thread has counters of its own, which [`snapshot`] adds up.

mod block;
mod chain;
mod names;
mod snapshot;
mod stores;

use std::sync::atomic::{AtomicUsize, Ordering};

use tombolo::ErrorCode;

use super::operation::Spec;
use super::pool::Kept;
pub use snapshot::slots_in_use;

/// An operation has ended: well, or with an error.
#[inline]
pub(crate) fn ended(spec: &Spec, error: Option<ErrorCode>) {
    block::end(spec, error.map_or(0, |code| code as usize));
}

/// The slots that this thread keeps, if it counts already.
#[inline]
pub(crate) fn kept() -> Option<&'static Kept> {
    block::kept()
}

/// The slots that this thread keeps; none as it ends.
pub(crate) fn claim_kept() -> Option<&'static Kept> {
    block::claim_kept()
}

/// Something waits for a drain of a queue.
#[inline]
pub(crate) fn queue_entered() {
    block::add(|counters| &counters.queue_entered, 1);
}

/// It waits no more: a drain has taken it, or it went with its queue.
#[inline]
pub(crate) fn queue_left() {
    block::add(|counters| &counters.queue_left, 1);
}

/// The descriptor of a queue was written.
pub(crate) fn woken() {
    block::add(|counters| &counters.wakeups, 1);
}

/// A drain has ended that has handed out so many completions.
pub(crate) fn drained(completions: usize) {
    block::add(|counters| &counters.drained, completions as u64);
    let size = match completions.checked_sub(1) {
        None => 0,
        Some(0) => 1,
        Some(less) => (less.ilog2() as usize + 2).min(block::SIZES - 1),
    };
    block::add(
        |counters| {
            let [.., largest] = &counters.drains;
            counters.drains.get(size).unwrap_or(largest)
        },
        1,
    );
}

/// How many of something there are, where that changes too seldom to matter.
pub(crate) struct Gauge(AtomicUsize);

/// Queues.
pub(crate) static QUEUES: Gauge = Gauge::new();
/// Threads that poll operations.
pub(crate) static WORKERS: Gauge = Gauge::new();
/// Slots, free or not.
pub(crate) static SLOTS: Gauge = Gauge::new();
/// Those that are free for all threads.
pub(crate) static SHARED_SLOTS: Gauge = Gauge::new();
/// Threads for blocking work.
pub(crate) static BLOCKING_THREADS: Gauge = Gauge::new();
/// Buffers that C++ has lent and Rust has not given back.
pub(crate) static LOANS: Gauge = Gauge::new();
/// Calls that wait for their handler.
pub(crate) static CALLS: Gauge = Gauge::new();
/// Records of logs that wait for their sink.
pub(crate) static LOG_RECORDS: Gauge = Gauge::new();

impl Gauge {
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn remove(&self, count: usize) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed) as u64
    }
}
