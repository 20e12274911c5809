//! One operation and the thread that polls it, with the calls of `slot.rs` and `queue.rs` in their
//! order.

use std::ptr::NonNull;
use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};

use crate::inbox::{Inbox, Kind, List, Node, Pushed};
use crate::state::{Begin, Claim, End, State};
use crate::sync::UnsafeCell;

/// An operation whose future is ready once it has seen `needs` signs.
pub(crate) struct Operation {
    state: State,
    /// Whether the future is still there. Only the holder of `RUNNING` touches it.
    future: UnsafeCell<bool>,
    /// Whether the slot was given back. Read at every use, so that loom sees a use too late.
    freed: UnsafeCell<bool>,
    needs: usize,
    /// What the future waits for. Relaxed: that it is seen is what the wake must bring about.
    signs: AtomicUsize,
    completions: AtomicUsize,
    run: Node,
    done: Node,
    home: Inbox,
    consumer: Thread,
}

// SAFETY: who touches its cells when is what the models check.
unsafe impl Send for Operation {}
// SAFETY: as above.
unsafe impl Sync for Operation {}

impl Operation {
    /// An operation that this thread polls, with one reference for its ticket.
    pub(crate) fn new(needs: usize) -> Arc<Self> {
        Arc::new(Self {
            state: State::new(),
            future: UnsafeCell::new(true),
            freed: UnsafeCell::new(false),
            needs,
            signs: AtomicUsize::new(0),
            completions: AtomicUsize::new(0),
            run: Node::new(Kind::Run),
            done: Node::new(Kind::Done),
            home: Inbox::new(),
            consumer: thread::current(),
        })
    }

    /// Runs `body` on another thread with a reference of its own, as a waker or a token has.
    pub(crate) fn elsewhere(self: &Arc<Self>, body: fn(&Self)) -> thread::JoinHandle<()> {
        self.state().retain();
        let shared = Arc::clone(self);
        thread::spawn(move || {
            body(&shared);
            shared.release();
        })
    }

    fn state(&self) -> &State {
        // SAFETY: read only, and loom complains if it is written meanwhile.
        self.freed.with(|freed| assert!(!unsafe { *freed }, "used after it was given back"));
        &self.state
    }

    fn release(&self) {
        if self.state().release() {
            // SAFETY: that was the last reference; loom complains if somebody else is here.
            self.freed.with_mut(|freed| unsafe { *freed = true });
        }
    }

    // ---- from any thread

    /// Gives the sign that the future waits for, and wakes it.
    pub(crate) fn sign_and_wake(&self) {
        self.signs.fetch_add(1, Ordering::Relaxed);
        self.wake();
    }

    fn wake(&self) {
        if self.state().wake() {
            self.push(&self.run);
        }
    }

    /// A cancel of an operation that is placed on the caller.
    pub(crate) fn cancel(&self) {
        self.cancel_where(true);
    }

    /// A cancel of an operation that is placed on a worker.
    pub(crate) fn cancel_on_worker(&self) {
        self.cancel_where(false);
    }

    fn cancel_where(&self, may_claim: bool) {
        match self.state().cancel(may_claim) {
            Claim::Mine => {
                self.finish();
                self.deliver();
            }
            Claim::Wake => self.wake(),
            Claim::Theirs => {}
        }
    }

    fn push(&self, node: &Node) {
        // SAFETY: the node lives as long as the operation, and is in no inbox now.
        match unsafe { self.home.push(std::ptr::from_ref(node).cast_mut()) } {
            Pushed::Asleep => self.consumer.unpark(),
            Pushed::Awake => {}
            Pushed::Closed => self.release(),
        }
    }

    // ---- by the holder of RUNNING

    fn poll(&self) -> bool {
        self.touch_future();
        if self.signs.load(Ordering::Relaxed) < self.needs {
            return false;
        }
        self.finish();
        true
    }

    fn touch_future(&self) {
        // SAFETY: loom complains if two are here at once.
        self.future.with_mut(|there| assert!(unsafe { *there }, "polled after it was dropped"));
    }

    fn finish(&self) {
        let was_there = self.future.with_mut(|there| {
            // SAFETY: as above.
            std::mem::replace(unsafe { &mut *there }, false)
        });
        assert!(was_there, "finished twice");
        self.state().finish();
    }

    fn deliver(&self) {
        self.state().retain();
        self.push(&self.done);
    }

    fn settle(&self) -> bool {
        match self.state().end_run() {
            End::Idle => false,
            End::Requeue => {
                self.push(&self.run);
                false
            }
            End::Cancel => {
                self.finish();
                true
            }
        }
    }

    // ---- by the consumer

    /// A start on the caller's thread; true if it is done.
    pub(crate) fn start_here(&self) -> bool {
        let done = match self.state().start_running() {
            Begin::Stale => false,
            Begin::Cancel => {
                self.finish();
                true
            }
            Begin::Poll => self.poll() || self.settle(),
        };
        self.count(done)
    }

    /// A start by way of the inbox.
    pub(crate) fn start_there(&self) {
        if self.state().start_notified() {
            self.push(&self.run);
        }
    }

    fn count(&self, done: bool) -> bool {
        if done {
            self.completions.fetch_add(1, Ordering::Relaxed);
        }
        done
    }

    /// Drains, and sleeps in between, until the operation has completed.
    pub(crate) fn run_to_the_end(&self, mut done: bool) {
        while !done {
            done = self.drain();
            if !done && self.home.try_sleep() {
                thread::park();
            }
        }
    }

    /// Takes once what is in the inbox; true if the operation has completed.
    pub(crate) fn drain(&self) -> bool {
        let mut taken = self.home.take();
        self.open(&mut taken)
    }

    fn open(&self, taken: &mut List) -> bool {
        let mut done = false;
        while let Some(node) = taken.pop() {
            done |= self.open_node(node);
        }
        done
    }

    fn open_node(&self, node: NonNull<Node>) -> bool {
        // SAFETY: the nodes of this inbox are those of the operation, which is here.
        let done = match unsafe { node.as_ref() }.kind {
            Kind::Done => true,
            _ => match self.state().begin_run() {
                Begin::Stale => false,
                Begin::Cancel => {
                    self.finish();
                    true
                }
                Begin::Poll => self.poll() || self.settle(),
            },
        };
        self.count(done);
        self.release();
        done
    }

    /// The end, when every other thread has ended: one completion, and the slot is given back.
    pub(crate) fn check(&self) {
        let mut left = self.home.close();
        self.open(&mut left);
        self.release(); // the ticket's reference
        assert_eq!(self.completions.load(Ordering::Relaxed), 1, "completions");
        // SAFETY: nobody else is left.
        self.freed.with(|freed| assert!(unsafe { *freed }, "a reference was never given back"));
    }
}
