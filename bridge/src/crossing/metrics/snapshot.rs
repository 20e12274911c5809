//! Everything that is counted, at one moment. Each number is exact, and what has ended before the
//! call is in it; while threads go on counting, several numbers are not of one instant.
//!
//! It takes no lock that a thread may have held at a fork.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::block::{self, Counters};
use super::stores;
use super::{
    BLOCKING_THREADS, CALLS, LOANS, LOG_RECORDS, QUEUES, SHARED_SLOTS, SLOTS, WORKERS, names,
};
use crate::crossing::name::Name;
use crate::crossing::operation::quietly;
use crate::crossing::slot::Slot;
use crate::crossing::{deadline, guard, lent, log, runtime};

#[cxx::bridge(namespace = "tombolo::ffi")]
pub(super) mod bridge {
    /// How many operations of one name have ended in one way: 0 for success, or an error's code.
    #[derive(Debug, PartialEq, Eq)]
    struct Ended {
        service: String,
        operation: String,
        code: u32,
        count: u64,
    }

    /// See `Metrics::Runtime` in `tombolo/metrics.hpp`.
    #[derive(Default)]
    struct RuntimeMetrics {
        name: String,
        workers: u64,
        blocking_threads: u64,
        in_flight: u64,
    }

    /// See `Metrics::Store` in `tombolo/metrics.hpp`.
    #[derive(Default)]
    struct StoreMetrics {
        url: String,
        service: String,
        ok: u64,
        not_found: u64,
        condition: u64,
        throttled: u64,
        refused: u64,
        server_error: u64,
        no_answer: u64,
        dropped: u64,
        retries: u64,
        retries_denied: u64,
        hedges: u64,
        hedges_won: u64,
        recognised: u64,
        bytes_sent: u64,
        bytes_received: u64,
        connections: u64,
        latency: Vec<u64>,
        latency_sum_ns: u64,
        in_flight: u64,
        waiting: u64,
    }

    /// See `Metrics` in `tombolo/metrics.hpp`.
    #[derive(Default)]
    struct Metrics {
        ended: Vec<Ended>,
        in_flight: u64,
        queues: u64,
        queue_depth: u64,
        wakeups: u64,
        drained: u64,
        drains: Vec<u64>,
        slots_in_use: u64,
        slots_free: u64,
        slot_bytes: u64,
        workers: u64,
        blocking_threads: u64,
        runtimes: Vec<RuntimeMetrics>,
        buffers_lent: u64,
        buffers_orphaned: u64,
        calls_waiting: u64,
        log_delivered: u64,
        log_lost: u64,
        log_waiting: u64,
        panics: u64,
        stores: Vec<StoreMetrics>,
    }

    extern "Rust" {
        fn metrics() -> Metrics;
    }
}

pub(super) fn metrics() -> bridge::Metrics {
    quietly(bridge::Metrics::default(), snapshot)
}

fn snapshot() -> bridge::Metrics {
    let (slots, slots_in_use) = (SLOTS.get(), slots_in_use());
    let orphans = lent::orphaned() as u64;
    let (log_delivered, log_lost) = log::counts();
    bridge::Metrics {
        ended: ended(),
        in_flight: deadline::in_flight() as u64,
        queues: QUEUES.get(),
        queue_depth: difference(|all| &all.queue_entered, |all| &all.queue_left),
        wakeups: sum(|all| &all.wakeups),
        drained: sum(|all| &all.drained),
        drains: drains(),
        slots_in_use,
        slots_free: slots.saturating_sub(slots_in_use),
        slot_bytes: slots * size_of::<Slot>() as u64,
        workers: WORKERS.get(),
        blocking_threads: BLOCKING_THREADS.get(),
        runtimes: runtimes(),
        buffers_lent: LOANS.get() + orphans,
        buffers_orphaned: orphans,
        calls_waiting: CALLS.get(),
        log_delivered,
        log_lost,
        log_waiting: LOG_RECORDS.get(),
        panics: guard::panics_contained(),
        stores: stores::stores(),
    }
}

/// Runtimes of their own, those of one name added up.
fn runtimes() -> Vec<bridge::RuntimeMetrics> {
    let mut all = BTreeMap::new();
    runtime::each_own(|name, counts| {
        let sum: &mut bridge::RuntimeMetrics = all.entry(name).or_default();
        sum.workers += counts.workers;
        sum.blocking_threads += counts.blocking_threads;
        sum.in_flight += counts.in_flight;
    });
    let named =
        |(name, sum): (Name, _)| bridge::RuntimeMetrics { name: name.text().to_owned(), ..sum };
    all.into_iter().map(named).collect()
}

/// Slots that operations are in.
#[must_use]
pub fn slots_in_use() -> u64 {
    let kept: usize = block::all().map(|block| block.kept.count()).sum();
    SLOTS.get().saturating_sub(SHARED_SLOTS.get() + kept as u64)
}

fn ended() -> Vec<bridge::Ended> {
    let mut ended = Vec::new();
    for (service, operation, number) in names::all() {
        for (code, outcome) in (0_u32..).zip(0..block::OUTCOMES) {
            let of = |block: &'static block::Block| block.ends.get(number)?.get(outcome);
            let count = block::all().filter_map(of).map(load).sum();
            if count > 0 {
                let (service, operation) = (service.to_owned(), operation.to_owned());
                ended.push(bridge::Ended { service, operation, code, count });
            }
        }
    }
    ended.sort_by(|a, b| {
        (&a.service, &a.operation, a.code).cmp(&(&b.service, &b.operation, b.code))
    });
    ended
}

fn drains() -> Vec<u64> {
    let of = |size: usize| block::all().filter_map(move |block| block.counters.drains.get(size));
    (0..block::SIZES).map(|size| of(size).map(load).sum()).collect()
}

fn sum(which: impl Fn(&'static Counters) -> &'static AtomicU64) -> u64 {
    block::all().map(|block| load(which(&block.counters))).sum()
}

/// How many came and have not gone. What goes is looked at first: then what is missed came later.
fn difference(
    came: impl Fn(&'static Counters) -> &'static AtomicU64,
    went: impl Fn(&'static Counters) -> &'static AtomicU64,
) -> u64 {
    let went = sum(went);
    sum(came).saturating_sub(went)
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Acquire)
}
