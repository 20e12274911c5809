//! Operations: a future on its way to C++, lazily started, answered exactly once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tombolo::{CallOptions, Error, ErrorCode, Placement, Result};

use super::abi::{Completion, Ticket};
use super::erased::{Item, Reply, Single};
use super::guard::{contain, contain_or};
use super::queue::Queue;
use super::runtime::{self, Entered, Runtime, SignalsBack, Workers};
use super::slot::{Alone, Reason, Route, SlotRef};
use super::wanted::Wanted;
use super::{fork, guard, load, log};

/// What an operation is: its name in errors and lists, where it runs, whether it changes anything.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) placement: Placement,
    pub(crate) writes: bool,
    pub(crate) needs_runtime: bool,
}

impl Spec {
    pub(crate) const NONE: Self = Self::read("", "");

    /// An operation without effects: cancelled or expired, its effect is known to be none.
    /// Polled on a worker until [`Spec::on`] says otherwise.
    #[must_use]
    pub const fn read(service: &'static str, operation: &'static str) -> Self {
        Self {
            service,
            operation,
            placement: Placement::Worker,
            writes: false,
            needs_runtime: true,
        }
    }

    /// An operation with effects: cancelled or expired once it has begun, its effect is unknown.
    /// Polled on a worker until [`Spec::on`] says otherwise.
    #[must_use]
    pub const fn write(service: &'static str, operation: &'static str) -> Self {
        Self { service, operation, placement: Placement::Worker, writes: true, needs_runtime: true }
    }

    /// The same kind of operation, by another name.
    pub(crate) const fn named(mut self, operation: &'static str) -> Self {
        self.operation = operation;
        self
    }

    /// The same operation, polled at `placement`.
    #[must_use]
    pub const fn on(mut self, placement: Placement) -> Self {
        self.placement = placement;
        self
    }

    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.placement == Placement::Caller && !self.needs_runtime
    }

    /// The same operation, whose future asks nothing of tokio: no timer, no task, no blocking work.
    /// It is then first polled without the runtime's context, and started by the shortest way: an operation
    /// that is ready at once costs less than half. What asks all the same panics, and so fails.
    #[must_use]
    pub const fn without_runtime(mut self) -> Self {
        self.needs_runtime = false;
        self
    }
}

/// An operation. `build` copies the arguments, checks what can be checked at once and returns the
/// future; whatever goes wrong in it, a panic included, is the operation's answer.
///
/// Nothing runs until C++ starts it. The future is polled and dropped under guard, on the thread
/// that its placement calls for, with a tokio context entered.
#[inline]
pub fn op<T, F>(spec: Spec, build: impl FnOnce() -> Result<F>) -> Ticket
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    op_at(&Runtime::DEFAULT, spec, build)
}

/// As [`op`], for an operation that runs on `runtime`.
#[inline]
pub(crate) fn op_at<T, F>(
    runtime: &Runtime,
    spec: Spec,
    build: impl FnOnce() -> Result<F>,
) -> Ticket
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    make::<F, T, Single<T>>(runtime, spec, build)
}

/// As [`op_at`], for the `next` of a stream: `None` is its end.
pub(crate) fn next_op<T, F>(
    runtime: &Runtime,
    spec: Spec,
    build: impl FnOnce() -> Result<F>,
) -> Ticket
where
    T: Send + 'static,
    F: Future<Output = Result<Option<T>>> + Send + 'static,
{
    make::<F, Option<T>, Item<T>>(runtime, spec, build)
}

#[inline]
fn make<F, T, R>(runtime: &Runtime, spec: Spec, build: impl FnOnce() -> Result<F>) -> Ticket
where
    F: Future<Output = Result<T>> + Send + 'static,
    R: Reply + From<T>,
{
    let slot = match guard::entry(build) {
        Ok(future) => SlotRef::pending::<F, T, R>(runtime, spec, future),
        Err(error) => SlotRef::answered(spec, error),
    };
    Ticket(slot.into_raw())
}

impl Ticket {
    /// The operation, borrowed.
    pub(crate) fn slot(&self) -> std::mem::ManuallyDrop<SlotRef> {
        // SAFETY: a ticket owns one reference, and this one is never dropped.
        std::mem::ManuallyDrop::new(unsafe { SlotRef::from_raw(self.0) })
    }

