//! Doors to what is private, for the fuzz targets alone: no promise is made for any of it.

use tombolo::{Error, Result};

use super::abi::RawError;
use super::{errors, log, options};

/// The targets of a log sink, read and written again, with the level of all others at the end.
///
/// # Errors
/// `invalid_argument` for what cannot be read.
pub fn log_targets(targets: &[u8]) -> Result<String> {
    log::targets_again(super::text("targets", targets)?)
}

/// An error of C++'s as Rust has it: none for no error.
#[must_use]
pub fn error(code: u32, kind: u32, message: &[u8]) -> Option<Error> {
    let raw: RawError = errors::error_new(code, kind, message);
    raw.into_error()
}

/// The name of the runtime's threads, once all of its options were checked.
///
/// # Errors
/// `invalid_argument`, which names the option.
pub fn thread_name(numbers: [usize; 4], teardown_ns: i64, thread_name: &[u8]) -> Result<String> {
    options::thread_name(numbers, teardown_ns, thread_name)
}
