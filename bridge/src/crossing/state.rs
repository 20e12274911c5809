//! The state of one operation in one atomic word: who may touch its future, whether it is queued,
//! and how many references keep its slot.
//!
//! ```text
//!            start            end_run
//!  CREATED ────────▶ RUNNING ────────▶ (idle) ──wake──▶ NOTIFIED ──begin_run──▶ RUNNING …
//!                       │                 │
//!                       └──── finish ─────┴── claim (cancel, deadline) ──▶ DONE
//! ```
//! Only the holder of `RUNNING` touches the future. A wake during a run leaves `NOTIFIED`, and the
//! runner queues the operation again. `DONE` is final.

use super::seeded::{Bug, seeded};
use super::sync::{AtomicUsize, Ordering};

const RUNNING: usize = 1;
const NOTIFIED: usize = 1 << 1;
const DONE: usize = 1 << 2;
const CANCEL: usize = 1 << 3;
const STARTED: usize = 1 << 4;
const REFERENCE: usize = 1 << 8;

/// What the one who took an operation out of a run queue must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Poll it.
    Poll,
    /// Drop its future and complete it as cancelled.
    Cancel,
    /// Nothing: it has completed, or another thread is completing it.
    Stale,
}

/// What the runner must do after a poll that was pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing: a wake will come.
    Idle,
    /// Queue it again: it was woken meanwhile. The queue's reference is counted already.
    Requeue,
    /// Drop its future and complete it as cancelled; the runner still runs.
    Cancel,
}

/// What the one who wants to cancel must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Drop the future and complete it: the claimer runs now.
    Mine,
    /// Wake it: its own runner will do it.
    Wake,
    /// Nothing: it is done, or its runner or starter will see the request.
    Theirs,
}

/// Where an operation in flight stands, for people to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Phase {
    /// It waits for a wake.
    Waiting = 0,
    /// It was woken, and waits for its turn with its worker, or in its queue for a drain.
    Queued = 1,
    /// It is being polled.
    Running = 2,
    /// It is to end, and whoever polls it has not seen so yet.
    Cancelling = 3,
    /// It has ended, and its completion has not run yet.
    Done = 4,
}

impl Phase {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Done => "done",
        }
    }
}

#[derive(Debug)]
pub(crate) struct State(AtomicUsize);

impl State {
    /// A new operation with one reference, its creator's.
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(REFERENCE))
    }

    /// An operation that was answered before it began.
    pub(crate) fn new_done() -> Self {
        Self(AtomicUsize::new(REFERENCE | DONE | STARTED))
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0.load(Ordering::Acquire) & DONE != 0
    }

    pub(crate) fn is_started(&self) -> bool {
        self.0.load(Ordering::Acquire) & STARTED != 0
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.0.load(Ordering::Acquire) {
            now if now & DONE != 0 => Phase::Done,
            now if now & CANCEL != 0 => Phase::Cancelling,
            now if now & RUNNING != 0 => Phase::Running,
            now if now & NOTIFIED != 0 => Phase::Queued,
            _ => Phase::Waiting,
        }
    }

    fn update<R>(&self, mut step: impl FnMut(usize) -> (usize, R)) -> R {
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            let (next, answer) = step(now);
            // The write happens even if it changes nothing: a wake that finds NOTIFIED set still
            // has to publish what it did to the runner that will clear it.
            match self.0.compare_exchange_weak(now, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return answer,
                Err(changed) => now = changed,
            }
        }
    }

    /// The first start on the starting thread.
    pub(crate) fn start_running(&self) -> Begin {
        self.update(|now| match now {
            _ if now & (DONE | STARTED) != 0 => (now, Begin::Stale),
            _ if now & CANCEL != 0 => (now | STARTED | RUNNING, Begin::Cancel),
            _ => (now | STARTED | RUNNING, Begin::Poll),
        })
    }

    /// As [`State::start_running`], where the one reference is the caller's and nothing was asked: then
    /// nobody can change the state meanwhile, and no atomic change is needed. False where it is not so.
    pub(crate) fn start_alone(&self) -> bool {
        let alone = self.0.load(Ordering::Acquire) == REFERENCE;
        if alone {
            self.0.store(REFERENCE | STARTED | RUNNING, Ordering::Relaxed);
        }
        alone
    }

    /// Whether the reference of who has started it by [`State::start_alone`], and runs it now, is still
    /// the only one.
    pub(crate) fn is_still_alone(&self) -> bool {
        self.0.load(Ordering::Acquire) == REFERENCE | STARTED | RUNNING
    }

    /// The first start by way of a run queue; true if the starter must push it, with a reference
    /// for the queue counted already.
    pub(crate) fn start_notified(&self) -> bool {
        self.update(|now| match now & (DONE | STARTED) {
            0 => ((now + REFERENCE) | STARTED | NOTIFIED, true),
            _ => (now, false),
        })
    }

    /// True if the waker must push the operation; the queue's reference is counted already.
    pub(crate) fn wake(&self) -> bool {
        let lost = seeded(Bug::LostWake);
        self.update(|now| match now & (DONE | NOTIFIED | RUNNING) {
            0 => ((now + REFERENCE) | NOTIFIED, true),
            RUNNING if lost => (now, false),
            _ => (now | NOTIFIED, false),
        })
    }

    /// Taken out of the run queue.
    pub(crate) fn begin_run(&self) -> Begin {
        self.update(|now| match now {
            _ if now & (DONE | RUNNING) != 0 => (now, Begin::Stale),
            _ if now & CANCEL != 0 => ((now & !NOTIFIED) | RUNNING, Begin::Cancel),
            _ => ((now & !NOTIFIED) | RUNNING, Begin::Poll),
        })
    }

    /// After a poll that was pending.
    pub(crate) fn end_run(&self) -> End {
        self.update(|now| match now {
            _ if now & CANCEL != 0 => (now, End::Cancel),
            _ if now & NOTIFIED != 0 => ((now & !RUNNING) + REFERENCE, End::Requeue),
            _ => (now & !RUNNING, End::Idle),
        })
    }

    /// The runner has put the outcome in its place.
    pub(crate) fn finish(&self) {
        self.update(|now| ((now & !RUNNING) | DONE, ()));
    }

    /// Asks for the end of the operation. `may_claim`: its future may be dropped on this thread.
    pub(crate) fn cancel(&self, may_claim: bool) -> Claim {
        let claim_running = seeded(Bug::TwoRunners);
        self.update(|now| match now {
            _ if now & DONE != 0 => (now, Claim::Theirs),
            _ if now & STARTED == 0 => (now | CANCEL, Claim::Theirs),
            _ if now & RUNNING != 0 && !claim_running => (now | CANCEL, Claim::Theirs),
            _ if may_claim => (now | CANCEL | RUNNING, Claim::Mine),
            _ => (now | CANCEL, Claim::Wake),
        })
    }

    pub(crate) fn retain(&self) {
        self.0.fetch_add(REFERENCE, Ordering::Relaxed);
    }

    /// Gives so many references back. True if they were the last: the slot is the caller's alone.
    pub(crate) fn release(&self, references: usize) -> bool {
        if seeded(Bug::Leak) {
            return false;
        }
        let before = self.0.fetch_sub(references * REFERENCE, Ordering::AcqRel);
        before / REFERENCE == references
    }
}
