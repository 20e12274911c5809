//! Conditions on the generation of an object, which is what its etag is here: the service's own etags
//! are those of a content in one API and of anything else in the other
//! (<https://cloud.google.com/storage/docs/request-preconditions>).

use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::blob::cloud::headers;

const IF_GENERATION_MATCH: HeaderName = HeaderName::from_static("x-goog-if-generation-match");
const GENERATION: HeaderName = HeaderName::from_static("x-goog-generation");

/// A generation that no object has, as they are times in microseconds: an etag that cannot be one of
/// this service is sent as this, and the condition is the service's to judge.
const NOBODYS: i64 = 1;

/// The generation that an etag is. Zero would ask for no object.
pub(super) fn generation(etag: &str) -> i64 {
    let number = etag.parse().ok().filter(|number: &i64| *number > 0);
    // Only in the form that the service gives it: another text is another etag.
    number.filter(|number| number.to_string() == etag).unwrap_or(NOBODYS)
}

/// Gives the conditions of a request, which HTTP has in terms of etags, the service's form. That a
/// read wants another version than one has none; whoever wants it looks first.
pub(super) fn translate(headers: &mut HeaderMap) {
    let none_match = headers.remove(IF_NONE_MATCH);
    if let Some(etag) = headers.remove(IF_MATCH) {
        let etag = headers::bare_etag(etag.to_str().unwrap_or_default());
        headers.insert(IF_GENERATION_MATCH, HeaderValue::from(generation(&etag)));
    } else if none_match.is_some_and(|etag| etag == "*") {
        headers.insert(IF_GENERATION_MATCH, HeaderValue::from(0));
    }
}

/// Puts the generation in the place of the etag.
pub(super) fn etag(headers: &mut HeaderMap) {
    headers.remove(ETAG);
    if let Some(generation) = headers.get(GENERATION).cloned() {
        headers.insert(ETAG, generation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_that_is_no_generation_is_nobodys() {
        assert_eq!(generation("1700000000000001"), 1_700_000_000_000_001);
        for other in ["0", "-5", "", "a", "007", "+7", "9223372036854775808"] {
            assert_eq!(generation(other), NOBODYS, "{other}");
        }
    }

    #[test]
    fn conditions_are_translated() {
        for (name, value, wanted) in [
            (IF_MATCH, "\"1700000000000001\"", Some("1700000000000001")),
            (IF_MATCH, "W/\"a\"", Some("1")),
            (IF_NONE_MATCH, "*", Some("0")),
            (IF_NONE_MATCH, "\"1700000000000001\"", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            translate(&mut headers);
            let translated = headers.get(IF_GENERATION_MATCH).map(|value| value.to_str().unwrap());
            assert_eq!((translated, headers.len()), (wanted, usize::from(wanted.is_some())));
        }
    }

    #[test]
    fn the_etag_is_the_generation() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("\"md5\""));
        headers.insert(GENERATION, HeaderValue::from_static("17"));
        etag(&mut headers);
        assert_eq!(headers.get(ETAG).unwrap(), "17");
        headers.remove(GENERATION);
        etag(&mut headers);
        assert_eq!(headers.get(ETAG), None);
    }
}
