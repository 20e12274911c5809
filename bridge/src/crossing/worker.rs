//! What a worker does in its turn: it polls operations, whatever runtime it lives in.

use std::ptr::NonNull;
use std::task::{Context, Poll};

use super::inbox::{Kind, List, Node};
use super::port::{Port, Signal, discard};
use super::slot::SlotRef;

/// How many operations a worker polls before it looks after its I/O again.
const BATCH: usize = 64;

/// One turn: polls a batch of operations, then lets the runtime look after its I/O.
pub(crate) fn drain(port: &Port, taken: &mut List, cx: &mut Context<'_>) -> Poll<()> {
    if let Signal::Task(waker) = &port.signal {
        waker.get_or_init(|| cx.waker().clone());
    }
    for _ in 0..BATCH {
        if taken.is_empty() {
            *taken = port.inbox.take();
        }
        match taken.pop() {
            Some(node) => run_node(node),
            None if port.inbox.try_sleep() => return Poll::Pending,
            None => {}
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

fn run_node(node: NonNull<Node>) {
    // SAFETY: a node that was taken is not written to.
    if unsafe { node.as_ref() }.kind != Kind::Run {
        // SAFETY: taken, so it is ours. Nothing else is ever sent to a worker.
        return unsafe { discard(node) };
    }
    // SAFETY: a run node that was taken carries its reference.
    let slot = unsafe { SlotRef::from_run_node(node) };
    if slot.run() {
        slot.deliver();
    }
}
