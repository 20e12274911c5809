//! Names and values of metadata. Headers carry less than Tombolo's metadata may hold, so what does
//! not fit is encoded, and nothing else is: other clients read plain entries as they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// RFC 2047's form of a word that is not ASCII, which S3 itself answers with.
const WORD: (&str, &str) = ("=?UTF-8?B?", "?=");

/// A name as a header has it. Azure wants identifiers, so a hyphen becomes `_x2d_` there, and an
/// underscore before an `x` becomes `_x5f_`, so that each name comes back.
pub(in crate::blob::cloud) fn name(name: &str, plain: bool) -> String {
    if plain { name.replace("_x", "_x5f_x").replace('-', "_x2d_") } else { name.to_owned() }
}

/// The name that [`name`] was given.
pub(in crate::blob::cloud) fn read_name(header: &str, plain: bool) -> String {
    if !plain {
        return header.to_owned();
    }
    let mut name = String::with_capacity(header.len());
    let mut rest = header;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        name.push_str(before);
        let (sign, after) = if let Some(after) = escape.strip_prefix("_x2d_") {
            ("-", after)
        } else if let Some(after) = escape.strip_prefix("_x5f_") {
            ("_", after)
        } else {
            ("_x", escape.get(2..).unwrap_or_default())
        };
        name.push_str(sign);
        rest = after;
    }
    name.push_str(rest);
    name
}

/// A value as a header has it: as it is where a header keeps it so, else as an encoded word.
pub(in crate::blob::cloud) fn value(value: &str) -> String {
    let outer_space = value.starts_with(' ') || value.ends_with(' ');
    let plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if plain && !outer_space && !value.is_empty() && !value.starts_with("=?") {
        return value.to_owned();
    }
    format!("{}{}{}", WORD.0, BASE64.encode(value), WORD.1)
}

/// The value that [`value`] was given; of others' values, bytes that are not UTF-8 are replaced.
pub(in crate::blob::cloud) fn read_value(header: &[u8]) -> String {
    let text = String::from_utf8_lossy(header);
    let word = text.strip_prefix(WORD.0).and_then(|rest| rest.strip_suffix(WORD.1));
    let decoded = word.and_then(|word| BASE64.decode(word).ok());
    match decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(value) => value,
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        let names = ["a", "a-b_c9", "a_x", "a_x2d_b", "_x2d-", "a_-x", "a-x2d_", "a__x-", "a_x5f_"];
        for one in names {
            let header = name(one, true);
            assert!(!header.contains('-'), "{header}");
            assert_eq!(read_name(&header, true), one, "{header}");
            assert_eq!(read_name(&name(one, false), false), one);
        }
        assert_eq!(name("content_kind", true), "content_kind");
    }

    #[test]
    fn values_come_back_and_plain_ones_stay_plain() {
        for plain in ["a", "a=b;c,d%20\"'\\<&>", "a  b", "100%"] {
            assert_eq!(value(plain), plain);
        }
        for one in ["a", "", " ", " a", "a ", "gr\u{fc}\u{df}e \u{1F600}", "=?UTF-8?B?YQ==?="] {
            let header = value(one);
            assert!(header.is_ascii() && header == header.trim() && !header.is_empty());
            assert_eq!(read_value(header.as_bytes()), one, "{header}");
        }
        assert_eq!(read_value(b"=?UTF-8?B?not base64?="), "=?UTF-8?B?not base64?=");
    }
}
