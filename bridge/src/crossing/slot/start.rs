//! Starting an operation: by the holder of its ticket, once.

use std::task::Context;
use std::time::Duration;

use tombolo::Error;

use super::{Reason, Route, SlotRef};
use crate::crossing::abi::Completion;
use crate::crossing::deadline;
use crate::crossing::erased::{Outcome, Polled};
use crate::crossing::state::Begin;
use crate::crossing::sync::Ordering;
use crate::crossing::wanted::Wanted;
use crate::crossing::{log, metrics, pool, waker};

/// What came of [`SlotRef::start_alone`].
pub(crate) enum Alone {
    /// Nothing: somebody else knows of it, something was asked of it, or it is done.
    Not,
    /// It was ready, and its value has gone where it was wanted. The slot is given back.
    Given,
    /// It is still run by who has started it, who goes on by [`SlotRef::go_on_alone`].
    Polled(Polled),
}

impl SlotRef {
    /// Sets who is told. Before the start.
    pub(crate) fn set_completion(&self, completion: *mut Completion) {
        self.slot().completion.store(completion, Ordering::Release);
    }

    /// Sets the total deadline, counted from the start.
    pub(crate) fn set_timeout(&self, timeout: Duration) {
        if !self.slot().state.is_started() {
            // SAFETY: not started, so it is its creator's, who calls this.
            unsafe { self.slot().body() }.timeout = timeout;
        }
    }

    /// Whether it was answered before it could start. Asked by its one start, which is its end then.
    pub(crate) fn ends_at_start(&self) -> bool {
        if !self.is_done() {
            return false;
        }
        // SAFETY: done, so the body is the ticket holder's, who calls this.
        if let Outcome::Error(error) = &unsafe { self.slot().body() }.outcome {
            self.count_end(Some(error.code()));
        }
        true
    }

