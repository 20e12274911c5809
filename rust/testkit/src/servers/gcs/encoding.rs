//! Percent-encoding (RFC 3986), read strictly.

use super::{Answered, Refused};

/// What was encoded. A `+` is a space in a query, where browsers write one so.
pub(super) fn decoded(text: &str, plus_is_space: bool) -> Answered<String> {
    let mut rest = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
                let code = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                code.and_then(|code| u8::try_from(code).ok()).ok_or_else(bad)?
            }
            b'+' if plus_is_space => b' ',
            _ if may_stand(byte) => byte,
            _ => return Err(bad()),
        });
    }
    String::from_utf8(decoded).map_err(|_| bad())
}

fn bad() -> Refused {
    Refused::new(400, "InvalidURI", "invalid", "Couldn't parse the specified URI.")
}

/// What a path or a query may hold as it is.
fn may_stand(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte)
}

/// As signatures have it: all but unreserved characters are encoded.
pub(super) fn query(text: &str) -> String {
    encoded(text, false)
}

/// As [`query`], with slashes as they are.
pub(super) fn path(text: &str) -> String {
    encoded(text, true)
}

fn encoded(text: &str, slashes: bool) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b) || (slashes && b == b'/');
    let byte = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(byte).collect()
}

/// The pairs of a query, decoded. None may be there twice.
pub(super) fn pairs(text: &str) -> Answered<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name, true)?;
        if pairs.iter().any(|(other, _)| *other == name) {
            return Err(Refused::invalid(format!("{name} is given twice")));
        }
        pairs.push((name, decoded(value, true)?));
    }
    Ok(pairs)
}
