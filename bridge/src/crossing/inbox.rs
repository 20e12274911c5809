//! The way into a consumer: an intrusive Treiber stack, swapped out whole, whose head also says
//! whether the consumer sleeps.
//!
//! Many threads push; one consumer takes. Nothing is allocated: a node lives in what it announces.
//! A stack that is only ever swapped whole has no ABA problem.

use super::sync::{AtomicPtr, Ordering, UnsafeCell};
use std::ptr;

/// What a node announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An operation wants to be polled.
    Run,
    /// An operation has completed.
    Done,
    /// A lent buffer has come free.
    Release,
}

/// A link in an inbox, embedded in an operation or a lent buffer.
///
/// # Invariants
/// A node is in at most one inbox at a time; from a successful push until it is taken, `next`
/// belongs to the inbox.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Node {
    next: UnsafeCell<*mut Node>,
    pub(crate) kind: Kind,
}

impl Node {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { next: UnsafeCell::new(ptr::null_mut()), kind }
    }
}

/// What a push found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The consumer will look without being told.
    Awake,
    /// The consumer slept: whoever sees this must signal it.
    Asleep,
    /// The inbox is closed; the node was not taken.
    Closed,
}

const ASLEEP: *mut Node = ptr::without_provenance_mut(1);
const CLOSED: *mut Node = ptr::without_provenance_mut(2);

/// The head of the stack: null (awake and empty), `ASLEEP`, `CLOSED`, or the newest node. Alone on its
/// pair of cache lines, since it is written by many threads.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Inbox {
    head: AtomicPtr<Node>,
}

impl Inbox {
    /// An empty inbox whose consumer sleeps.
    pub(crate) fn new() -> Self {
        Self { head: AtomicPtr::new(ASLEEP) }
    }

    /// Pushes a node.
    ///
    /// # Safety
    /// `node` is valid until it is taken, and in no inbox now.
    pub(crate) unsafe fn push(&self, node: *mut Node) -> Pushed {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == CLOSED {
                return Pushed::Closed;
            }
            let below = if head == ASLEEP { ptr::null_mut() } else { head };
            // SAFETY: the caller's node is in no inbox, so its link is ours.
            unsafe { (*node).next.with_mut(|next| *next = below) };
            // Acquire too: who finds the consumer asleep goes on to wake it, and must see what it
            // left for that before it slept. A worker leaves its waker only at its first drain.
            match self.head.compare_exchange_weak(head, node, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) if head == ASLEEP => return Pushed::Asleep,
                Ok(_) => return Pushed::Awake,
                Err(now) => head = now,
            }
        }
    }

    /// Takes everything, oldest first; the consumer is awake afterwards. Consumer only.
    pub(crate) fn take(&self) -> List {
        let head = self.head.load(Ordering::Relaxed);
        if head.is_null() || head == CLOSED {
            return List::EMPTY;
        }
        self.swap(ptr::null_mut())
    }

    /// Takes what is left and refuses everything from now on. Consumer only.
    pub(crate) fn close(&self) -> List {
        self.swap(CLOSED)
    }

    /// Whether the consumer may sleep: false if something was pushed. Consumer only.
    pub(crate) fn try_sleep(&self) -> bool {
        let slept = self.head.compare_exchange(
            ptr::null_mut(),
            ASLEEP,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        matches!(slept, Ok(_) | Err(ASLEEP | CLOSED))
    }

    /// Whether the consumer sleeps and nothing was pushed since.
    pub(crate) fn is_asleep(&self) -> bool {
        self.head.load(Ordering::Acquire) == ASLEEP
    }

    /// Whether there is nothing to take. Consumer only, while it is awake.
    pub(crate) fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed).is_null()
    }

    fn swap(&self, with: *mut Node) -> List {
        let mut newest = self.head.swap(with, Ordering::AcqRel);
        if newest == ASLEEP || newest == CLOSED {
            return List::EMPTY;
        }
        let mut oldest = ptr::null_mut();
        while !newest.is_null() {
            // SAFETY: the swap made the whole chain ours, and push's invariant keeps it valid.
            let below =
                unsafe { (*newest).next.with_mut(|next| std::mem::replace(&mut *next, oldest)) };
            oldest = newest;
            newest = below;
        }
        List(oldest)
    }
}

/// Nodes that were taken, oldest first.
#[derive(Debug)]
pub(crate) struct List(*mut Node);

impl List {
    pub(crate) const EMPTY: Self = Self(ptr::null_mut());

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_null()
    }

    pub(crate) fn pop(&mut self) -> Option<ptr::NonNull<Node>> {
        let node = ptr::NonNull::new(self.0)?;
        // SAFETY: nodes of a list are valid and belong to it.
        self.0 = unsafe { node.as_ref().next.with(|next| *next) };
        Some(node)
    }
}
