//! The default runtime: workers, each with a current-thread tokio runtime of its own, so that an
//! operation, its connection and its timers stay on one thread.
//!
//! It is created at the first start and lives as long as the process: nothing is torn down behind
//! the back of static destructors.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::{Builder, EnterGuard, Handle};
use tombolo::{Error, ErrorCode, Result};

use super::guard::{self, contain, install_hook};
use super::inbox::List;
use super::options::{self, Options, ThreadHook};
use super::port::{Port, Signal};
use super::{deadline, fork, log, metrics, thread, worker};

/// The total deadline of an operation that names none.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

struct Worker {
    port: Arc<Port>,
    handle: Handle,
}

/// The workers.
pub(crate) struct Runtime {
    workers: Vec<Worker>,
    turn: AtomicUsize,
}

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is one of the workers.
pub(crate) fn is_worker() -> bool {
    IS_WORKER.try_with(Cell::get).unwrap_or(false)
}

static RUNTIME: OnceLock<Result<Runtime>> = OnceLock::new();

/// Runs `body` with the runtime's context entered where there is one: a future or an object of the
/// core that is dropped may have blocking work to hand on.
pub(crate) fn within<T>(body: impl FnOnce() -> T) -> T {
    let runtime = RUNTIME.get().and_then(|runtime| runtime.as_ref().ok());
    let _context = runtime.filter(|runtime| runtime.can_enter()).and_then(Runtime::enter);
    body()
}

/// The default runtime, created at the first call.
///
/// # Errors
/// `resource_exhausted` if its threads could not be created; the same at every later call.
pub(crate) fn get() -> Result<&'static Runtime> {
    if fork::is_child() {
        return Err(fork::error());
    }
    RUNTIME.get_or_init(start).as_ref().map_err(Clone::clone)
}

#[cold]
fn start() -> Result<Runtime> {
    let options = options::take();
    let runtime = Runtime::start(&options);
    match &runtime {
        Ok(_) => log::runtime_started(options.workers, options.blocking_threads),
        Err(error) => log::runtime_failed(error),
    }
    runtime
}

/// tokio's context on this thread, as long as this lives.
pub(crate) type Entered<'a> = EnterGuard<'a>;

impl Runtime {
    fn start(options: &Options) -> Result<Self> {
        fork::watch();
        install_hook();
        if !deadline::start_thread(options) {
            return Err(no_thread());
        }
        let workers = (0..options.workers).map(|number| start_worker(options, number));
        let workers = workers.collect::<Result<_>>()?;
        Ok(Self { workers, turn: AtomicUsize::new(0) })
    }

    /// The port of the worker whose turn it is.
    pub(crate) fn next_port(&self) -> Arc<Port> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.workers.len().max(1);
        match self.workers.get(turn) {
            Some(worker) => Arc::clone(&worker.port),
            None => Arc::new(Port::new(Signal::Task(OnceLock::new()))), // never: there are workers
        }
    }

    /// Whether the runtime's context can be entered here: not on a thread that is ending, the main
    /// thread included when static destructors run. Tokio's thread-locals are gone there, and it
    /// would say so by a panic.
    #[inline]
    pub(crate) fn can_enter(&self) -> bool {
        ENTERABLE.get() || self.try_enter()
    }

    #[cold]
    fn try_enter(&self) -> bool {
        let entered = contain(|| drop(self.enter())).is_ok();
        ENTERABLE.set(entered && END.try_with(|_| ()).is_ok());
        entered
    }

    /// Enters the runtime's context on this thread, for timers and blocking work; see
    /// [`Runtime::can_enter`].
    #[inline]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        self.workers.first().map(|worker| worker.handle.enter())
    }
}

thread_local! {
    /// Whether tokio's thread-locals are known to be there, so that entering needs no guard. Without
    /// a destructor, so that it can be asked to the very end.
    static ENTERABLE: Cell<bool> = const { Cell::new(false) };
    static END: End = const { End };
}

/// Destroyed before tokio's thread-locals, since it is first used after them.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        ENTERABLE.set(false);
    }
}

fn start_worker(options: &Options, number: usize) -> Result<Worker> {
    let hook = options.on_thread_start;
    let mut builder = Builder::new_current_thread();
    builder
        .enable_all()
        .max_blocking_threads(options.blocking_threads)
        .thread_name(format!("{}-blocking", options.thread_name))
        .on_thread_start(move || {
            // Tokio makes such a thread where the work is asked for, which may be the host's.
            thread::block_signals();
            guard::quiet_thread();
            metrics::BLOCKING_THREADS.add(1);
            hook.into_iter().for_each(ThreadHook::run);
        })
        .on_thread_stop(|| metrics::BLOCKING_THREADS.remove(1));
    if options.stack_size > 0 {
        builder.thread_stack_size(options.stack_size);
    }
    let runtime = builder.build().map_err(|error| no_thread().with_cause(error))?;
    let handle = runtime.handle().clone();
    let port = Arc::new(Port::new(Signal::Task(OnceLock::new())));
    let drained = Arc::clone(&port);
    let started = thread::spawn(options, &number.to_string(), move || {
        IS_WORKER.set(true);
        let mut taken = List::EMPTY;
        loop {
            // The loop never ends; should a bug of ours panic in it, the worker goes on.
            let _ =
                contain(|| runtime.block_on(poll_fn(|cx| worker::drain(&drained, &mut taken, cx))));
        }
    });
    if !started {
        return Err(no_thread());
    }
    metrics::WORKERS.add(1);
    Ok(Worker { port, handle })
}

pub(crate) fn no_thread() -> Error {
    Error::new(ErrorCode::ResourceExhausted, "a thread of the runtime could not be created")
}
