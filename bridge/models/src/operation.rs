//! One operation and the thread that polls it, with the calls of `slot/` and `queue.rs` in their
//! order.

use std::ptr::NonNull;
use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};

use crate::inbox::{Inbox, Kind, List, Node, Pushed};
use crate::state::{Begin, Claim, End, State};
use crate::sync::UnsafeCell;

/// A consumer's inbox, and the consumer itself.
struct Port {
    inbox: Inbox,
    consumer: Thread,
}

impl Port {
    fn here() -> Self {
        Self { inbox: Inbox::new(), consumer: thread::current() }
    }
}

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
    /// std's, since the count is no part of what is modelled, and each of loom's costs branches.
    completions: std::sync::atomic::AtomicUsize,
    run: Node,
    done: Node,
    home: Port,
    /// Where the completion goes, if not home. Written before the start, and only read afterwards.
    sink: UnsafeCell<Option<Port>>,
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
            completions: std::sync::atomic::AtomicUsize::new(0),
            run: Node::new(Kind::Run),
            done: Node::new(Kind::Done),
            home: Port::here(),
            sink: UnsafeCell::new(None),
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

    /// Gives a reference back.
    pub(crate) fn release(&self) {
        if self.state().release() {
            self.freed.with_mut(|freed| {
                // SAFETY: that was the last reference; loom complains if somebody else is here.
                let twice = std::mem::replace(unsafe { &mut *freed }, true);
                assert!(!twice, "given back twice");
            });
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
            self.push(&self.home, &self.run);
        }
    }

    /// What becomes of a waker: it is cloned, called and dropped.
    pub(crate) fn clone_and_wake(&self) {
        self.state().retain();
        self.wake();
        self.release();
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

    fn push(&self, port: &Port, node: &Node) {
        // SAFETY: the node lives as long as the operation, and is in no inbox now.
        match unsafe { port.inbox.push(std::ptr::from_ref(node).cast_mut()) } {
            Pushed::Asleep => port.consumer.unpark(),
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

    fn sink(&self) -> Option<&Port> {
        // SAFETY: written before the start; loom complains if that was not seen.
        self.sink.with(|sink| unsafe { (*sink).as_ref() })
    }

    fn deliver(&self) {
        self.state().retain();
        self.push(self.sink().unwrap_or(&self.home), &self.done);
    }

    /// What whoever has just taken `RUNNING`, or failed to, does with it; true if it is done now.
    fn run(&self, begin: Begin) -> bool {
        match begin {
            Begin::Stale => false,
            Begin::Cancel => {
                self.finish();
                true
            }
            Begin::Poll => self.poll() || self.settle(),
        }
    }

    fn settle(&self) -> bool {
        match self.state().end_run() {
            End::Idle => false,
            End::Requeue => {
                self.push(&self.home, &self.run);
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
        let done = self.run(self.state().start_running());
        if done {
            self.count();
        }
        done
    }

    /// A start by way of the inbox.
    pub(crate) fn start_there(&self) {
        if self.state().start_notified() {
            self.push(&self.home, &self.run);
        }
    }

    /// A start on the worker whose home this is, by a thread that waits for the completion.
    pub(crate) fn start_and_wait(&self) {
        // SAFETY: not started, so it is its creator's.
        self.sink.with_mut(|sink| unsafe { *sink = Some(Port::here()) });
        self.start_there();
        if let Some(sink) = self.sink() {
            self.serve(&sink.inbox);
            self.open(&mut sink.inbox.close());
        }
    }

    fn count(&self) {
        self.completions.fetch_add(1, Ordering::Relaxed);
    }

    /// Drains, and sleeps in between, until the operation is done.
    pub(crate) fn run_to_the_end(&self, done: bool) {
        if !done {
            self.serve(&self.home.inbox);
        }
    }

    fn serve(&self, inbox: &Inbox) {
        while !self.open(&mut inbox.take()) {
            if inbox.try_sleep() {
                thread::park();
            }
        }
    }

    /// Takes once what is in the inbox; true if the operation is done.
    pub(crate) fn drain(&self) -> bool {
        self.open(&mut self.home.inbox.take())
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
        let ran = unsafe { node.as_ref() }.kind == Kind::Run;
        let done = !ran || self.run(self.state().begin_run());
        if done && ran && self.sink().is_some() {
            self.deliver();
        } else if done {
            self.count();
        }
        self.release();
        done
    }

    /// The end, when every other thread has ended: one completion, and the slot is given back.
    pub(crate) fn check(&self) {
        self.open(&mut self.home.inbox.close());
        self.release(); // the ticket's reference
        self.check_given_back();
    }

    /// The end, when the ticket is gone too.
    pub(crate) fn check_given_back(&self) {
        assert_eq!(self.completions.load(Ordering::Relaxed), 1, "completions");
        // SAFETY: nobody else is left.
        self.freed.with(|freed| assert!(unsafe { *freed }, "a reference was never given back"));
    }
}
