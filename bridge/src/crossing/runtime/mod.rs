//! Runtimes: workers, each with a current-thread tokio runtime of its own, so that an operation, its
//! connection and its timers stay on one thread.
//!
//! The default one is made at the first start of an operation that names no other, and lives as long
//! as the process: nothing is torn down behind the back of static destructors. One of its own is made
//! when C++ asks for it, and ends with the last that holds it.

mod context;
mod default;
mod idle;
mod own;
mod start;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tombolo::{Error, ErrorCode};

pub(crate) use context::{
    DrainContext, Entered, SignalsBack, in_default, is_worker, let_signals_in,
};
pub(crate) use default::{busy_poll, has_started, within};
pub use own::Runtime;
pub(crate) use own::{Own, each_own};

use super::metrics::Gauge;
use super::port::{Port, Signal};
use super::thread::{self, Joinable};
use super::{fork, guard};

/// The total deadline of an operation that names none.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

struct Worker {
    port: Arc<Port>,
    stopped: Arc<AtomicBool>,
    handle: Handle,
    thread: Joinable,
}

/// The threads of a runtime. Dropping this ends them; see [`Workers::drop`].
pub(crate) struct Workers {
    workers: Vec<Worker>,
    turn: AtomicUsize,
    /// Its threads for blocking work.
    blocking: Arc<Gauge>,
    /// How long the end waits for the threads.
    teardown: Duration,
    /// How long a thread that waits looks for its outcome before it sleeps.
    pub(crate) busy_poll: Duration,
}

impl Workers {
    /// The port of the worker whose turn it is.
    pub(crate) fn next_port(&self) -> Arc<Port> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.workers.len().max(1);
        match self.workers.get(turn) {
            Some(worker) => Arc::clone(&worker.port),
            None => Arc::new(Port::new(Signal::Task(OnceLock::new()))), // never: there are workers
        }
    }
}

impl Drop for Workers {
    /// Tells the threads to end, and waits for them no longer than `teardown`; on a thread of ours,
    /// which may be the one to end, not at all. What does not end in time is left to itself: a thread
    /// in a poll or in blocking work that blocks ends after that.
    fn drop(&mut self) {
        let workers = std::mem::take(&mut self.workers);
        if fork::is_child() {
            return std::mem::forget(workers); // of threads that do not exist here
        }
        workers.iter().for_each(Worker::stop);
        if !thread::is_ours() {
            thread::join_all(workers.into_iter().map(|worker| worker.thread), self.teardown);
        }
    }
}

impl Worker {
    /// Has the worker end its loop: by a task of its own, which cannot run before the loop has left
    /// its waker.
    fn stop(&self) {
        let (port, stopped) = (Arc::clone(&self.port), Arc::clone(&self.stopped));
        let told = async move {
            stopped.store(true, Ordering::Release);
            port.wake();
        };
        let _ = guard::contain(|| self.handle.spawn(told));
    }
}

pub(crate) fn no_thread() -> Error {
    Error::new(ErrorCode::ResourceExhausted, "a thread of the runtime could not be created")
        .with_retryable(true)
}
