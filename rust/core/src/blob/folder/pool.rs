//! Blocking work, off the polling thread and bounded per store. Together with [`super::sys`] the
//! place where `io_uring` could come in: whatever blocks goes through [`Pool::run`].
//!
//! A future that is dropped while its work waits takes the work with it; work that runs sees its
//! [`Cancel`] between steps of at most 1 MiB.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{AbortHandle, JoinError};
use tracing::Span;

use super::{FolderOptions, thread};
use crate::{Error, ErrorCode, ErrorKind, Result, panic};

/// The most bytes that one step reads, writes or copies before it looks at its [`Cancel`].
pub(super) const STEP: usize = 1 << 20;

/// The bounds on blocking work of one store.
pub(super) struct Pool {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    options: FolderOptions,
}

/// A place among the admitted, held from the start of an operation until its last step has ended.
#[derive(Clone)]
pub(super) struct Ticket {
    _place: Arc<OwnedSemaphorePermit>,
}

/// Whether anybody still waits for the work.
#[derive(Clone, Default)]
pub(super) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// `cancelled` once nobody waits any more.
    pub(super) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            return Err(nobody_waits());
        }
        Ok(())
    }

    fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn nobody_waits() -> Error {
    Error::new(ErrorCode::Cancelled, "its future was dropped")
}

impl Pool {
    pub(super) fn new(options: FolderOptions) -> Self {
        let running = options.max_running.clamp(1, Semaphore::MAX_PERMITS);
        let admitted = running.saturating_add(options.max_queued).min(Semaphore::MAX_PERMITS);
        Self {
            admitted: Arc::new(Semaphore::new(admitted)),
            running: Arc::new(Semaphore::new(running)),
            options,
        }
    }

    /// A place, or `resource_exhausted` at once.
    pub(super) fn admit(&self) -> Result<Ticket> {
        let place = self.admitted.clone().try_acquire_owned().map_err(|_| self.full())?;
        Ok(Ticket { _place: Arc::new(place) })
    }

    /// A place for what was admitted before and goes on: a reader's next piece, a listing's next
    /// page. It waits for its turn, since refusing would lose what was done so far.
    pub(super) async fn readmit(&self) -> Result<Ticket> {
        let place = self.admitted.clone().acquire_owned().await.map_err(|_| no_runtime())?;
        Ok(Ticket { _place: Arc::new(place) })
    }

    fn full(&self) -> Error {
        let FolderOptions { max_running, max_queued, .. } = self.options;
        let message = format!(
            "{max_running} operations run and {max_queued} wait already; try again later, or raise \
             max_running or max_queued"
        );
        Error::new(ErrorCode::ResourceExhausted, message).with_retryable(true)
    }

    /// Runs `work` on a blocking thread of the runtime, when its turn comes.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        ticket: &Ticket,
        work: impl FnOnce(&Cancel) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let slot = self.running.clone().acquire_owned().await.map_err(|_| no_runtime())?;
        let runtime = Handle::try_current().map_err(|_| no_runtime())?;
        let (cancel, ticket) = (Cancel::default(), ticket.clone());
        let seen = cancel.clone();
        let span = Span::current();
        let work = move || {
            let _span = span.enter();
            // Declared first, so given back last: after all that the work holds.
            let _held = (slot, ticket);
            let _here = OnPool::enter();
            // Here, where the place of a panic can still be told.
            let work = || seen.check().and_then(|()| work(&seen));
            panic::contain(work).and_then(|answer| answer)
        };
        let task = thread::spawn(&runtime, work).map_err(|refused| {
            cancel.cancel();
            refused.into_error()
        })?;
        let guard = CancelOnDrop { cancel, task: task.abort_handle() };
        let answer = task.await;
        drop(guard);
        answer.map_err(not_finished)?.unwrap_or_else(|| Err(nobody_waits()))
    }
}

fn no_runtime() -> Error {
    let message = "it was polled outside of a tokio runtime, which blocking work needs";
    Error::new(ErrorCode::FailedPrecondition, message)
}

fn not_finished(e: JoinError) -> Error {
    match e.try_into_panic() {
        Ok(payload) => panic::describe(payload),
        Err(_) => Error::new(ErrorCode::Cancelled, "the runtime is shutting down")
            .with_kind(ErrorKind::Shutdown),
    }
}

/// Tells the work that nobody waits, and takes it out of the runtime's queue if it is still there.
struct CancelOnDrop {
    cancel: Cancel,
    task: AbortHandle,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.task.abort();
    }
}

thread_local! {
    static ON_POOL: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one where blocking is allowed.
struct OnPool;

impl OnPool {
    fn enter() -> Self {
        ON_POOL.set(true);
        Self
    }
}

impl Drop for OnPool {
    fn drop(&mut self) {
        ON_POOL.set(false);
    }
}

/// Where to drop what may block at its end, such as the last descriptor of an unlinked file, which
/// frees its blocks.
pub(super) struct DropPlace(Option<Handle>);

impl DropPlace {
    /// On the blocking threads of the runtime that is current here: whoever drops the value later
    /// may be a thread of the service, which knows of no runtime.
    pub(super) fn here() -> Self {
        Self(Handle::try_current().ok())
    }

    /// On the thread that drops it, which may block.
    pub(super) fn wherever() -> Self {
        Self(None)
    }

    /// Drops `value` there, or on this thread if it is one that may block. Where there is no other
    /// thread, without a runtime or because the system gives none, it is dropped here.
    pub(super) fn drop<T: Send + 'static>(&self, value: T) {
        match &self.0 {
            // Not bounded by the pool: it must happen, and each such value was paid for by a ticket.
            Some(runtime) if !ON_POOL.get() => {
                std::mem::drop(thread::spawn(runtime, move || std::mem::drop(value)));
            }
            _ => std::mem::drop(value),
        }
    }
}
