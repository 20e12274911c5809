//! The trace that a request belongs to, as W3C's Trace Context has it
//! (<https://www.w3.org/TR/trace-context/#traceparent-header>).

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// A `traceparent`: version, trace, parent and flags in hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct TraceParent(String);

/// `00-` and 32, 16 and 2 digits, with hyphens between them.
const LENGTH: usize = 55;
/// A later version may have more fields; no longer ones are passed on.
const LONGEST: usize = 256;

impl TraceParent {
    /// The whole text, which is a header's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trace's identifier: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.0.get(3..35).unwrap_or_default()
    }
}

impl FromStr for TraceParent {
    type Err = Error;

    /// # Errors
    /// `invalid_argument` for what a recipient would have to ignore.
    fn from_str(text: &str) -> Result<Self> {
        if is_valid(text) {
            return Ok(Self(text.to_owned()));
        }
        let why = "it is not as W3C's Trace Context wants it: version, trace, parent and flags in \
                   lower-case hexadecimal digits, as in \
                   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        Err(Error::invalid_argument("trace_parent", why))
    }
}

fn is_valid(text: &str) -> bool {
    let mut fields = text.splitn(5, '-');
    let mut field = |length: usize| fields.next().filter(|field| is_hex(field, length));
    let (Some(version), Some(trace), Some(parent), Some(_flags)) =
        (field(2), field(32), field(16), field(2))
    else {
        return false;
    };
    let is_zero = |field: &str| field.bytes().all(|b| b == b'0');
    let plain = |b: u8| (b'!'..=b'~').contains(&b);
    version != "ff"
        && !is_zero(trace)
        && !is_zero(parent)
        && (version != "00" || text.len() == LENGTH)
        && text.len() <= LONGEST
        && text.bytes().all(plain)
}

fn is_hex(field: &str, length: usize) -> bool {
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    field.len() == length && field.bytes().all(digit)
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_valid_is_kept_and_what_is_not_is_refused() {
        let parsed: TraceParent = GOOD.parse().unwrap();
        assert_eq!(parsed.as_str(), GOOD);
        assert_eq!(parsed.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(
            format!("{}-what-comes", GOOD.replacen("00", "01", 1)).parse::<TraceParent>().is_ok()
        );
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-a\r\nHost: b",
        ] {
            assert!(bad.parse::<TraceParent>().is_err(), "{bad}");
        }
    }
}
