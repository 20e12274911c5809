//! The slot of one operation: its future, later its value, and how it is polled and answered.
//!
//! Who may touch what:
//! - `state` and `completion`: anyone, they are atomic.
//! - `body`, `storage`, `route`: whoever holds the operation. That is its creator until it is
//!   started, then the holder of `RUNNING`, and after `DONE` the one holder of the ticket.
//!   `route` is written once, before the operation is first given up, and only read afterwards.
//! - `trace`: as `body`.
//! - `spec`, `runtime`: its creator, before it is first shared; afterwards anyone reads them.
//! - `armed`: `arm` before the operation is first given up, then whoever finished it, once.
//! - `link`: the table of deadlines.
//! - `run`, `done`: the inbox they are in.
//! - `next_free`: the pool, while the slot is free.

mod called;
mod end;
mod route;
mod run;
mod start;

pub(crate) use route::Route;
pub(crate) use start::Alone;

use std::future::Future;
use std::mem::{ManuallyDrop, offset_of};
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use tombolo::{CallOptions, Error, Placement, Result};

use super::abi::Completion;
use super::deadline::Link;
use super::erased::{Erased, Outcome, Place, Polled, Reply, Storage, Vtable};
use super::inbox::{Kind, Node};
use super::load::Load;
use super::log::Trace;
use super::operation::Spec;
use super::pool;
use super::port::Port;
use super::runtime::{self, Runtime};
use super::state::State;
use super::sync::{AtomicBool, AtomicPtr, AtomicU8, Ordering, UnsafeCell};
use super::wanted::Wanted;

/// Why an operation is to end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Reason {
    Cancelled = 1,
    Deadline = 2,
    Shutdown = 3,
    RuntimeShutdown = 4,
}

impl Reason {
    fn of(number: u8) -> Option<Self> {
        [Self::Cancelled, Self::Deadline, Self::Shutdown, Self::RuntimeShutdown]
            .into_iter()
            .find(|reason| *reason as u8 == number)
    }
}

pub(crate) struct Body {
    vtable: &'static Vtable,
    outcome: Outcome,
    timeout: Duration,
    /// When its time is over, by [`super::clock::nanoseconds`]; 0 before that is known.
    deadline: u64,
    /// What is asked of it beside its arguments.
    asked: Option<Arc<CallOptions>>,
    /// Whether it needs nothing to be polled on the thread that starts it: no worker, and no context.
    plain: bool,
}

impl Body {
    /// Puts an outcome in the place of one that is no error, which would have to be dropped.
    #[inline]
    fn set_first(&mut self, outcome: Outcome) {
        std::mem::forget(std::mem::replace(&mut self.outcome, outcome));
    }
}

#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(crate) state: State,
    run: Node,
    done: Node,
    completion: AtomicPtr<Completion>,
    reason: AtomicU8,
    polled: AtomicBool,
    spec: UnsafeCell<Spec>,
    runtime: UnsafeCell<Runtime>,
    body: UnsafeCell<Body>,
    route: UnsafeCell<Option<Route>>,
    /// Whether it stands in the table of deadlines.
    armed: UnsafeCell<bool>,
    pub(super) link: UnsafeCell<Link>,
    /// Something only while somebody listens to logs.
    trace: UnsafeCell<Trace>,
    /// The next of those that are free, while it is.
    next_free: UnsafeCell<Option<NonNull<Slot>>>,
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
            spec: UnsafeCell::new(Spec::NONE),
            runtime: UnsafeCell::new(Runtime::DEFAULT),
            body: UnsafeCell::new(Body {
                vtable: &Vtable::NONE,
                outcome: Outcome::Taken,
                timeout: runtime::DEFAULT_TIMEOUT,
                deadline: 0,
                asked: None,
                plain: false,
            }),
            route: UnsafeCell::new(None),
            armed: UnsafeCell::new(false),
            link: UnsafeCell::new(Link::NONE),
            trace: UnsafeCell::new(Trace::NONE),
            next_free: UnsafeCell::new(None),
            storage: UnsafeCell::new(Storage::empty()),
        }
    }

    /// Makes a blank slot ready for its next operation, with one reference.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.state = State::new();
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

    /// # Safety
    /// As [`Slot::body`].
    #[expect(clippy::mut_from_ref, reason = "exclusive by the protocol of the state word")]
    unsafe fn trace(&self) -> &mut Trace {
        // SAFETY: the caller's promise.
        self.trace.with_mut(|trace| unsafe { &mut *trace })
    }

    /// # Safety
    /// The slot is free, and the caller's alone.
    pub(crate) unsafe fn next_free(&self) -> Option<NonNull<Self>> {
        // SAFETY: the caller's promise.
        self.next_free.with(|next| unsafe { *next })
    }

    /// # Safety
    /// As [`Slot::next_free`].
    pub(crate) unsafe fn set_next_free(&self, slot: Option<NonNull<Self>>) {
        // SAFETY: the caller's promise.
        self.next_free.with_mut(|next| unsafe { *next = slot });
    }

    /// Polls the future.
    ///
    /// # Safety
    /// The caller holds RUNNING, and the operation is not done, so the storage holds the future.
    #[inline(always)]
    unsafe fn poll(&self, cx: &mut Context<'_>, wanted: Wanted) -> Polled {
        // SAFETY: the caller's promise. The poll itself reaches nothing of the body but the outcome.
        unsafe {
            let body = self.body.with_mut(|body| body);
            ((*body).vtable.poll)(self.storage(), cx, wanted, &raw mut (*body).outcome)
        }
    }

    fn storage(&self) -> *mut Storage {
        self.storage.with_mut(|storage| storage)
    }

    /// Makes the slot blank for its next operation: whatever it still holds is dropped, contained. One
    /// that was started alone and was ready has stayed so.
    ///
    /// # Safety
    /// The last reference is gone.
    pub(crate) unsafe fn clear(&self) {
        // SAFETY: nobody else can reach the slot.
        let (body, runtime) = unsafe { (self.body(), self.runtime.with(|runtime| &*runtime)) };
        let end = match body.outcome {
            Outcome::Pending => Some(body.vtable.drop_future),
            Outcome::Value => Some(body.vtable.drop_value),
            Outcome::End | Outcome::Taken | Outcome::Error(_) => None,
        };
        if let Some(end) = end {
            // SAFETY: the storage holds what the outcome says, a future or a value; a pending
            // operation was never started, or its runner would hold a reference.
            runtime.within(|| unsafe { end(self.storage()) });
        }
        body.outcome = Outcome::Taken;
        body.deadline = 0;
        drop(body.asked.take());
        self.completion.store(std::ptr::null_mut(), Ordering::Relaxed);
        self.reason.store(0, Ordering::Relaxed);
        self.polled.store(false, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { self.trace() }.clear();
        // SAFETY: as above.
        self.route.with_mut(|route| drop(unsafe { (*route).take() }));
        if !runtime.is_default() {
            self.leave_runtime();
        }
    }

    /// Lets go of its runtime, which may be the last to do so.
    #[cold]
    fn leave_runtime(&self) {
        // SAFETY: as `clear`, which calls this last.
        let _before = self.runtime.with_mut(|runtime| std::mem::take(unsafe { &mut *runtime }));
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
        self.release(1);
    }
}

