//! What happens after `fork`: the child has none of the threads, so no call of ours works there.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use tombolo::{Error, ErrorCode, ErrorKind};

static FORKED: AtomicBool = AtomicBool::new(false);
static REGISTER: Once = Once::new();

/// Whether this process is a child that was forked after Tombolo's first use. One relaxed load.
#[inline]
pub(crate) fn is_child() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// Watches for forks from now on. A child forked before the first use is a process of its own.
pub(crate) fn watch() {
    REGISTER.call_once(|| {
        unsafe extern "C" fn in_child() {
            FORKED.store(true, Ordering::Relaxed);
        }
        // SAFETY: the handler only stores to an atomic, which is async-signal-safe. Failure
        // (out of memory) leaves forks unwatched, which nothing can be done about.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

/// The answer of every call in a forked child.
pub(crate) fn error() -> Error {
    let message = "Tombolo was in use when this process was forked; call exec first, or fork \
                   before the first use";
    Error::new(ErrorCode::FailedPrecondition, message).with_kind(ErrorKind::Forked)
}
