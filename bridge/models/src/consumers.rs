//! Who consumes operations: a service's loop with a queue, the worker, and the thread of deadlines.

use std::ptr::NonNull;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use crate::crossing::inbox::List;
use crate::crossing::port::{Port, Signal};
use crate::crossing::queue::Queue;
use crate::crossing::sync::{OnceLock, park};
use crate::crossing::{Completion, deadline, runtime, worker};
use crate::operation::Operation;
use crate::threads::unpark_me;

/// The queue of this thread.
pub(crate) fn queue(edge_triggered: bool) -> Queue {
    Queue::open(8, edge_triggered)
        .unwrap_or_else(|_| unreachable!("an eventfd of the models opens"))
}

/// One drain of a service's loop; nothing if another thread drains.
pub(crate) fn drain(queue: &Queue) {
    if queue.begin().is_ok() {
        run_all(queue);
        queue.end();
    }
}

/// A drain whose first completion throws, which ends it.
pub(crate) fn drain_one(queue: &Queue) {
    if queue.begin().is_ok() {
        if let Some(completion) = queue.next() {
            call(completion);
        }
        queue.end();
    }
}

fn run_all(queue: &Queue) {
    while let Some(completion) = queue.next() {
        call(completion);
    }
}

pub(crate) fn call(completion: NonNull<Completion>) {
    // SAFETY: the models keep their completions.
    unsafe { Completion::call(completion) };
}

/// More than any model needs.
const MOST_DRAINS: usize = 12;

/// A service's loop until `done`.
pub(crate) fn serve(queue: &Queue, done: impl FnMut() -> bool) {
    serve_by(drain, queue, done);
}

/// The same with another way to drain.
pub(crate) fn serve_by(drain: fn(&Queue), queue: &Queue, mut done: impl FnMut() -> bool) {
    for drains in 0.. {
        if done() {
            break;
        }
        assert!(drains < MOST_DRAINS, "readable for ever");
        queue.wait_readable(Duration::MAX);
        drain(queue);
    }
}

/// A queue's last drain, as `CompletionQueue::close` does it.
pub(crate) fn close(queue: &Queue) {
    queue.shut_down();
    assert!(queue.begin().is_ok(), "drained by two");
    loop {
        while let Some(completion) = queue.take_unfinished() {
            call(completion);
        }
        run_all(queue);
        if !queue.more() {
            break;
        }
    }
    queue.end();
}

fn is_readable(queue: &Queue) -> bool {
    match &queue.port().signal {
        Signal::Event(fd) => fd.is_readable(),
        Signal::Task(_) | Signal::Thread(_) => false,
    }
}

/// The end of a queue that every other thread has left: nothing is in flight, and its descriptor
/// comes to rest.
pub(crate) fn check(queue: &Queue) {
    for _ in 0..3 {
        if is_readable(queue) {
            drain(queue);
        }
    }
    assert!(!is_readable(queue), "readable for ever");
    assert_eq!(queue.in_flight(), 0, "in flight for ever");
    check_table();
}

/// The same of the table.
pub(crate) fn check_table() {
    assert_eq!(deadline::in_flight(), 0, "in the table for ever");
}

/// The worker of the model's runtime.
pub(crate) struct Worker {
    port: Arc<Port>,
    taken: List,
}

impl Worker {
    pub(crate) fn new() -> Self {
        let port = Arc::new(Port::new(Signal::Task(OnceLock::new())));
        runtime::employ(&port);
        Self { port, taken: List::EMPTY }
    }

    /// One turn of the worker, on whatever thread.
    pub(crate) fn turn(&mut self) {
        let waker = unpark_me();
        let _ = worker::drain(&self.port, &mut self.taken, &mut Context::from_waker(&waker));
    }

    /// Turns, with sleep in between, until `done`.
    pub(crate) fn work(&mut self, mut done: impl FnMut() -> bool) {
        self.turn();
        while !done() {
            park();
            self.turn();
        }
    }
}

/// The thread of deadlines takes one turn.
pub(crate) fn expire_what_is_due(_: &Operation) {
    drop(deadline::turn(deadline::table()));
}
