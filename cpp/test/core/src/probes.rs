//! Operations that show what the library does with them: which thread polls them, what it does for
//! a waker that outlives its queue, and what goes on while every worker is held.

use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use futures_core::Stream;
use tombolo_bridge::{Call, Placement, Result, Spec, StreamTicket, Ticket, op, stream};

use super::operations::{Alive, Hop};
use ffi::Polls;

/// A bridge of its own, as a core may have several.
#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    /// The threads that polled an operation, one entry a poll: their kernel's ids and names.
    struct Polls {
        threads: Vec<u64>,
        names: Vec<String>,
    }

    /// What Rust proves about the object behind a type of C++.
    struct Safety {
        name: String,
        send: bool,
        sync: bool,
    }

    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = tombolo_bridge::StreamTicket;
    }

    extern "Rust" {
        fn thread_safety() -> Vec<Safety>;
        fn polls(on_worker: bool) -> Ticket;
        fn take_polls(op: &Ticket, out: &mut Polls) -> bool;
        fn hold_worker() -> Ticket;
        fn workers_held() -> u64;
        fn release_workers();
        fn park_waker(on_worker: bool) -> Ticket;
        fn parked_wakers() -> u64;
        fn wake_parked();
        fn drop_parked();
        fn gated() -> StreamTicket;
        fn open_gate();
        fn told(on_worker: bool, hops: u64) -> Ticket;
        fn told_plainly() -> Ticket;
        fn named(number: u64) -> Ticket;
        fn named_alike(service: usize, operation: usize) -> Ticket;
        fn named_other() -> Ticket;
    }
}

pub(crate) fn spec(on_worker: bool) -> Spec {
    let placement = if on_worker { Placement::Worker } else { Placement::Caller };
    Spec::read("test", "probe").on(placement)
}

/// What the operation that is polled here was told, after so many hops.
fn told(on_worker: bool, hops: u64) -> Ticket {
    op(spec(on_worker), || {
        Ok(async move {
            for _ in 0..hops {
                Hop::new().await;
            }
            Ok(described(&Call::current()))
        })
    })
}

/// The same of an operation that is started by the shortest way.
fn told_plainly() -> Ticket {
    op(spec(false).without_runtime(), || Ok(async { Ok(described(&Call::current())) }))
}

/// Attempts, milliseconds of the hedge, trace, and whole minutes to the deadline.
fn described(call: &Call) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let minutes = |deadline: Instant| {
        let left = deadline.saturating_duration_since(Instant::now());
        (left.as_secs_f64() / 60.0).round().to_string()
    };
    [
        or_none(call.max_attempts().map(|attempts| attempts.to_string())),
        or_none(call.hedge_after().map(|after| after.as_millis().to_string())),
        or_none(call.trace_parent().map(|parent| parent.trace_id().to_owned())),
        or_none(call.deadline().map(minutes)),
    ]
    .join(" ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn thread_safety() -> Vec<ffi::Safety> {
    let fact = |fact: tombolo_bridge::ThreadSafety| ffi::Safety {
        name: fact.name.to_owned(),
        send: fact.send,
        sync: fact.sync,
    };
    tombolo_bridge::thread_safety().map(fact).into()
}

/// Pending once, so that it is polled by whoever starts it and by whoever goes on with it.
fn polls(on_worker: bool) -> Ticket {
    op(spec(on_worker), || Ok(note_polls()))
}

pub(crate) async fn note_polls() -> Result<Polls> {
    let mut polls = Polls { threads: Vec::new(), names: Vec::new() };
    note_poll(&mut polls);
    Hop::new().await;
    note_poll(&mut polls);
    Ok(polls)
}

fn note_poll(polls: &mut Polls) {
    let link = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    let id = link.file_name().and_then(|id| id.to_str()?.parse().ok()).unwrap_or(0);
    let name = std::fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
    polls.threads.push(id);
    polls.names.push(name.trim_end().to_owned());
}

