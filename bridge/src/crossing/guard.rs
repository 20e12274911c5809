//! Nothing unwinds across the seam: every entry, poll and drop runs in [`contain`].

#[cfg(not(panic = "unwind"))]
compile_error!(
    "tombolo-bridge contains panics by unwinding: remove panic = \"abort\" from the profile"
);

use tombolo::Result;
pub use tombolo::panic::contained as panics_contained;
use tombolo::panic::install_hook;
pub(crate) use tombolo::panic::{contain, contain_or, quiet_thread};

use super::fork;

/// The body of a synchronous entry: refuses in a forked child, contains panics.
///
/// # Errors
/// What `body` answers, a contained panic, or the refusal after `fork`.
#[inline]
pub fn entry<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    if !fork::is_watched() {
        begin()?;
    }
    contain(body).and_then(|answer| answer)
}

/// What comes before anything else: panics are kept quiet, forks are watched for.
///
/// # Errors
/// That of a forked child.
#[cold]
pub(crate) fn begin() -> Result<()> {
    if fork::is_child() {
        return Err(fork::error());
    }
    install_hook();
    fork::watch();
    Ok(())
}

/// Drops `value`; a panic in its destructor is contained and counted.
#[inline]
pub(crate) fn contained_drop<T>(value: T) {
    contain_or((), move || drop(value));
}
