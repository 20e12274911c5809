//! How long a service asks to wait before the next attempt.

use std::time::{Duration, SystemTime};

use chrono::DateTime;
use http::HeaderMap;
use http::header::{AsHeaderName, DATE, RETRY_AFTER};

/// By `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), or by one of the headers
/// that say it in milliseconds, which are more exact. `None` where nothing is asked for that can be
/// read.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let exact = |name| text(headers, name).parse().ok().map(Duration::from_millis);
    if let Some(asked) = exact("x-ms-retry-after-ms").or_else(|| exact("retry-after-ms")) {
        return Some(asked);
    }
    let asked = text(headers, RETRY_AFTER);
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = date(asked)?;
    let now = clock(headers).unwrap_or_else(SystemTime::now);
    Some(at.duration_since(now).unwrap_or_default())
}

/// What time it is by the clock of who has answered, since ours may be another (RFC 9110, section
/// 6.6.1).
pub(crate) fn clock(headers: &HeaderMap) -> Option<SystemTime> {
    date(text(headers, DATE))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<SystemTime> {
    DateTime::parse_from_rfc2822(text).ok().map(SystemTime::from)
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::HeaderName;

    use super::*;

    fn of(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        asked(&pairs.iter().map(header).collect())
    }

    #[test]
    fn each_form_is_read() {
        let date = ("date", "Mon, 12 Oct 2009 17:50:30 GMT");
        for (pairs, expected) in [
            (vec![], None),
            (vec![("retry-after", "7")], Some(7_000)),
            (vec![("retry-after", "0")], Some(0)),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "Mon, 12 Oct 2009 17:51:00 GMT"), date], Some(30_000)),
            (vec![("retry-after", "Mon, 12 Oct 2009 17:50:00 GMT"), date], Some(0)),
            (vec![("retry-after", "Mon, 12 Oct 2009 17:51:00 GMT")], Some(0)),
            (vec![("retry-after", "7"), ("x-ms-retry-after-ms", "250")], Some(250)),
            (vec![("retry-after-ms", "30"), ("retry-after", "1")], Some(30)),
            (vec![("retry-after-ms", "x"), ("retry-after", "1")], Some(1_000)),
        ] {
            assert_eq!(of(&pairs), expected.map(Duration::from_millis), "{pairs:?}");
        }
        let far = of(&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]);
        assert!(far.is_some_and(|far| far > Duration::from_secs(1 << 32)), "{far:?}");
    }
}
