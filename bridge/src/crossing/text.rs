//! Text is UTF-8 and is checked where it crosses.

use tombolo::{Error, ErrorCode, ErrorKind, Result};

/// The longest text that is copied for an operation. What is longer is data, and crosses as bytes.
const LONGEST: usize = 16 << 20;

/// The bytes of the argument `name` as text.
///
/// # Errors
/// `invalid_argument`, kind `InvalidText`, which names the argument and the first bad byte.
#[inline]
pub fn text<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8, and this way it costs less.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    other_text(name, bytes)
}

fn other_text<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let why = format!("it is not UTF-8 at byte {}", error.valid_up_to());
        Error::invalid_argument(name, why).with_kind(ErrorKind::InvalidText)
    })
}

/// The bytes of the argument `name` as text of the operation's own: a copy.
///
/// # Errors
/// As [`text`]; `invalid_argument` for more than 16 MiB; `resource_exhausted` if there is no memory.
pub fn owned_text(name: &str, bytes: &[u8]) -> Result<String> {
    if bytes.len() > LONGEST {
        let why = format!("it has {} bytes, and text has at most {LONGEST}", bytes.len());
        return Err(Error::invalid_argument(name, why));
    }
    let (text, mut copy) = (text(name, bytes)?, String::new());
    copy.try_reserve_exact(text.len()).map_err(|error| {
        let message = format!("{name}: there is no memory for its {} bytes", text.len());
        Error::new(ErrorCode::ResourceExhausted, message).with_cause(error)
    })?;
    copy.push_str(text);
    Ok(copy)
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
    #[test]
    fn owned_text_has_a_longest() {
        let long = vec![b'x'; LONGEST + 1];
        assert_eq!(owned_text("key", &long[1..]).unwrap().len(), LONGEST);
        let error = owned_text("key", &long).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.message(), "key: it has 16777217 bytes, and text has at most 16777216");
        assert_eq!(owned_text("key", b"\xff").unwrap_err().kind(), ErrorKind::InvalidText);
    }
}