    /// Another reference to the operation.
    pub(crate) fn share(&self) -> Self {
        Self(SlotRef::clone(&self.slot()).into_raw())
    }

    /// Moves the value out into `out`, if the operation succeeded with a `T`. For the `take_…`
    /// functions of bridges, which name the types that cross.
    pub fn take_into<T: Send + 'static>(&self, out: &mut T) -> bool {
        match self.slot().take() {
            Some(value) => {
                *out = value;
                true
            }
            None => false,
        }
    }

    /// As [`Ticket::take_into`], for a value that is converted into what crosses. A conversion that
    /// panics answers false.
    pub fn take_as<T: Send + 'static, U: From<T>>(&self, out: &mut U) -> bool {
        let Some(value) = self.slot().take::<T>() else { return false };
        match contain(|| U::from(value)) {
            Ok(value) => {
                *out = value;
                true
            }
            Err(_) => false,
        }
    }

    /// Moves the value out, if the operation succeeded with a `T`.
    #[must_use]
    pub fn take<T: Send + 'static>(&self) -> Option<T> {
        self.slot().take()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // SAFETY: a ticket owns one reference.
        drop(unsafe { SlotRef::from_raw(self.0) });
    }
}

/// Starts an operation whose completion comes through `queue`. False if it is done already: then
/// `completion` is not called, and the caller takes the outcome or calls [`deliver`].
pub(crate) fn start(slot: &SlotRef, queue: &Queue, completion: *mut Completion) -> bool {
    slot.set_completion(completion);
    if slot.ends_at_start() {
        return false;
    }
    if let Err(error) = queue.admit() {
        return !slot.refuse(error);
    }
    match slot.runtime().admit_by_default() {
        Some(workers) => start_on(workers, slot, queue),
        None => slot.runtime().admit(|workers| start_on(workers, slot, queue)),
    }
}

/// The quick part of a start, for an operation that is ready at once more often than not. What came of
/// it is for [`start_after`], unless that is `Alone::Given`.
///
/// # Safety
/// After `Alone::Given`, the reference is not used again.
#[inline(always)]
pub(crate) unsafe fn start_plainly(slot: &SlotRef, queue: &Queue, wanted: Wanted) -> Alone {
    // All that a start looks at; `start` says what is wrong. The runtime runs, since the deadline of
    // what turns out to be pending is watched by a thread of its.
    let plain = slot.is_plain()
        && !fork::is_child()
        && runtime::has_started()
        && queue.has_room()
        && load::DEFAULT.has_room();
    if !plain {
        return Alone::Not;
    }
    // SAFETY: handed on from the caller.
    unsafe {
        match log::heard() {
            false => slot.start_alone(wanted),
            true if log::is_lazy() => slot.start_alone_heard(wanted),
            true => Alone::Not,
        }
    }
}

/// The rest of a start; true as for [`start`].
pub(crate) fn start_after(
    alone: Alone,
    slot: &SlotRef,
    queue: &Queue,
    completion: *mut Completion,
) -> bool {
    let polled = match alone {
        Alone::Not => return start(slot, queue, completion),
        Alone::Given => return false,
        Alone::Polled(polled) => polled,
    };
    let _signals = SignalsBack;
    slot.set_completion(completion);
    counted(queue, |route| slot.go_on_alone(polled, route, |slot| queue.entered(slot)))
}

#[inline(always)]
fn start_on(workers: Result<&Workers>, slot: &SlotRef, queue: &Queue) -> bool {
    let workers = match workers {
        Ok(workers) => workers,
        Err(error) => return !slot.refuse(error),
    };
    let entered = |slot: &SlotRef| queue.entered(slot);
    if is_elsewhere(slot, workers) {
        queue.count();
        let sink = Some(Arc::clone(queue.port()));
        slot.start_there(Route::There { home: workers.next_port(), sink }, entered);
        return true;
    }
    let _signals = SignalsBack;
    let _context = context(slot, workers);
    counted(queue, |route| slot.start_here(route, entered))
}

