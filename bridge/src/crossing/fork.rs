//! What happens after `fork`: the child has none of the threads, so no call of ours works there.

use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};

use tombolo::{Error, ErrorCode, ErrorKind};

static STATE: AtomicU8 = AtomicU8::new(UNWATCHED);
const UNWATCHED: u8 = 0;
const WATCHED: u8 = 1;
const CHILD: u8 = 2;

/// Whether this process is a child that was forked after Tombolo's first use. One relaxed load.
#[inline]
pub(crate) fn is_child() -> bool {
    STATE.load(Ordering::Relaxed) == CHILD
}

/// Whether forks are watched for, and this is no child.
#[inline]
pub(crate) fn is_watched() -> bool {
    STATE.load(Ordering::Acquire) == WATCHED
}

/// Watches for forks from now on. A child forked before the first use is a process of its own.
pub(crate) fn watch() {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        unsafe extern "C" fn in_child() {
            STATE.store(CHILD, Ordering::Relaxed);
        }
        // SAFETY: the handler only stores to an atomic, which is async-signal-safe. Failure
        // (out of memory) leaves forks unwatched, which nothing can be done about.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        // Not in a child that was forked just now.
        let _ = STATE.compare_exchange(UNWATCHED, WATCHED, Ordering::Release, Ordering::Relaxed);
    });
}

/// The answer of every call in a forked child.
pub(crate) fn error() -> Error {
    let message = "Tombolo was in use when this process was forked; call exec first, or fork \
                   before the first use";
    Error::new(ErrorCode::FailedPrecondition, message).with_kind(ErrorKind::Forked)
}