    /// Whether it needs nothing to be polled here. Asked before the start.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        // SAFETY: not started, so it is its creator's, who calls this.
        unsafe { self.slot().body() }.plain
    }

    /// Starts an operation that nobody else knows of, with a poll on this thread.
    ///
    /// Nothing is written that only others read, so that an operation that is ready at once, with a
    /// value that is wanted, costs no atomic change.
    ///
    /// # Safety
    /// After `Alone::Given`, the reference is not used again.
    #[inline(always)]
    pub(crate) unsafe fn start_alone(&self, wanted: Wanted) -> Alone {
        if !self.slot().state.start_alone() {
            return Alone::Not;
        }
        // SAFETY: we hold RUNNING.
        let polled = unsafe { self.poll_alone(wanted) };
        if polled == Polled::Given {
            // SAFETY: the caller's promise.
            unsafe { self.given() };
            return Alone::Given;
        }
        Alone::Polled(polled)
    }

    /// # Safety
    /// By who has started it alone, once.
    #[inline(always)]
    unsafe fn poll_alone(&self, wanted: Wanted) -> Polled {
        let waker = waker::borrowed(self);
        // SAFETY: the caller holds RUNNING, and it is not done.
        unsafe { self.slot().poll(&mut Context::from_waker(&waker), wanted) }
    }

    /// The same, in the operation's span.
    ///
    /// # Safety
    /// As there.
    #[inline(never)]
    pub(crate) unsafe fn start_alone_heard(&self, wanted: Wanted) -> Alone {
        if !self.slot().state.start_alone() {
            return Alone::Not;
        }
        // SAFETY: we hold RUNNING, here and below, and the poll does not reach the trace.
        let trace = unsafe { self.slot().trace() };
        // SAFETY: as above.
        match trace.within(self.spec(), || unsafe { self.poll_alone(wanted) }) {
            Polled::Given => {
                trace.clear(); // a blank slot has none
                // SAFETY: the caller's promise.
                unsafe { self.given() };
                Alone::Given
            }
            polled => Alone::Polled(polled),
        }
    }

    /// Goes on after [`SlotRef::start_alone`]; as [`SlotRef::start_here`].
    pub(crate) fn go_on_alone(
        &self,
        polled: Polled,
        route: impl FnOnce() -> Route,
        entered: impl FnOnce(&Self),
    ) -> bool {
        self.slot().polled.store(true, Ordering::Relaxed);
        if polled == Polled::Pending {
            return self.wait_for_wake(route, entered);
        }
        self.finish();
        true
    }

    /// The value has gone where it was wanted, so the operation is over, and the slot is given back.
    ///
    /// # Safety
    /// The reference is not used again.
    #[inline(always)]
    unsafe fn given(&self) {
        // SAFETY: written before the operation was first shared, and never again.
        self.slot().spec.with(|spec| metrics::ended(unsafe { &*spec }, None));
        if self.slot().state.is_still_alone() {
            // SAFETY: the caller's promise: that was the one reference. What a slot is to be blank of,
            // nobody has put there.
            unsafe { pool::recycle_blank(self.0) };
        } else {
            // SAFETY: we hold RUNNING.
            unsafe { self.slot().body() }.outcome = Outcome::Taken;
            self.slot().state.finish();
            // SAFETY: the caller's promise.
            unsafe { self.let_go() };
        }
    }

    /// Starts with a poll on this thread. True if the operation is done: then nobody is told, and
    /// the caller delivers it or takes the outcome. `route` is asked for only if it is not, and
    /// `entered` called when it stands among what is in flight, before it can finish elsewhere:
    /// afterwards, the ticket's holder may be gone, and with it the slot.
    #[inline(always)]
    pub(crate) fn start_here(
        &self,
        route: impl FnOnce() -> Route,
        entered: impl FnOnce(&Self),
    ) -> bool {
        match self.slot().state.start_running() {
            Begin::Stale => return true,
            Begin::Cancel => {
                self.finish_interrupted();
                return true;
            }
            Begin::Poll => {}
        }
        self.poll_first() || self.wait_for_wake(route, entered)
    }

    /// Goes on with an operation whose first poll was pending; as [`SlotRef::start_here`].
    #[inline(always)]
    fn wait_for_wake(&self, route: impl FnOnce() -> Route, entered: impl FnOnce(&Self)) -> bool {
        // SAFETY: we hold RUNNING, and nobody reads the route before we give it up.
        self.slot().route.with_mut(|place| unsafe { *place = Some(route()) });
        self.arm();
        entered(self);
        let done = self.settle();
        if done {
            self.disarm();
        }
        done
    }

    /// Starts on the worker that `route` names; `entered` as for [`SlotRef::start_here`].
    pub(crate) fn start_there(&self, route: Route, entered: impl FnOnce(&Self)) {
        if self.is_done() {
            return;
        }
        // SAFETY: not started, so it is its creator's, who calls this.
        self.slot().route.with_mut(|place| unsafe { *place = Some(route) });
        if log::heard() {
            // SAFETY: as above.
            unsafe { self.slot().trace() }.start(self.spec());
        }
        self.arm();
        entered(self);
        if self.slot().state.start_notified() {
            self.enqueue();
        }
    }

    /// Answers with `error` in place of a start. True always, as [`SlotRef::start_here`].
    pub(crate) fn refuse(&self, error: Error) -> bool {
        if self.slot().state.start_running() != Begin::Stale {
            self.drop_future();
            self.finish_with(error);
        }
        true
    }

    fn arm(&self) {
        // SAFETY: the caller of `start_*` holds the operation.
        let body = unsafe { self.slot().body() };
        body.deadline = deadline::arm(self.clone(), body.timeout);
        // SAFETY: as above. Nobody finishes the operation before its starter gives it up.
        self.slot().armed.with_mut(|armed| unsafe { *armed = true });
        if self.load().is_shut() {
            self.cancel(Reason::RuntimeShutdown); // that of its runtime has not seen it
        }
    }

    /// Leaves the table of deadlines, which is also that of what is in flight. By whoever finished
    /// the operation, once: after its completion stands in the inbox of its queue, so that a queue
    /// that is destroyed finds every operation in the one place or the other.
    pub(crate) fn disarm(&self) {
        // SAFETY: only the finisher calls this, and the starter wrote before it gave up.
        if self.slot().armed.with_mut(|armed| unsafe { std::mem::take(&mut *armed) }) {
            drop(deadline::disarm(self));
        }
    }

    /// The same, and gives this reference back.
    pub(crate) fn disarm_and_drop(self) {
        // SAFETY: as above.
        let armed = self.slot().armed.with_mut(|armed| unsafe { std::mem::take(&mut *armed) });
        if armed && let Some(entry) = deadline::disarm(&self) {
            self.release_both(entry);
        }
    }
}
