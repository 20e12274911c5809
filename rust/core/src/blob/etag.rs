//! New etags of the embedded stores.

use std::fmt::Write;

use rustix::rand::{GetRandomFlags, getrandom};

use crate::{Error, ErrorCode, Result};

/// A tag that no other write has or will have: 128 random bits as 32 hexadecimal digits.
///
/// Random rather than counted, so that a store in a folder needs no counter shared by processes,
/// and a tag never returns after its object was deleted and written again.
///
/// # Errors
/// `internal` if the kernel has no random bytes to give, which Linux excludes after boot.
pub(crate) fn new_etag() -> Result<String> {
    let mut bits = [0u8; 16];
    // Reads of up to 256 bytes are never cut short (getrandom(2)), only interrupted before boot
    // has gathered entropy.
    let read = rustix::io::retry_on_intr(|| getrandom(&mut bits, GetRandomFlags::empty()))
        .map_err(|e| no_random_bytes().with_cause(std::io::Error::from(e)))?;
    if read != bits.len() {
        return Err(no_random_bytes());
    }
    let mut tag = String::with_capacity(32);
    for byte in bits {
        // Writing to a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    Ok(tag)
}

fn no_random_bytes() -> Error {
    Error::new(ErrorCode::Internal, "no random bytes for a new etag")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_32_hexadecimal_digits_and_differ() {
        let (a, b) = (new_etag().unwrap(), new_etag().unwrap());
        assert_eq!(a.len(), 32);
        assert!(a.bytes().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()));
        assert_ne!(a, b);
    }
}
