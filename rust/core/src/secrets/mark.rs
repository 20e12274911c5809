//! How versions of what has none are told apart: by a mark of the value that reveals nothing of it.

use std::fmt::Write;
use std::sync::OnceLock;

use ring::hmac;
use ring::rand::SystemRandom;

use crate::{Error, ErrorCode, Result};

/// So much of a digest is a version: 128 bits.
const MARK: usize = 16;

/// The mark of a value, as hexadecimal digits: a digest under a key that only this process has, and
/// that is never written anywhere. Equal values have equal marks here, and from a mark nobody can
/// find even a short password by trying. It means nothing in another process.
///
/// # Errors `internal` if the kernel has no random numbers for the key.
pub(super) fn mark(value: &[u8]) -> Result<String> {
    static KEY: OnceLock<hmac::Key> = OnceLock::new();
    let key = match KEY.get() {
        Some(key) => key,
        None => {
            let made = new_key()?;
            KEY.get_or_init(|| made)
        }
    };
    Ok(mark_by(key, value))
}

fn new_key() -> Result<hmac::Key> {
    hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
        .map_err(|_| Error::new(ErrorCode::Internal, "the kernel gives no random numbers"))
}

fn mark_by(key: &hmac::Key, value: &[u8]) -> String {
    let mut mark = String::with_capacity(2 * MARK);
    for byte in hmac::sign(key, value).as_ref().iter().take(MARK) {
        // Writing to a string cannot fail.
        let _ = write!(mark, "{byte:02x}");
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_marks_in_one_process_alone() {
        assert_eq!(mark(b"a").unwrap(), mark(b"a").unwrap());
        assert_ne!(mark(b"a").unwrap(), mark(b"b").unwrap());
        assert_eq!(mark(b"").unwrap().len(), 32);
        let others = new_key().unwrap();
        assert_ne!(mark(b"a").unwrap(), mark_by(&others, b"a"));
    }
}
