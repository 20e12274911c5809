//! A consumer of operations: an inbox and the way to wake whoever drains it.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use super::eventfd::Eventfd;
use super::inbox::{Inbox, Kind, Node, Pushed};
use super::slot::SlotRef;
use super::sync::{OnceLock, Thread};
use super::{lent, metrics};

/// How a sleeping consumer is told to look.
#[derive(Debug)]
pub(crate) enum Signal {
    /// A service's own loop watches this eventfd. Every signal adds one.
    Event(Eventfd),
    /// A worker's root task.
    Task(OnceLock<Waker>),
    /// A thread that blocks in `wait`.
    Thread(Thread),
}

/// A consumer. Shared by its owner and by every operation that is polled or answered there, so it
/// lives, with its descriptor, until the last waker is gone.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) inbox: Inbox,
    pub(crate) signal: Signal,
    pub(crate) consumers: Consumers,
}

/// Which threads have consumed: none, one, or several. It orders nothing, so its atomics are std's in
/// the models, too.
#[derive(Debug, Default)]
pub(crate) struct Consumers(AtomicUsize);

impl Consumers {
    const SEVERAL: usize = usize::MAX;

    /// The thread with this number consumes.
    #[inline]
    pub(crate) fn note(&self, thread: usize) {
        let before = self.0.load(Ordering::Relaxed);
        if before != thread {
            self.0.store(if before == 0 { thread } else { Self::SEVERAL }, Ordering::Relaxed);
        }
    }

    /// The only one that has consumed so far.
    pub(crate) fn only(&self) -> Option<usize> {
        let only = self.0.load(Ordering::Relaxed);
        (only != 0 && only != Self::SEVERAL).then_some(only)
    }
}

impl Port {
    pub(crate) fn new(signal: Signal) -> Self {
        Self { inbox: Inbox::new(), signal, consumers: Consumers::default() }
    }

    /// Hands a node to the consumer and wakes it if it sleeps.
    ///
    /// # Safety
    /// `node` is valid until it is taken, in no inbox now, and carries the reference that its kind
    /// calls for.
    pub(crate) unsafe fn push(&self, node: NonNull<Node>) {
        if self.is_queue() {
            metrics::queue_entered();
        }
        // SAFETY: handed on from the caller.
        match unsafe { self.inbox.push(node.as_ptr()) } {
            Pushed::Awake => {}
            Pushed::Asleep => self.wake(),
            // SAFETY: the node was not taken, so what it carries is still ours to drop.
            Pushed::Closed => unsafe { self.discard(node) },
        }
    }

    /// Has the consumer look, though nothing was pushed.
    #[cold]
    pub(crate) fn wake(&self) {
        match &self.signal {
            Signal::Event(fd) => fd.signal(),
            Signal::Task(waker) => {
                if let Some(waker) = waker.get() {
                    waker.wake_by_ref();
                }
            }
            Signal::Thread(thread) => thread.unpark(),
        }
    }

    /// Whether it is drained by the service.
    pub(crate) fn is_queue(&self) -> bool {
        matches!(self.signal, Signal::Event(_))
    }

    /// Drops what a node carries that was pushed here.
    ///
    /// # Safety
    /// As [`discard`].
    pub(crate) unsafe fn discard(&self, node: NonNull<Node>) {
        if self.is_queue() {
            metrics::queue_left();
        }
        // SAFETY: handed on from the caller.
        unsafe { discard(node) };
    }

    /// Refuses everything from now on and drops what is left.
    pub(crate) fn close(&self) {
        let mut left = self.inbox.close();
        while let Some(node) = left.pop() {
            // SAFETY: taken from the list, so it is in no inbox and ours.
            unsafe { self.discard(node) };
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.close();
    }
}

/// Drops what a node carries.
///
/// # Safety
/// `node` is in no inbox, and the caller holds what it carries.
pub(crate) unsafe fn discard(node: NonNull<Node>) {
    // SAFETY: a node that is in no inbox is not written to.
    match unsafe { node.as_ref() }.kind {
        // SAFETY: nodes of these kinds are embedded in a slot and carry one reference to it.
        Kind::Run => drop(unsafe { SlotRef::from_run_node(node) }),
        // SAFETY: as above.
        Kind::Done => drop(unsafe { SlotRef::from_done_node(node) }),
        // SAFETY: a node of this kind is embedded in a lent buffer that has come free.
        Kind::Release => unsafe { lent::orphan(node) },
    }
}
