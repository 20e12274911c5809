//! Making the threads of a runtime.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Builder;
use tombolo::Result;

use super::context::{become_worker, hold_signals_back};
use super::idle::{self, Idle};
use super::{Worker, Workers, no_thread};
use crate::crossing::guard::{self, contain};
use crate::crossing::inbox::List;
use crate::crossing::metrics::Gauge;
use crate::crossing::options::{self, Options};
use crate::crossing::patience::Patience;
use crate::crossing::port::{Port, Signal};
use crate::crossing::{deadline, metrics, thread, worker};

impl Workers {
    /// # Errors
    /// `resource_exhausted` if the system has not enough threads or descriptors; those that were
    /// made end.
    pub(super) fn start(options: &Options) -> Result<Self> {
        guard::begin()?;
        watch_deadlines()?;
        let mut started = Self {
            workers: Vec::new(),
            turn: AtomicUsize::new(0),
            blocking: Arc::new(Gauge::new()),
            teardown: options.teardown,
            busy_poll: options.busy_poll,
        };
        for number in 0..options.workers {
            started.workers.push(start_worker(options, number, &started.blocking)?);
        }
        Ok(started)
    }
}

/// Makes the thread of deadlines, one for all runtimes, as the default runtime's are made.
fn watch_deadlines() -> Result<()> {
    static WATCHED: Mutex<bool> = Mutex::new(false);
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*watched {
        *watched = deadline::start_thread(&options::of_default());
    }
    if *watched { Ok(()) } else { Err(no_thread()) }
}

fn start_worker(options: &Options, number: usize, blocking: &Arc<Gauge>) -> Result<Worker> {
    let runtime =
        tokio_of(options, blocking).build().map_err(|error| no_thread().with_cause(error))?;
    let handle = runtime.handle().clone();
    let port = Arc::new(Port::new(Signal::Task(OnceLock::new())));
    let stopped = Arc::new(AtomicBool::new(false));
    let (drained, told, teardown) = (Arc::clone(&port), Arc::clone(&stopped), options.teardown);
    let idle = Idle {
        port: Arc::clone(&port),
        tasks: handle.metrics(),
        longest: options.busy_poll,
        patience: Patience::new(),
    };
    let body = move || {
        become_worker();
        idle::looking(idle, || work(&drained, &told, &runtime));
        metrics::WORKERS.remove(1);
        end(runtime, teardown);
    };
    metrics::WORKERS.add(1); // before it can end
    let Some(thread) = thread::spawn(options, &number.to_string(), body) else {
        metrics::WORKERS.remove(1);
        return Err(no_thread());
    };
    Ok(Worker { port, stopped, handle, thread })
}

fn tokio_of(options: &Options, blocking: &Arc<Gauge>) -> Builder {
    let (begun, ended) = (Arc::clone(blocking), Arc::clone(blocking));
    let hook = options.on_thread_start.clone();
    let name = format!("{}-blocking", options.thread_name);
    let mut builder = Builder::new_current_thread();
    builder
        .enable_all()
        .max_blocking_threads(options.blocking_threads)
        .on_thread_park(idle::before_sleep)
        // Asked for where the work is, which may be a thread of the host's, just before the new
        // thread is made there.
        .thread_name_fn(move || {
            hold_signals_back();
            name.clone()
        })
        .on_thread_start(move || {
            thread::become_ours();
            guard::quiet_thread();
            metrics::BLOCKING_THREADS.add(1);
            begun.add(1);
            hook.iter().for_each(options::ThreadHook::run);
        })
        .on_thread_stop(move || {
            metrics::BLOCKING_THREADS.remove(1);
            ended.remove(1);
        });
    if options.stack_size > 0 {
        builder.thread_stack_size(options.stack_size);
    }
    builder
}

/// The loop of a worker, until it is stopped.
fn work(port: &Port, stopped: &AtomicBool, runtime: &tokio::runtime::Runtime) {
    let mut taken = List::EMPTY;
    let mut turn = |cx: &mut std::task::Context<'_>| match stopped.load(Ordering::Acquire) {
        true => Poll::Ready(()),
        false => worker::drain(port, &mut taken, cx),
    };
    while !stopped.load(Ordering::Acquire) {
        // Should a bug of ours panic in it, the worker goes on.
        let _ = contain(|| runtime.block_on(poll_fn(&mut turn)));
    }
}

/// Drops what is left: tasks of the core, which nobody waits for, and blocking work in the queue.
/// Blocking work that runs is waited for, but not for long.
fn end(runtime: tokio::runtime::Runtime, teardown: Duration) {
    let _ = contain(|| runtime.shutdown_timeout(teardown));
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn threads_for_blocking_work_are_counted_while_they_are_there() {
        let blocking = Arc::new(Gauge::new());
        let mut builder = tokio_of(&Options::default(), &blocking);
        let runtime = builder.thread_keep_alive(Duration::from_millis(1)).build().unwrap();
        let seen = Arc::clone(&blocking);
        let counted = runtime.block_on(runtime.spawn_blocking(move || seen.get())).unwrap();
        assert_eq!(counted, 1);
        let given_up = Instant::now() + Duration::from_secs(60);
        while blocking.get() > 0 {
            assert!(Instant::now() < given_up, "a thread that is idle has ended, and is counted");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
