//! Keys and parameters as URLs carry them.

use std::fmt::Write;

/// A key as a path: all but unreserved characters (RFC 3986, section 2.3) and slashes encoded.
pub(crate) fn path(key: &str) -> String {
    encoded(key, |byte| is_unreserved(byte) || byte == b'/')
}

/// A name or a value of a query.
pub(crate) fn query(text: &str) -> String {
    encoded(text, is_unreserved)
}

/// Names and values as a query, in the order given.
pub(crate) fn pairs(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", query(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// What [`query`] has encoded; `None` if that is not UTF-8. A `+` is a space, as the lists of
/// services have it.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut rest = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
        decoded.push(match byte {
            b'%' => u8::try_from(digit()? * 16 + digit()?).ok()?,
            b'+' => b' ',
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn encoded(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        assert_eq!(path("a/b c%\u{e9}~"), "a/b%20c%25%C3%A9~");
        assert_eq!(pairs(&[("prefix", "a/b"), ("marker", "")]), "prefix=a%2Fb&marker=");
        for text in ["", "a/b", "100%", "a+b c", "\u{1F600}\n\u{1}"] {
            assert_eq!(decoded(&query(text)).as_deref(), Some(text));
        }
        assert_eq!(decoded("a+b").as_deref(), Some("a b"));
        assert_eq!(decoded("%zz"), None);
        assert_eq!(decoded("%ff"), None);
    }
}
