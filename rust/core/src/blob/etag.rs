//! New etags of the embedded stores.

use crate::{Result, random};

/// A tag that no other write has or will have: 128 random bits as 32 hexadecimal digits.
///
/// Random rather than counted, so that a store in a folder needs no counter shared by processes,
/// and a tag never returns after its object was deleted and written again.
///
/// # Errors
/// `internal` if the kernel has no random bytes to give, which Linux excludes after boot.
pub(crate) fn new_etag() -> Result<String> {
    new_etag_bits().map(|bits| text_of(&bits))
}

/// The same in binary.
///
/// # Errors
/// As [`new_etag`].
pub(crate) fn new_etag_bits() -> Result<[u8; 16]> {
    random::bits()
}

/// A tag as text. By hand, since every read of an object makes one, and `fmt` takes ten times as long.
pub(crate) fn text_of(bits: &[u8; 16]) -> String {
    let digit = |n: u8| char::from(if n < 10 { b'0' + n } else { b'a' + (n - 10) });
    let mut text = String::with_capacity(32);
    for byte in bits {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0xf));
    }
    text
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

    #[test]
    fn every_byte_is_written_as_its_two_digits() {
        for byte in 0..=u8::MAX {
            assert_eq!(text_of(&[byte; 16]), format!("{byte:02x}").repeat(16));
        }
    }
}
