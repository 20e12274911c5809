//! Nothing unwinds across the seam: every entry, poll and drop runs in [`contain`].

#[cfg(not(panic = "unwind"))]
compile_error!(
    "tombolo-bridge contains panics by unwinding: remove panic = \"abort\" from the profile"
);

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use tombolo::{Effect, Error, ErrorCode, ErrorKind, Result};

use super::fork;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
    static OWN_THREAD: Cell<bool> = const { Cell::new(false) };
}

static CONTAINED: AtomicU64 = AtomicU64::new(0);

/// How many panics were contained since the process began.
#[must_use]
pub fn panics_contained() -> u64 {
    CONTAINED.load(Ordering::Relaxed)
}

/// Runs `body`; a panic becomes an error with code `internal` and kind `Panic`.
///
/// The panic hook of the host is not called for such a panic, since it is reported by value.
///
/// # Errors
/// What `body` answers, or the contained panic.
pub(crate) fn contain<T>(body: impl FnOnce() -> T) -> Result<T> {
    // A thread whose locals are gone already is exiting: the panic is contained all the same, and
    // only its location is not known.
    quiet(body).map_err(describe)
}

fn quiet<T>(body: impl FnOnce() -> T) -> std::thread::Result<T> {
    let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
    let outcome = catch_unwind(AssertUnwindSafe(body));
    let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    outcome
}

/// Says that all of this thread's work is ours and catches its panics by itself: blocking work,
/// which is reported by value where it is awaited.
pub(crate) fn own_thread() {
    OWN_THREAD.set(true);
}

/// The body of a synchronous entry: refuses in a forked child, contains panics.
///
/// # Errors
/// What `body` answers, a contained panic, or the refusal after `fork`.
pub fn entry<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    if fork::is_child() {
        return Err(fork::error());
    }
    fork::watch();
    install_hook();
    contain(body).and_then(|answer| answer)
}

/// Drops `value`; a panic in its destructor is contained and counted.
pub(crate) fn contained_drop<T>(value: T) {
    let _ = contain(move || drop(value));
}

#[cold]
fn describe(payload: Box<dyn Any + Send>) -> Error {
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
    Error::new(ErrorCode::Internal, format!("a panic was contained{at}: {text}"))
        .with_kind(ErrorKind::Panic)
        .with_effect(Effect::Unknown)
}

/// Puts our quiet hook before the host's own, which still hears of every panic that is not ours.
pub(crate) fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let hosts = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) > 0 {
                remember(info);
            } else if OWN_THREAD.try_with(Cell::get).unwrap_or(false) {
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
        let error = entry::<()>(|| panic!("number {}", 7)).unwrap_err();
        assert_eq!((error.code(), error.kind()), (ErrorCode::Internal, ErrorKind::Panic));
        assert!(error.message().contains("number 7"), "{error}");
        assert!(error.message().contains("guard.rs:"), "{error}");
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_contained() {
        let error = entry::<()>(|| std::panic::panic_any(Bomb)).unwrap_err();
        assert!(error.message().contains("payload is not text"));
        let before = panics_contained();
        contained_drop(Bomb);
        assert!(panics_contained() > before); // other tests count theirs meanwhile
    }
}
