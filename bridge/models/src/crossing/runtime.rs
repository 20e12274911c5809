//! The runtime of the models: no tokio to enter, and one worker at most, which the model brings.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tombolo::{Error, Result};

use super::load::{self, Load};
use super::name::Name;
use super::port::Port;

pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// The default one.
#[derive(Clone, Default)]
pub(crate) struct Runtime;

pub(crate) struct Workers {
    pub(crate) busy_poll: Duration,
}

static WORKERS: Workers = Workers { busy_poll: Duration::ZERO };

/// Never made.
pub(crate) struct Entered<'a>(PhantomData<&'a Workers>);

pub(crate) struct SignalsBack;

pub(crate) struct DrainContext;

impl DrainContext {
    pub(crate) fn enter(_: &'static Workers) -> Self {
        Self
    }
}

pub(crate) fn in_default() -> bool {
    false
}

thread_local! {
    // All threads of a model run on the thread of its test.
    static WORKER: RefCell<Weak<Port>> = const { RefCell::new(Weak::new()) };
}

/// Makes whoever drains `port` the worker of this execution.
pub(crate) fn employ(port: &Arc<Port>) {
    WORKER.set(Arc::downgrade(port));
}

pub(crate) fn is_worker() -> bool {
    false
}

pub(crate) fn busy_poll() -> Duration {
    Duration::ZERO
}

pub(crate) fn has_started() -> bool {
    true
}

pub(crate) fn let_signals_in() {}

pub(crate) fn no_thread() -> Error {
    unreachable!("no model is short of threads")
}

impl Runtime {
    pub(crate) const DEFAULT: Self = Self;

    pub(crate) fn is_default(&self) -> bool {
        true
    }

    pub(crate) fn name(&self) -> Name {
        Name::default()
    }

    pub(crate) fn load(&self) -> &Load {
        &load::DEFAULT
    }

    pub(crate) fn admit_by_default(&self) -> Option<Result<&'static Workers>> {
        Some(Ok(&WORKERS))
    }

    pub(crate) fn workers_by_default(&self) -> Option<Result<&'static Workers>> {
        Some(Ok(&WORKERS))
    }

    pub(crate) fn admit<R>(&self, body: impl FnOnce(Result<&Workers>) -> R) -> R {
        self.with_workers(body)
    }

    pub(crate) fn with_workers<R>(&self, body: impl FnOnce(Result<&Workers>) -> R) -> R {
        body(Ok(&WORKERS))
    }

    pub(crate) fn within<T>(&self, body: impl FnOnce() -> T) -> T {
        body()
    }
}

impl Workers {
    pub(crate) fn next_port(&self) -> Arc<Port> {
        let worker = WORKER.with_borrow(Weak::upgrade);
        worker.unwrap_or_else(|| unreachable!("the model has no worker"))
    }

    pub(crate) fn can_enter(&self) -> bool {
        true
    }

    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        None
    }
}