/// Starts here by `start`, which answers whether it is done, and counts what is not. True as for
/// [`start`].
#[inline(always)]
fn counted(queue: &Queue, start: impl FnOnce(&mut dyn FnMut() -> Route) -> bool) -> bool {
    let mut counted = false;
    let done = start(&mut || {
        queue.count();
        counted = true;
        Route::Here(Arc::clone(queue.port()))
    });
    if done && counted {
        queue.uncount(); // it was cancelled meanwhile, and nothing comes through the queue
    }
    !done
}

/// Whether an operation is to be polled by a worker: by its placement, or since this thread ends.
fn is_elsewhere(slot: &SlotRef, workers: &Workers) -> bool {
    slot.placement() == Placement::Worker || !workers.can_enter()
}

/// The runtime's context, as long as this lives, for an operation that needs it.
#[inline]
pub(crate) fn context<'a>(slot: &SlotRef, workers: &'a Workers) -> Option<Entered<'a>> {
    let entered = slot.runtime().is_default() && runtime::in_default();
    if slot.spec().needs_runtime && !entered { workers.enter() } else { None }
}

/// Answers an operation in place of a start.
pub(crate) fn refuse(slot: &SlotRef, error: Error) {
    if !slot.ends_at_start() {
        slot.refuse(error);
    }
}

/// Sends the completion of an operation that was done at its start through `queue` all the same; false
/// if that hears nothing more.
pub(crate) fn deliver(slot: &SlotRef, queue: &Queue) -> bool {
    let hears = queue.hears();
    if hears {
        queue.count();
        slot.push_done(queue.port());
    }
    hears
}

/// Starts an operation whose completion is called on whatever thread finishes it. False as for
/// [`start`].
pub(crate) fn start_direct(slot: &SlotRef, completion: *mut Completion) -> bool {
    slot.set_completion(completion);
    if slot.ends_at_start() {
        return false;
    }
    match slot.runtime().admit_by_default() {
        Some(workers) => start_direct_on(workers, slot),
        None => slot.runtime().admit(|workers| start_direct_on(workers, slot)),
    }
}

fn start_direct_on(workers: Result<&Workers>, slot: &SlotRef) -> bool {
    let workers = match workers {
        Ok(workers) => workers,
        Err(error) => return !slot.refuse(error),
    };
    let route = || Route::There { home: workers.next_port(), sink: None };
    if is_elsewhere(slot, workers) {
        slot.start_there(route(), |_| ());
        return true;
    }
    let _signals = SignalsBack;
    let _context = context(slot, workers);
    !slot.start_here(route, |_| ())
}

/// Cancels an operation of which nobody will hear any more. The completion, if it was not taken.
pub(crate) fn abandon(slot: &SlotRef) -> *mut Completion {
    if fork::is_child() {
        return std::ptr::null_mut();
    }
    let completion = slot.take_completion();
    slot.cancel(Reason::Cancelled);
    completion.map_or(std::ptr::null_mut(), std::ptr::NonNull::as_ptr)
}

/// Sets the total deadline, counted from the start, in nanoseconds; negative counts as zero.
pub(crate) fn set_timeout(slot: &SlotRef, nanoseconds: i64) {
    slot.set_timeout(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0)));
}

/// The operation with something more asked of it; in its place one that answers what is wrong with that.
pub(crate) fn asked(op: Ticket, change: impl FnOnce(&mut CallOptions) -> Result<()>) -> Ticket {
    let slot = op.slot();
    match guard::entry(|| slot.ask(change)) {
        Ok(()) => op,
        Err(error) => Ticket(SlotRef::answered(slot.spec(), error).into_raw()),
    }
}

/// The answer where a value is not of the type that was asked for.
pub(crate) fn wrong_type() -> Error {
    let message = "the operation's value is not of the type that is taken: the bridge function \
                   and its C++ wrapper disagree";
    Error::new(ErrorCode::Internal, message)
}

/// Runs `body` contained where no error can be reported; the panic is counted.
#[inline]
pub(crate) fn quietly<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    contain_or(otherwise, body)
}

/// Asks for the end of an operation; it completes as cancelled, or as what it has become.
pub(crate) fn cancel(slot: &SlotRef) {
    if !fork::is_child() {
        slot.cancel(Reason::Cancelled);
    }
}

/// An operation that was answered with `error` before it began.
pub(crate) fn failed(error: Error) -> Ticket {
    Ticket(SlotRef::answered(Spec::NONE, error).into_raw())
}
