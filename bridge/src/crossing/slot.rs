//! The slot of one operation: its future, later its value, and how it is polled and answered.
//!
//! Who may touch what:
//! - `state` and `completion`: anyone, they are atomic.
//! - `body`, `storage`, `route`: whoever holds the operation. That is its creator until it is
//!   started, then the holder of `RUNNING`, and after `DONE` the one holder of the ticket.
//!   `route` is written once, before the operation is first given up, and only read afterwards.
//! - `deadline`: `arm` before the operation is first given up, then whoever finished it, once.
//! - `run`, `done`: the inbox they are in.

use std::any::TypeId;
use std::future::Future;
use std::mem::{ManuallyDrop, offset_of};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tombolo::{Effect, Error, ErrorCode, ErrorKind, Placement, Result};

use super::abi::Completion;
use super::deadline;
use super::erased::{Erased, Outcome, Place, Reply, Storage, Vtable};
use super::fork;
use super::inbox::{Kind, Node};
use super::operation::Spec;
use super::pool;
use super::port::Port;
use super::runtime;
use super::state::{Begin, Claim, End, State};
use super::sync::UnsafeCell;
use super::waker;

/// Where an operation is polled and where its completion goes.
pub(crate) struct Route {
    /// Whose inbox it enters when it is woken.
    pub(crate) home: Arc<Port>,
    /// Whose inbox its completion enters; `None`: it is called where the operation finishes.
    pub(crate) sink: Option<Arc<Port>>,
}

/// Why an operation is to end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reason {
    Cancelled = 1,
    Deadline = 2,
    Shutdown = 3,
}

pub(crate) struct Body {
    vtable: Option<&'static Vtable>,
    pub(crate) spec: Spec,
    outcome: Outcome,
    timeout: Duration,
}

#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(crate) state: State,
    run: Node,
    done: Node,
    completion: AtomicPtr<Completion>,
    reason: AtomicU8,
    polled: AtomicBool,
    body: UnsafeCell<Body>,
    route: UnsafeCell<Option<Route>>,
    /// Its key in the table of deadlines, while it is there.
    deadline: UnsafeCell<Option<Instant>>,
    storage: UnsafeCell<Storage>,
}

// SAFETY: futures and values are `Send` (required where they enter), and the module documentation
// says who may touch what.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

impl Slot {
    pub(crate) fn blank() -> Self {
        Self {
            state: State::new(),
            run: Node::new(Kind::Run),
            done: Node::new(Kind::Done),
            completion: AtomicPtr::new(std::ptr::null_mut()),
            reason: AtomicU8::new(0),
            polled: AtomicBool::new(false),
            body: UnsafeCell::new(Body {
                vtable: None,
                spec: Spec::NONE,
                outcome: Outcome::Taken,
                timeout: runtime::DEFAULT_TIMEOUT,
            }),
            route: UnsafeCell::new(None),
            deadline: UnsafeCell::new(None),
            storage: UnsafeCell::new(Storage::empty()),
        }
    }

    /// Makes a slot that was cleared ready for its next operation, with one reference.
    pub(crate) fn reset(&mut self) {
        self.state = State::new();
        self.completion = AtomicPtr::new(std::ptr::null_mut());
        self.reason = AtomicU8::new(0);
        self.polled = AtomicBool::new(false);
        // SAFETY: borrowed mutably, so nobody else reaches it.
        unsafe { self.body() }.timeout = runtime::DEFAULT_TIMEOUT;
    }

    /// # Safety
    /// The caller holds the operation (see the module documentation).
    #[expect(clippy::mut_from_ref, reason = "exclusive by the protocol of the state word")]
    unsafe fn body(&self) -> &mut Body {
        // SAFETY: the caller's promise.
        self.body.with_mut(|body| unsafe { &mut *body })
    }

    fn storage(&self) -> *mut Storage {
        self.storage.with_mut(|storage| storage)
    }

    /// Empties the slot for its next operation: whatever it still holds is dropped, contained.
    ///
    /// # Safety
    /// The last reference is gone.
    pub(crate) unsafe fn clear(&self) {
        // SAFETY: nobody else can reach the slot.
        let body = unsafe { self.body() };
        if let Some(vtable) = body.vtable.take() {
            match body.outcome {
                // SAFETY: the storage holds the future; a pending operation was never started, or
                // its runner would hold a reference.
                Outcome::Pending => unsafe { (vtable.drop_future)(self.storage()) },
                // SAFETY: the storage holds the value.
                Outcome::Value => unsafe { (vtable.drop_value)(self.storage()) },
                Outcome::End | Outcome::Taken | Outcome::Error(_) => {}
            }
        }
        body.outcome = Outcome::Taken;
        // SAFETY: as above.
        self.route.with_mut(|route| drop(unsafe { (*route).take() }));
    }
}

/// A counted reference to a slot.
pub(crate) struct SlotRef(NonNull<Slot>);

// SAFETY: a slot may be used from any thread by its protocol.
unsafe impl Send for SlotRef {}
// SAFETY: as above.
unsafe impl Sync for SlotRef {}

