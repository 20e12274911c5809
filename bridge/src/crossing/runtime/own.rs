//! Which runtime an operation is for, and runtimes of their own.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_core::Stream;
use tombolo::Result;

use super::context::OutOfDefault;
use super::{Workers, default};
use crate::crossing::abi::{StreamTicket, Ticket};
use crate::crossing::load::{self, Load};
use crate::crossing::name::Name;
use crate::crossing::operation::{self, Spec};
use crate::crossing::options::Options;
use crate::crossing::slot::Reason;
use crate::crossing::{deadline, fork, log, stream};

/// A runtime that C++ has made.
pub struct Own {
    name: Name,
    workers: Workers,
    load: Load,
}

/// Those that there are, for [`each_own`].
static ALL: Mutex<Vec<Weak<Own>>> = Mutex::new(Vec::new());

/// How many threads and operations a runtime of its own has.
pub(crate) struct Counts {
    pub(crate) workers: u64,
    pub(crate) blocking_threads: u64,
    pub(crate) in_flight: u64,
}

/// Each runtime of its own; none in a forked child.
pub(crate) fn each_own(mut see: impl FnMut(Name, Counts)) {
    if fork::is_child() {
        return; // the lock may be held by a thread that does not exist here
    }
    // Held beyond the lock, since one of these holds may become the last.
    let all: Vec<_> = all().iter().filter_map(Weak::upgrade).collect();
    for own in all {
        let counts = Counts {
            workers: own.workers.workers.len() as u64,
            blocking_threads: own.workers.blocking.get(),
            in_flight: own.load.in_flight() as u64,
        };
        see(own.name, counts);
    }
}

fn all() -> MutexGuard<'static, Vec<Weak<Own>>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the operations of an object run: on the default runtime, or on one of its own, which lives
/// as long as anything holds it: C++, an object, an operation in flight. Cheap to clone.
#[derive(Clone, Default)]
pub struct Runtime(pub(crate) Option<Arc<Own>>);

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// The default one, which is made when its first operation starts.
    pub const DEFAULT: Self = Self(None);

    /// As [`crate::op`], for an operation that runs here.
    pub fn op<T, F>(&self, spec: Spec, build: impl FnOnce() -> Result<F>) -> Ticket
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        operation::op_at(self, spec, build)
    }

    /// As [`crate::stream()`], for a stream whose every `next` runs here.
    pub fn stream<T, S>(&self, spec: Spec, build: impl FnOnce() -> Result<S>) -> StreamTicket
    where
        T: Send + 'static,
        S: Stream<Item = Result<T>> + Send + 'static,
    {
        stream::stream_at(self, spec, build)
    }

    /// Runs `body` with the runtime's context entered, where there is one: for the drop of an object
    /// that may have blocking work to hand on.
    pub fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(own) => own.workers.within(body),
            None => default::within(body),
        }
    }

    /// Makes a runtime.
    ///
    /// # Errors
    /// `resource_exhausted` if its threads could not be created.
    pub(crate) fn create(options: &Options) -> Result<Self> {
        let workers = Workers::start(options)?;
        log::runtime_started(options);
        let (name, load) = (Name::new(&options.thread_name), Load::new(options.max_in_flight));
        let own = Arc::new(Own { name, workers, load });
        let mut all = all();
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(&own));
        Ok(Self(Some(own)))
    }

    /// Empty for the default one.
    pub(crate) fn name(&self) -> Name {
        self.0.as_ref().map_or_else(Name::default, |own| own.name)
    }

    pub(crate) fn is_default(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn load(&self) -> &Load {
        match &self.0 {
            Some(own) => &own.load,
            None => &load::DEFAULT,
        }
    }

    /// If it is the default one: its workers, for an operation that is to start, or why it may not.
    /// Who starts one asks here first, so that the path for all others stays out of the way.
    #[inline]
    pub(crate) fn admit_by_default(&self) -> Option<Result<&'static Workers>> {
        if !self.is_default() {
            return None;
        }
        Some(load::DEFAULT.admit().and_then(|()| default::get()))
    }

    /// If it is the default one: its workers, which stay for good.
    #[inline]
    pub(crate) fn workers_by_default(&self) -> Option<Result<&'static Workers>> {
        self.is_default().then(default::get)
    }

    /// As [`Runtime::with_workers`], for an operation that is to start, if it may.
    #[cold]
    pub(crate) fn admit<R>(&self, body: impl FnOnce(Result<&Workers>) -> R) -> R {
        match self.load().admit() {
            Ok(()) => self.with_workers(body),
            Err(error) => body(Err(error)),
        }
    }

    /// Runs `body` with its workers, which stay meanwhile, whoever lets go; or with the error of
    /// [`default::get`], or of a forked child.
    pub(crate) fn with_workers<R>(&self, body: impl FnOnce(Result<&Workers>) -> R) -> R {
        match &self.0 {
            None => body(default::get()),
            Some(_) if fork::is_child() => body(Err(fork::error())),
            Some(own) => {
                let held = Arc::clone(own);
                let _context = OutOfDefault::new();
                body(Ok(&held.workers))
            }
        }
    }

    /// Cancels what is in flight here and refuses what comes. Nothing of the default one, which
    /// lives as long as the process.
    pub(crate) fn shut_down(&self) {
        let Some(own) = &self.0 else { return };
        own.load.shut();
        if fork::is_child() {
            return; // the table's lock may be held by a thread that does not exist here
        }
        for slot in deadline::all_that(|slot| self.is(slot.runtime())) {
            slot.cancel(Reason::RuntimeShutdown);
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (None, None) => true,
            _ => false,
        }
    }
}