fn take_polls(op: &Ticket, out: &mut Polls) -> bool {
    op.take_into(out)
}

/// How many workers are held, and how often they were released.
static HELD: Mutex<(u64, u64)> = Mutex::new((0, 0));
static RELEASED: Condvar = Condvar::new();

/// Blocks the worker that polls it until the next [`release_workers`].
fn hold_worker() -> Ticket {
    op(spec(true), || {
        Ok(async {
            hold_thread();
            Ok(())
        })
    })
}

/// Blocks this thread, as [`hold_worker`] does its worker.
pub(crate) fn hold_thread() {
    let mut held = lock(&HELD);
    held.0 += 1;
    let before = held.1;
    let mut held =
        RELEASED.wait_while(held, |held| held.1 == before).unwrap_or_else(PoisonError::into_inner);
    held.0 -= 1;
}

fn workers_held() -> u64 {
    lock(&HELD).0
}

fn release_workers() {
    lock(&HELD).1 += 1;
    RELEASED.notify_all();
}

static PARKED: Mutex<Vec<Waker>> = Mutex::new(Vec::new());

/// Leaves its waker here at every poll, and never ends.
fn park_waker(on_worker: bool) -> Ticket {
    op(spec(on_worker), || {
        Ok(std::future::poll_fn(|cx| {
            lock(&PARKED).push(cx.waker().clone());
            Poll::<Result<u64>>::Pending
        }))
    })
}

fn parked_wakers() -> u64 {
    lock(&PARKED).len() as u64
}

fn wake_parked() {
    // Not under the lock: a wake may lead to a poll on another thread, which parks again.
    let wakers = lock(&PARKED).clone();
    wakers.iter().for_each(Waker::wake_by_ref);
}

fn drop_parked() {
    let wakers = std::mem::take(&mut *lock(&PARKED));
    drop(wakers);
}

/// How many items may pass, and who waits for one.
static GATE: Mutex<(u64, Option<Waker>)> = Mutex::new((0, None));

struct Gated {
    next: u64,
    _alive: Alive,
}

impl Stream for Gated {
    type Item = Result<u64>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<u64>>> {
        let mut gate = lock(&GATE);
        if gate.0 == 0 {
            gate.1 = Some(cx.waker().clone());
            return Poll::Pending;
        }
        gate.0 -= 1;
        self.next += 1;
        Poll::Ready(Some(Ok(self.next - 1)))
    }
}

/// Counts from 0 without an end, one item for each [`open_gate`].
fn gated() -> StreamTicket {
    stream(spec(false), || Ok(Gated { next: 0, _alive: Alive::new() }))
}

fn open_gate() {
    let mut gate = lock(&GATE);
    gate.0 += 1;
    let waker = gate.1.take();
    drop(gate);
    waker.into_iter().for_each(Waker::wake);
}

/// A text for good. It is in a list, so that no leak is seen in it.
fn kept(text: String) -> &'static str {
    static KEPT: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let text: &'static str = text.leak();
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    text
}

/// An operation whose name ends in `number`, at an address of its own at every call.
fn named(number: u64) -> Ticket {
    let (service, operation) = ("named".to_owned(), format!("operation \"{number}\""));
    op(Spec::read(kept(service), kept(operation)).on(Placement::Caller), || Ok(async { Ok(0_u64) }))
}

/// An operation whose names are the beginnings of one text, of so many bytes.
fn named_alike(service: usize, operation: usize) -> Ticket {
    static TEXT: &str = "alike";
    let first = |bytes| TEXT.get(..bytes).unwrap_or_default();
    op(Spec::read(first(service), first(operation)).on(Placement::Caller), || {
        Ok(async { Ok(0_u64) })
    })
}

/// An operation of the name that stands for many.
fn named_other() -> Ticket {
    op(Spec::read("other", "other").on(Placement::Caller), || Ok(async { Ok(0_u64) }))
}
