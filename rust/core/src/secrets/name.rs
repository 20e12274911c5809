//! Names of secrets.

use crate::{Error, Result};

/// The longest name, in bytes.
pub(super) const MAX_NAME: usize = 512;

/// What holds for a name wherever the secret is.
///
/// # Errors
/// `invalid_argument` that says what is wrong with it.
pub(super) fn check(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(bad("it is empty"));
    }
    if name.len() > MAX_NAME {
        return Err(bad(&format!("it has {} bytes, the limit is {MAX_NAME}", name.len())));
    }
    if name.chars().any(char::is_control) {
        return Err(bad(&format!("{name:?} has a control character")));
    }
    Ok(())
}

pub(super) fn bad(why: &str) -> Error {
    Error::invalid_argument("name", why)
}
