//! Ending an operation: cancels, its outcome, and who is told.

use std::any::TypeId;
use std::mem::offset_of;
use std::ptr::NonNull;

use tombolo::{Effect, Error, ErrorCode, ErrorKind, Placement};

use super::{Body, Reason, Route, Slot, SlotRef};
use crate::crossing::abi::Completion;
use crate::crossing::erased::{Outcome, Place};
use crate::crossing::fork;
use crate::crossing::log;
use crate::crossing::metrics;
use crate::crossing::port::Port;
use crate::crossing::seeded::{Bug, seeded};
use crate::crossing::state::Claim;
use crate::crossing::sync::Ordering;

/// How an operation has ended, by the numbers of `Op::Outcome` in C++.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Ended {
    /// With a value to take.
    Value = 0,
    /// A stream is at its end.
    End = 1,
    Error = 2,
}

impl SlotRef {
    /// Asks for the end; the first reason counts. Completes it here and now if nobody polls it.
    pub(crate) fn cancel(&self, reason: Reason) {
        let none = 0;
        let _ = self.slot().reason.compare_exchange(
            none,
            reason as u8,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match self.slot().state.cancel(self.placement() == Placement::Caller) {
            Claim::Mine => {
                self.finish_interrupted();
                self.deliver();
            }
            Claim::Wake => self.wake(),
            Claim::Theirs => {}
        }
    }

    pub(super) fn finish_interrupted(&self) {
        self.drop_future();
        if log::heard() {
            let reason = Reason::of(self.slot().reason.load(Ordering::Acquire));
            // SAFETY: the holder of RUNNING calls this.
            unsafe { self.slot().trace() }.interrupted(self.spec(), reason);
        }
        let error = self.interruption(self.slot().polled.load(Ordering::Relaxed));
        self.finish_with(error);
    }

    pub(super) fn drop_future(&self) {
        // SAFETY: the holder of RUNNING calls this, while the storage still holds the future.
        let body = unsafe { self.slot().body() };
        if let Outcome::Pending = body.outcome {
            if !fork::is_child() {
                let drop_future = body.vtable.drop_future;
                // SAFETY: as above. In a forked child it is leaked.
                self.runtime().within(|| unsafe { drop_future(self.slot().storage()) });
            }
            body.outcome = Outcome::Taken;
        }
    }

    fn interruption(&self, polled: bool) -> Error {
        let effect = if polled && self.spec().writes { Effect::Unknown } else { Effect::None };
        let error = match Reason::of(self.slot().reason.load(Ordering::Acquire)) {
            Some(Reason::Deadline) => {
                Error::new(ErrorCode::DeadlineExceeded, "the total deadline has passed")
            }
            Some(Reason::Shutdown) => Error::new(ErrorCode::Cancelled, "the queue was shut down")
                .with_kind(ErrorKind::Shutdown),
            Some(Reason::RuntimeShutdown) => {
                Error::new(ErrorCode::Cancelled, "the runtime was shut down")
                    .with_kind(ErrorKind::Shutdown)
            }
            Some(Reason::Cancelled) | None => {
                Error::new(ErrorCode::Cancelled, "the operation was cancelled")
            }
        };
        error.with_effect(effect)
    }

    /// The outcome is in its place. By the holder of RUNNING.
    pub(super) fn finish(&self) {
        // SAFETY: the holder of RUNNING calls this.
        let body = unsafe { self.slot().body() };
        match body.outcome {
            Outcome::Error(_) => self.name_origin(body),
            _ => self.count_end(None),
        }
        self.slot().state.finish();
    }

    /// The same, with an error as the outcome.
    pub(super) fn finish_with(&self, error: Error) {
        // SAFETY: as above.
        unsafe { self.slot().body() }.outcome = Outcome::Error(error);
        self.finish();
    }

    #[inline(never)]
    fn name_origin(&self, body: &mut Body) {
        if let Outcome::Error(error) = std::mem::replace(&mut body.outcome, Outcome::Taken) {
            let spec = self.spec();
            self.count_end(Some(error.code()));
            body.outcome = Outcome::Error(error.with_origin(spec.service, spec.operation));
        }
    }

    #[inline]
    pub(super) fn count_end(&self, error: Option<ErrorCode>) {
        // SAFETY: written before the operation was first shared, and never again.
        self.slot().spec.with(|spec| metrics::ended(unsafe { &*spec }, error));
        if log::heard() {
            self.log_end(error);
        }
    }

    #[cold]
    fn log_end(&self, error: Option<ErrorCode>) {
        // SAFETY: the holder of RUNNING calls this, or that of the ticket at its start.
        unsafe { self.slot().trace() }.ended(self.spec(), error);
    }

    /// Tells the sink. By whoever finished the operation, once.
    pub(crate) fn deliver(&self) {
        // SAFETY: the route of a started operation is only read.
        let route = self.slot().route.with(|route| unsafe { (*route).as_ref() });
        match route.and_then(Route::sink) {
            Some(port) => {
                if seeded(Bug::EarlyDisarm) {
                    self.disarm();
                }
                self.push_done(port);
                self.disarm();
            }
            None => {
                self.disarm();
                self.complete_here();
            }
        }
    }

    /// Pushes the completion into `port`.
    pub(crate) fn push_done(&self, port: &Port) {
        self.slot().state.retain();
        // SAFETY: an operation finishes once, so its node is in no inbox; the reference was
        // counted in the line above.
        unsafe { port.push(self.0.byte_add(offset_of!(Slot, done)).cast()) };
    }

    /// Calls the completion on this thread.
    pub(crate) fn complete_here(&self) {
        if let Some(completion) = self.take_completion() {
            // SAFETY: taken once, so it is valid and ours to call.
            unsafe { Completion::call(completion) };
        }
    }

    /// The completion, for the first who asks.
    pub(crate) fn take_completion(&self) -> Option<NonNull<Completion>> {
        if seeded(Bug::DoubleCompletion) {
            return NonNull::new(self.slot().completion.load(Ordering::Acquire));
        }
        let none = std::ptr::null_mut();
        NonNull::new(self.slot().completion.swap(none, Ordering::AcqRel))
    }

    // ---- taking the outcome: only by the holder of the ticket

    /// How it has ended. An error also where it has not: its queue is being destroyed and does not
    /// wait for the worker, which may poll it now.
    #[inline]
    pub(crate) fn outcome(&self) -> Ended {
        if !self.is_done() {
            return Ended::Error;
        }
        // SAFETY: done, so the body is the ticket holder's.
        match &unsafe { self.slot().body() }.outcome {
            Outcome::Value => Ended::Value,
            Outcome::End => Ended::End,
            Outcome::Error(_) | Outcome::Pending | Outcome::Taken => Ended::Error,
        }
    }

    /// The error of what has ended with one.
    #[cold]
    pub(crate) fn error(&self) -> Error {
        if self.is_done() {
            // SAFETY: done, so the body is the ticket holder's.
            match &unsafe { self.slot().body() }.outcome {
                Outcome::Error(error) => return error.clone(),
                Outcome::Pending | Outcome::Taken => return taken(),
                Outcome::Value | Outcome::End => {} // it has ended just now, unheard
            }
        }
        let polled = true;
        self.interruption(polled)
    }

    /// Moves the value out, if it is a `T`.
    pub(crate) fn take<T: Send + 'static>(&self) -> Option<T> {
        if !self.is_done() {
            return None;
        }
        // SAFETY: done, so body and storage are the ticket holder's.
        let body = unsafe { self.slot().body() };
        let is_t = (body.vtable.value_type)() == TypeId::of::<T>();
        if !is_t || !matches!(body.outcome, Outcome::Value) {
            return None;
        }
        body.outcome = Outcome::Taken;
        // SAFETY: the storage holds a value of this very type.
        Some(unsafe { Place::<T>::take(self.slot().storage()) })
    }
}

fn taken() -> Error {
    Error::new(ErrorCode::FailedPrecondition, "the result of this operation was taken before")
}
