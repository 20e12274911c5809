//! Panics become errors: [`contain`] catches one where it can still be told, with its message and
//! its place, and without a word on stderr.
//!
//! The seam runs every entry, poll and drop in it. Work that is handed to another thread is to do so
//! itself, since what awaits it sees the payload of a panic and no longer its place.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::error;

use crate::{Effect, Error, ErrorCode, ErrorKind, Result};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
    static QUIET_THREAD: Cell<bool> = const { Cell::new(false) };
}

static CONTAINED: AtomicU64 = AtomicU64::new(0);

/// How many panics were contained since the process began.
#[must_use]
pub fn contained() -> u64 {
    CONTAINED.load(Ordering::Relaxed)
}

/// Runs `body`; a panic becomes an error with code `internal`, kind `Panic` and effect `Unknown`.
///
/// Once [`install_hook`] was called, the hook of the host is not called for such a panic, since it
/// is reported by value, and the message says where it was.
///
/// # Errors
/// The contained panic.
#[inline]
pub fn contain<T>(body: impl FnOnce() -> T) -> Result<T> {
    // A thread whose locals are gone already is exiting: the panic is contained all the same, and
    // only its location is not known.
    quiet(body).map_err(describe)
}

/// As [`contain`], where nobody can be told of a panic: it is counted, and `otherwise` is the answer.
#[inline]
pub fn contain_or<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    match quiet(body) {
        Ok(answer) => answer,
        Err(payload) => {
            drop(describe(payload));
            otherwise
        }
    }
}

#[inline]
fn quiet<T>(body: impl FnOnce() -> T) -> std::thread::Result<T> {
    let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
    let outcome = catch_unwind(AssertUnwindSafe(body));
    let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    outcome
}

/// Says that whoever runs work on this thread catches its panics: they are counted, and the hook of
/// the host is not called for them.
pub fn quiet_thread() {
    QUIET_THREAD.set(true);
}

/// The error of a panic that was caught elsewhere, as a task's; its place is not known then.
#[cold]
pub fn describe(payload: Box<dyn Any + Send>) -> Error {
    CONTAINED.fetch_add(1, Ordering::Relaxed);
    let location = LOCATION.try_with(RefCell::take).ok().flatten();
    let text = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic whose payload is not text".to_owned());
    // A payload may panic when dropped, and that panic's payload again: the second is leaked.
    if let Err(second) = quiet(move || drop(payload)) {
        std::mem::forget(second);
    }
    let at = location.map_or_else(String::new, |location| format!(" at {location}"));
    let message = format!("a panic was contained{at}: {text}");
    tell(&message);
    Error::new(ErrorCode::Internal, message)
        .with_kind(ErrorKind::Panic)
        .with_effect(Effect::Unknown)
}

/// Whoever listens may panic, too.
fn tell(message: &str) {
    let told = quiet(|| error!(target: "tombolo::panic", "{message}"));
    if let Err(second) = told {
        std::mem::forget(second);
    }
}

/// Puts a quiet hook before the host's own, which still hears of every panic that is not contained.
/// Does nothing when called again.
pub fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let hosts = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) > 0 {
                remember(info);
            } else if QUIET_THREAD.try_with(Cell::get).unwrap_or(false) {
                CONTAINED.fetch_add(1, Ordering::Relaxed);
            } else {
                hosts(info);
            }
        }));
    });
}

fn remember(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    let _ = LOCATION.try_with(|cell| *cell.borrow_mut() = location);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any("dropped")
        }
    }

    #[test]
    fn a_panic_becomes_an_error_with_message_and_location() {
        install_hook();
        let error = contain(|| panic!("number {}", 7)).unwrap_err();
        assert_eq!((error.code(), error.kind()), (ErrorCode::Internal, ErrorKind::Panic));
        assert!(error.message().contains("number 7"), "{error}");
        assert!(error.message().contains("panic.rs:"), "{error}");
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_contained() {
        let before = contained();
        let error = contain(|| std::panic::panic_any(Bomb)).unwrap_err();
        assert!(error.message().contains("payload is not text"));
        assert!(contained() > before); // other tests of this program may panic meanwhile
    }
}