impl Clone for SlotRef {
    fn clone(&self) -> Self {
        self.slot().state.retain();
        Self(self.0)
    }
}

impl Drop for SlotRef {
    fn drop(&mut self) {
        if self.slot().state.release() {
            // SAFETY: that was the last reference.
            unsafe { pool::recycle(self.0) };
        }
    }
}

impl SlotRef {
    /// A slot that holds `future`, not started.
    pub(crate) fn pending<F, T, R>(spec: Spec, future: F) -> Self
    where
        F: Future<Output = Result<T>> + Send + 'static,
        R: Reply + From<T>,
    {
        let slot = Self(pool::take());
        // SAFETY: fresh from the pool, so it is ours alone and empty.
        unsafe {
            Place::<F>::put(slot.slot().storage(), future);
            let body = slot.slot().body();
            body.vtable = Some(const { &Erased::<F, T, R>::VTABLE });
            body.spec = spec;
            body.outcome = Outcome::Pending;
        }
        slot
    }

    /// A slot that was answered before it began.
    pub(crate) fn answered(spec: Spec, error: Error) -> Self {
        let mut slot = pool::take();
        // SAFETY: fresh from the pool, so it is ours alone.
        unsafe {
            slot.as_mut().state = State::new_done();
            let body = slot.as_ref().body();
            body.spec = spec;
            body.outcome = Outcome::Error(error.with_origin(spec.service, spec.operation));
        }
        Self(slot)
    }

    pub(crate) fn slot(&self) -> &Slot {
        // SAFETY: a counted reference keeps the slot.
        unsafe { self.0.as_ref() }
    }

    /// Gives up the reference as a raw pointer.
    pub(crate) fn into_raw(self) -> NonNull<Slot> {
        ManuallyDrop::new(self).0
    }

    /// # Safety
    /// `raw` came from [`SlotRef::into_raw`] and is not used again.
    pub(crate) unsafe fn from_raw(raw: NonNull<Slot>) -> Self {
        Self(raw)
    }

    /// # Safety
    /// `node` is the `run` node of a slot and carries a reference, which is moved here.
    pub(crate) unsafe fn from_run_node(node: NonNull<Node>) -> Self {
        // SAFETY: the node lies at this offset within its slot.
        Self(unsafe { node.byte_sub(offset_of!(Slot, run)).cast() })
    }

    /// # Safety
    /// `node` is the `done` node of a slot and carries a reference, which is moved here.
    pub(crate) unsafe fn from_done_node(node: NonNull<Node>) -> Self {
        // SAFETY: the node lies at this offset within its slot.
        Self(unsafe { node.byte_sub(offset_of!(Slot, done)).cast() })
    }

    pub(crate) fn is_done(&self) -> bool {
        self.slot().state.is_done()
    }

    pub(crate) fn placement(&self) -> Placement {
        self.spec().placement
    }

    pub(crate) fn spec(&self) -> Spec {
        // SAFETY: written before the operation was first shared, and never again.
        self.slot().body.with(|body| unsafe { (*body).spec })
    }

    /// Whether completions of this operation go to `port`. Asked of started operations only.
    pub(crate) fn is_answered_at(&self, port: &Arc<Port>) -> bool {
        // SAFETY: a started operation's route is only read.
        self.slot()
            .route
            .with(|route| unsafe { &*route }.as_ref())
            .is_some_and(|route| route.sink.as_ref().is_some_and(|sink| Arc::ptr_eq(sink, port)))
    }

    // ---- starting: only by the holder of the ticket, once

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

