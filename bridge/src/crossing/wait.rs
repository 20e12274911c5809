//! Blocking: a thread that waits is the consumer of its own port, polls what is placed on the
//! caller, and sleeps for the rest.

use std::sync::Arc;

use tombolo::{Error, ErrorCode, ErrorKind, Placement, Result};

use super::inbox::{Kind, List};
use super::patience::Patience;
use super::port::{Port, Signal, discard};
use super::queue::in_drain;
use super::runtime::{self, SignalsBack, Workers};
use super::slot::{Route, SlotRef};
use super::sync::{current, park, thread_local};
use super::thread;
use super::{fork, handler, operation};

/// A thread that waits. Its port is closed when it ends.
struct Waiter {
    port: Arc<Port>,
    patience: Patience,
}

impl Waiter {
    fn new() -> Self {
        Self { port: Arc::new(Port::new(Signal::Thread(current()))), patience: Patience::new() }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.port.close();
    }
}

thread_local! {
    static WAITER: Waiter = Waiter::new();
}

/// Starts an operation and blocks until it is done. The outcome is in the slot then.
pub(crate) fn wait(slot: &SlotRef) {
    if slot.ends_at_start() {
        return;
    }
    if let Err(error) = may_wait() {
        slot.refuse(error);
        return;
    }
    match slot.runtime().admit_by_default() {
        Some(workers) => wait_on(workers, slot),
        None => slot.runtime().admit(|workers| wait_on(workers, slot)),
    }
}

#[inline(always)]
fn wait_on(workers: Result<&Workers>, slot: &SlotRef) {
    let workers = match workers {
        Ok(workers) => workers,
        Err(error) => {
            slot.refuse(error);
            return;
        }
    };
    match WAITER.try_with(|waiter| Arc::clone(&waiter.port)) {
        Ok(port) if workers.can_enter() => wait_at(&port, slot, workers),
        // The thread is ending and its locals are gone, so another waits in its place.
        _ if thread::elsewhere(|| wait(slot)).is_some() => {}
        _ => {
            slot.refuse(runtime::no_thread());
        }
    }
}

fn may_wait() -> Result<()> {
    let message = if fork::is_child() {
        return Err(fork::error());
    } else if runtime::is_worker() {
        "wait() was called on a worker thread of the runtime, which would have to do the work"
    } else if in_drain() {
        "wait() was called inside a drain of a queue; use then(), start() or co_await there"
    } else if handler::drained_here_alone() {
        "wait() was called on the only thread that drains a queue with handlers, which could not be \
         called meanwhile; use then(), start() or co_await there, or drain on another thread"
    } else {
        return Ok(());
    };
    let error = Error::new(ErrorCode::FailedPrecondition, message);
    Err(error.with_kind(ErrorKind::WouldDeadlock))
}

#[inline(always)]
fn wait_at(port: &Arc<Port>, slot: &SlotRef, workers: &Workers) {
    let _signals = SignalsBack;
    let context = operation::context(slot, workers);
    match slot.placement() {
        Placement::Worker => {
            let route = Route::There { home: workers.next_port(), sink: Some(Arc::clone(port)) };
            slot.start_there(route, |_| ());
        }
        Placement::Caller if slot.start_here(|| Route::Here(Arc::clone(port)), |_| ()) => return,
        Placement::Caller => {}
    }
    let _context = context.or_else(|| workers.enter()); // for whatever is polled from here on
    let mut taken = List::EMPTY;
    loop {
        match taken.pop() {
            Some(node) if open_node(node, slot) => break,
            Some(_) => {}
            None => taken = port.inbox.take(),
        }
        if taken.is_empty() && !look(port, workers) && port.inbox.try_sleep() {
            runtime::let_signals_in();
            park();
        }
    }
    // What else was taken belongs to earlier operations of this thread: wakes that came too late.
    while let Some(node) = taken.pop() {
        // SAFETY: taken, so it is ours.
        unsafe { discard(node) };
    }
}

/// Looks for more before this thread sleeps; true if there is.
fn look(port: &Port, workers: &Workers) -> bool {
    let there_is = || !port.inbox.is_empty();
    WAITER.try_with(|waiter| waiter.patience.look(workers.busy_poll, there_is)).unwrap_or(false)
}

/// Handles a node; true if `slot` is done.
fn open_node(node: std::ptr::NonNull<super::inbox::Node>, slot: &SlotRef) -> bool {
    // SAFETY: a node that was taken is ours, and a thread's port gets nodes of these kinds only.
    let (ran, other) = match unsafe { node.as_ref() }.kind {
        // SAFETY: as above.
        Kind::Run => (true, unsafe { SlotRef::from_run_node(node) }),
        // SAFETY: as above.
        Kind::Done => (false, unsafe { SlotRef::from_done_node(node) }),
        Kind::Release => {
            // SAFETY: as above.
            unsafe { discard(node) };
            return false;
        }
    };
    let done = !ran || other.run();
    if done && ran {
        other.disarm();
    }
    done && std::ptr::eq(other.slot(), slot.slot())
}