impl SlotRef {
    /// A slot that holds `future`, not started.
    #[inline]
    pub(crate) fn pending<F, T, R>(runtime: &Runtime, spec: Spec, future: F) -> Self
    where
        F: Future<Output = Result<T>> + Send + 'static,
        R: Reply + From<T>,
    {
        let slot = Self(pool::take());
        // SAFETY: fresh from the pool, so it is ours alone and empty.
        unsafe {
            Place::<F>::put(slot.slot().storage(), future);
            let body = slot.slot().body();
            body.vtable = const { &Erased::<F, T, R>::VTABLE };
            body.set_first(Outcome::Pending);
            body.plain = runtime.is_default() && spec.is_plain();
            slot.slot().spec.with_mut(|place| *place = spec);
            if !runtime.is_default() {
                slot.slot().runtime.with_mut(|place| *place = runtime.clone());
            }
        }
        slot
    }

    /// A slot that was answered before it began.
    #[cold]
    #[inline(never)]
    pub(crate) fn answered(spec: Spec, error: Error) -> Self {
        let mut slot = pool::take();
        // SAFETY: fresh from the pool, so it is ours alone.
        unsafe {
            slot.as_mut().state = State::new_done();
            let body = slot.as_ref().body();
            slot.as_ref().spec.with_mut(|place| *place = spec);
            body.vtable = &Vtable::NONE;
            body.set_first(Outcome::Error(error.with_origin(spec.service, spec.operation)));
        }
        Self(slot)
    }

    pub(crate) fn slot(&self) -> &Slot {
        // SAFETY: a counted reference keeps the slot.
        unsafe { self.0.as_ref() }
    }

    /// Gives so many references back, of which this is one.
    fn release(&self, references: usize) {
        if self.slot().state.release(references) {
            // SAFETY: that was the last reference.
            unsafe { pool::recycle(self.0) };
        }
    }

    /// Gives two references to one slot back at once.
    pub(super) fn release_both(self, other: Self) {
        std::mem::forget(other);
        ManuallyDrop::new(self).release(2);
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

    /// Gives the reference back.
    ///
    /// # Safety
    /// It is not used again.
    unsafe fn let_go(&self) {
        // SAFETY: the caller's promise.
        drop(unsafe { Self::from_raw(self.0) });
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
        self.slot().spec.with(|spec| unsafe { *spec })
    }

    /// Where it runs.
    pub(crate) fn runtime(&self) -> &Runtime {
        // SAFETY: written before the operation was first shared, and never again.
        self.slot().runtime.with(|runtime| unsafe { &*runtime })
    }

    /// What it counts for while it is in flight.
    pub(crate) fn load(&self) -> &Load {
        self.runtime().load()
    }

    /// Whether completions of this operation go to `port`. Asked of started operations only.
    pub(crate) fn is_answered_at(&self, port: &Arc<Port>) -> bool {
        // SAFETY: a started operation's route is only read.
        self.slot()
            .route
            .with(|route| unsafe { &*route }.as_ref())
            .is_some_and(|route| route.sink().is_some_and(|sink| Arc::ptr_eq(sink, port)))
    }

    /// Where it is polled when it is woken, once it has a route.
    pub(crate) fn home(&self) -> Option<&Port> {
        // SAFETY: a started operation's route is only read.
        self.slot().route.with(|route| unsafe { &*route }.as_ref()).map(Route::home)
    }
}
