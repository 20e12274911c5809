//! Polling an operation and waking it.

use std::mem::offset_of;
use std::task::Context;

use super::{Slot, SlotRef};
use crate::crossing::erased::Polled;
use crate::crossing::log;
use crate::crossing::state::{Begin, End};
use crate::crossing::sync::Ordering;
use crate::crossing::waker;
use crate::crossing::wanted::Wanted;

impl SlotRef {
    /// Runs the operation after it was taken out of its home's inbox. True if it is done now, and
    /// its completion is the caller's to deliver, or to take and then to disarm.
    pub(crate) fn run(&self) -> bool {
        match self.slot().state.begin_run() {
            Begin::Stale => false,
            Begin::Cancel => {
                self.finish_interrupted();
                true
            }
            Begin::Poll => self.poll_for_its_call() || self.settle(),
        }
    }

    /// One poll by the holder of RUNNING. True if it is done now.
    pub(super) fn poll_once(&self) -> bool {
        self.slot().polled.store(true, Ordering::Relaxed);
        let waker = waker::borrowed(self);
        let mut cx = Context::from_waker(&waker);
        if log::heard() {
            return self.poll_heard(&mut cx);
        }
        // SAFETY: the storage holds the future, since the operation is not done.
        let polled = unsafe { self.slot().poll(&mut cx, Wanted::NOTHING) };
        self.finish_if_done(polled)
    }

    /// The same, in the operation's span.
    #[cold]
    fn poll_heard(&self, cx: &mut Context<'_>) -> bool {
        // SAFETY: as in `poll_once`.
        let poll = || unsafe { self.slot().poll(cx, Wanted::NOTHING) };
        // SAFETY: as the body; the poll does not reach it.
        let polled = unsafe { self.slot().trace() }.within(self.spec(), poll);
        self.finish_if_done(polled)
    }

    #[inline]
    fn finish_if_done(&self, polled: Polled) -> bool {
        let done = polled != Polled::Pending;
        if done {
            self.finish();
        }
        done
    }

    /// Gives RUNNING up after a pending poll. True if the operation was cancelled meanwhile.
    pub(super) fn settle(&self) -> bool {
        match self.slot().state.end_run() {
            End::Idle => false,
            End::Requeue => {
                self.enqueue();
                false
            }
            End::Cancel => {
                self.finish_interrupted();
                true
            }
        }
    }

    /// Pushes the run node into the home's inbox; its reference is counted already.
    pub(super) fn enqueue(&self) {
        // SAFETY: whoever set NOTIFIED calls this once, and only for a started operation. The node
        // is in no inbox, since NOTIFIED was clear.
        unsafe {
            let node = self.0.byte_add(offset_of!(Slot, run)).cast();
            if let Some(home) = self.home() {
                home.push(node);
            }
        }
    }

    /// A waker was called.
    pub(crate) fn wake(&self) {
        if self.slot().state.wake() {
            self.enqueue();
        }
    }
}
