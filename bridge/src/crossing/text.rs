//! Text is UTF-8 and is checked where it crosses.

use tombolo::{Error, ErrorKind, Result};

/// The bytes of the argument `name` as text.
///
/// # Errors
/// `invalid_argument`, kind `InvalidText`, which names the argument and the first bad byte.
pub fn text<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let why = format!("it is not UTF-8 at byte {}", error.valid_up_to());
        Error::invalid_argument(name, why).with_kind(ErrorKind::InvalidText)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_text_is_named() {
        assert_eq!(text("key", "größe".as_bytes()).unwrap(), "größe");
        let error = text("key", b"ab\xff").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidText);
        assert_eq!(error.message(), "key: it is not UTF-8 at byte 2");
    }
}