    /// Starts with a poll on this thread. True if the operation is done: then nobody is told, and
    /// the caller delivers it or takes the outcome. `route` is asked for only if it is not, and
    /// `entered` called when it stands among what is in flight, before it can finish elsewhere:
    /// afterwards, the ticket's holder may be gone, and with it the slot.
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
        if self.poll_once() {
            return true;
        }
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
            self.finish(Outcome::Error(error));
        }
        true
    }

    fn arm(&self) {
        // SAFETY: the caller of `start_*` holds the operation.
        let timeout = unsafe { self.slot().body() }.timeout;
        let deadline = deadline::arm(self.clone(), timeout);
        // SAFETY: as above. Nobody finishes the operation before its starter gives it up.
        self.slot().deadline.with_mut(|place| unsafe { *place = Some(deadline) });
    }

    /// Leaves the table of deadlines, which is also that of what is in flight. By whoever finished
    /// the operation, once: after its completion stands in the inbox of its queue, so that a queue
    /// that is destroyed finds every operation in the one place or the other.
    pub(crate) fn disarm(&self) {
        // SAFETY: only the finisher calls this, and the starter wrote before it gave up.
        let deadline = self.slot().deadline.with_mut(|place| unsafe { (*place).take() });
        if let Some(deadline) = deadline {
            deadline::disarm(self, deadline);
        }
    }

    // ---- running

    /// Runs the operation after it was taken out of its home's inbox. True if it is done now, and
    /// its completion is the caller's to deliver, or to take and then to disarm.
    pub(crate) fn run(&self) -> bool {
        match self.slot().state.begin_run() {
            Begin::Stale => false,
            Begin::Cancel => {
                self.finish_interrupted();
                true
            }
            Begin::Poll => self.poll_once() || self.settle(),
        }
    }

    /// One poll by the holder of RUNNING. True if it is done now.
    fn poll_once(&self) -> bool {
        // SAFETY: the holder of RUNNING calls this; a vtable is there until the slot is cleared.
        let body = unsafe { self.slot().body() };
        let Some(vtable) = body.vtable else { return false };
        self.slot().polled.store(true, Ordering::Relaxed);
        let waker = waker::borrowed(self);
        let mut cx = Context::from_waker(&waker);
        // SAFETY: the storage holds the future, since the operation is not done.
        match unsafe { (vtable.poll)(self.slot().storage(), &mut cx) } {
            Poll::Pending => false,
            Poll::Ready(outcome) => {
                self.finish(outcome);
                true
            }
        }
    }

    /// Gives RUNNING up after a pending poll. True if the operation was cancelled meanwhile.
    fn settle(&self) -> bool {
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
    fn enqueue(&self) {
        // SAFETY: whoever set NOTIFIED calls this once, and only for a started operation, whose
        // route is there and only read. The node is in no inbox, since NOTIFIED was clear.
        unsafe {
            let route = self.slot().route.with(|route| (*route).as_ref());
            let node = self.0.byte_add(offset_of!(Slot, run)).cast();
            if let Some(route) = route {
                route.home.push(node);
            }
        }
    }

    /// A waker was called.
    pub(crate) fn wake(&self) {
        if self.slot().state.wake() {
            self.enqueue();
        }
    }

    // ---- ending

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

    fn finish_interrupted(&self) {
        self.drop_future();
        let error = self.interruption();
        self.finish(Outcome::Error(error));
    }

    fn drop_future(&self) {
        // SAFETY: the holder of RUNNING calls this, while the storage still holds the future.
        let body = unsafe { self.slot().body() };
        if let (Some(vtable), Outcome::Pending) = (body.vtable, &body.outcome) {
            if !fork::is_child() {
                // SAFETY: as above. In a forked child it is leaked.
                unsafe { (vtable.drop_future)(self.slot().storage()) };
            }
            body.outcome = Outcome::Taken;
        }
    }

    fn interruption(&self) -> Error {
        let polled = self.slot().polled.load(Ordering::Relaxed);
        let effect = if polled && self.spec().writes { Effect::Unknown } else { Effect::None };
        let error = match self.slot().reason.load(Ordering::Acquire) {
            2 => Error::new(ErrorCode::DeadlineExceeded, "the total deadline has passed"),
            3 => Error::new(ErrorCode::Cancelled, "the queue was shut down")
                .with_kind(ErrorKind::Shutdown),
            _ => Error::new(ErrorCode::Cancelled, "the operation was cancelled"),
        };
        error.with_effect(effect)
    }

    /// Puts the outcome in its place. By the holder of RUNNING.
    fn finish(&self, outcome: Outcome) {
        // SAFETY: the holder of RUNNING calls this.
        let body = unsafe { self.slot().body() };
        body.outcome = match outcome {
            Outcome::Error(error) => {
                Outcome::Error(error.with_origin(body.spec.service, body.spec.operation))
            }
            other => other,
        };
        self.slot().state.finish();
    }

    /// Tells the sink. By whoever finished the operation, once.
    pub(crate) fn deliver(&self) {
        // SAFETY: the route of a started operation is only read.
        let route = self.slot().route.with(|route| unsafe { (*route).as_ref() });
        match route.and_then(|route| route.sink.as_ref()) {
            Some(port) => {
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
        let none = std::ptr::null_mut();
        NonNull::new(self.slot().completion.swap(none, Ordering::AcqRel))
    }

    // ---- taking the outcome: only by the holder of the ticket

    /// The outcome: `Ok(true)` a value to take, `Ok(false)` the end of a stream.
    pub(crate) fn outcome(&self) -> Result<bool> {
        if !self.is_done() {
            // Its queue is being destroyed and does not wait for the worker that still runs it.
            return Err(self.interruption());
        }
        // SAFETY: done, so the body is the ticket holder's.
        match &unsafe { self.slot().body() }.outcome {
            Outcome::Value => Ok(true),
            Outcome::End => Ok(false),
            Outcome::Error(error) => Err(error.clone()),
            Outcome::Pending | Outcome::Taken => Err(taken()),
        }
    }

    /// Moves the value out, if it is a `T`.
    pub(crate) fn take<T: Send + 'static>(&self) -> Option<T> {
        if !self.is_done() {
            return None;
        }
        // SAFETY: done, so body and storage are the ticket holder's.
        let body = unsafe { self.slot().body() };
        let is_t = body.vtable.is_some_and(|vtable| (vtable.value_type)() == TypeId::of::<T>());
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
