//! The runtime of all operations that name no other.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tombolo::Result;

use super::Workers;
use crate::crossing::{fork, log, options};

static WORKERS: OnceLock<Workers> = OnceLock::new();

/// Runs `body` with the runtime's context entered where there is one: a future or an object of the
/// core that is dropped may have blocking work to hand on.
pub(crate) fn within<T>(body: impl FnOnce() -> T) -> T {
    match WORKERS.get() {
        Some(workers) => workers.within(body),
        None => body(),
    }
}

/// Whether it runs. Not asked in a forked child.
#[inline]
pub(crate) fn has_started() -> bool {
    WORKERS.get().is_some()
}

/// How long a thread that waits for operations, whoever runs them, looks for more before it sleeps.
pub(crate) fn busy_poll() -> Duration {
    WORKERS.get().map_or(Duration::ZERO, |workers| workers.busy_poll)
}

/// The default runtime, created at the first call.
///
/// # Errors
/// `resource_exhausted` if its threads could not be created; the next call tries again.
#[inline]
pub(crate) fn get() -> Result<&'static Workers> {
    if fork::is_child() {
        return Err(fork::error());
    }
    match WORKERS.get() {
        Some(workers) => Ok(workers),
        None => start(),
    }
}

#[cold]
fn start() -> Result<&'static Workers> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _alone = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(workers) = WORKERS.get() {
        return Ok(workers);
    }
    let options = options::take();
    match Workers::start(&options) {
        Ok(workers) => {
            log::runtime_started(&options);
            Ok(WORKERS.get_or_init(|| workers))
        }
        Err(error) => {
            options::give_back();
            log::runtime_failed(&error);
            Err(error)
        }
    }
}
