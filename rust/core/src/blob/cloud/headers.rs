//! What is known of an object, as headers carry it.

mod metadata;

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue};

pub(super) use metadata::{name as metadata_name, read_name, read_value, value as metadata_value};

use super::own::is_users;
use crate::blob::ObjectMeta;
pub(super) use crate::net::header_value as value;
use crate::{Error, ErrorCode, Result};

/// How a service names its headers.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    /// What the names of metadata begin with.
    pub(super) metadata: &'static str,
    /// The header of a request's identifier.
    pub(super) request_id: &'static str,
    /// The header of an error's code, if the service has one.
    pub(super) error_code: &'static str,
    /// The media types that the service makes up for objects without one. By RFC 9110, section 8.3,
    /// they say no more than none does.
    pub(super) no_type: &'static [&'static str],
    /// Whether a name of metadata must be an identifier.
    pub(super) plain_names: bool,
}

/// A header's text, or an empty one.
pub(super) fn text(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// An etag as Tombolo has it: without the quotes that HTTP puts around it, which some lists omit.
pub(super) fn bare_etag(etag: &str) -> String {
    let quoted = etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted.unwrap_or(etag).to_owned()
}

/// An etag as HTTP wants it.
pub(super) fn quoted_etag(argument: &str, etag: &str) -> Result<HeaderValue> {
    if etag.contains('"') {
        return value(argument, etag);
    }
    value(argument, &format!("\"{etag}\""))
}

/// What the headers of an answer say of the object `key`, of which `size` bytes are there.
pub(super) fn meta(
    key: &str,
    headers: &HeaderMap,
    size: u64,
    dialect: &Dialect,
) -> Result<ObjectMeta> {
    let etag = bare_etag(text(headers, ETAG));
    if etag.is_empty() {
        return Err(broken("an answer without an etag"));
    }
    let entry = |(name, value): (&http::HeaderName, &HeaderValue)| {
        let name = name.as_str().strip_prefix(dialect.metadata).filter(|name| is_users(name))?;
        Some((read_name(name, dialect.plain_names), read_value(value.as_bytes())))
    };
    Ok(ObjectMeta {
        key: key.to_owned(),
        size,
        etag,
        last_modified: http_date(text(headers, LAST_MODIFIED))?,
        content_type: media_type(text(headers, http::header::CONTENT_TYPE), dialect),
        metadata: headers.iter().filter_map(entry).collect(),
    })
}

/// A media type, or an empty text for the service's own.
pub(super) fn media_type(text: &str, dialect: &Dialect) -> String {
    if dialect.no_type.contains(&text) { String::new() } else { text.to_owned() }
}

/// The length of the body that an answer announces.
pub(super) fn content_length(headers: &HeaderMap) -> Result<u64> {
    let length = text(headers, CONTENT_LENGTH).parse();
    length.map_err(|_| broken("an answer without the length of its body"))
}

/// The first byte, the one after the last, and the size of all, of `Content-Range: bytes 0-9/100`.
pub(super) fn content_range(headers: &HeaderMap) -> Result<(u64, u64, u64)> {
    let text = text(headers, CONTENT_RANGE);
    let parse = || {
        let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let end = last.parse::<u64>().ok()?.checked_add(1)?;
        Some((first.parse().ok()?, end, size.parse().ok()?))
    };
    parse().ok_or_else(|| broken("an answer without the range of its body"))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(text: &str) -> Result<SystemTime> {
    let time = DateTime::parse_from_rfc2822(text);
    time.map(SystemTime::from).map_err(|_| broken("an answer without the time of its object"))
}

/// `2009-10-12T17:50:30.123Z`, cut to seconds, as headers have no more.
pub(super) fn iso_date(text: &str) -> Result<SystemTime> {
    let time = DateTime::parse_from_rfc3339(text)
        .map_err(|_| broken("an entry of a list without its time"))?;
    let seconds = DateTime::<Utc>::from_timestamp(time.timestamp(), 0);
    seconds.map(SystemTime::from).ok_or_else(|| broken("a time out of range"))
}

/// The service has said what its protocol excludes.
pub(super) fn broken(what: &'static str) -> Error {
    Error::new(ErrorCode::Internal, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_lose_their_quotes_and_get_them_back() {
        assert_eq!(bare_etag("\"0x8D\""), "0x8D");
        assert_eq!(bare_etag("0x8D"), "0x8D");
        assert_eq!(bare_etag("W/\"a\""), "W/\"a\"");
        for etag in ["\"0x8D\"", "W/\"a\""] {
            assert_eq!(quoted_etag("if_match", &bare_etag(etag)).unwrap(), etag);
        }
    }

    #[test]
    fn ranges_and_times_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_RANGE, HeaderValue::from_static("bytes 2-5/10"));
        assert_eq!(content_range(&headers).unwrap(), (2, 6, 10));
        for bad in ["bytes */10", "2-5/10", "bytes 2-5", "bytes 2-18446744073709551615/1"] {
            headers.insert(CONTENT_RANGE, HeaderValue::from_static(bad));
            assert!(content_range(&headers).is_err(), "{bad}");
        }
        let header = http_date("Mon, 12 Oct 2009 17:50:30 GMT").unwrap();
        assert_eq!(iso_date("2009-10-12T17:50:30.123Z").unwrap(), header);
        assert!(http_date("yesterday").is_err() && iso_date("").is_err());
    }
}
