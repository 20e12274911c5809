//! The way to a service over HTTP: connections, TLS, proxies; and what URLs and headers need.

#![cfg_attr(
    not(feature = "cloud"),
    allow(dead_code, reason = "what only the backends of clouds ask for")
)]

pub(crate) mod connections;
pub(crate) mod encode;
mod http;
pub(crate) mod options;
#[cfg(any(feature = "cloud", feature = "identity"))]
pub(crate) mod retry_after;
pub(crate) mod secret;

use ::http::HeaderValue;

use crate::{Error, Result};

/// Whether what is sent to `url`, or comes from there, is between us and whom it names: over TLS, or on
/// this machine.
pub(crate) fn is_safe(url: &str) -> bool {
    let Some(place) = url.strip_prefix("http://") else { return url.starts_with("https://") };
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| {
        place.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    })
}

/// A text as a header.
///
/// # Errors
/// `invalid_argument`, named after what the text is.
pub(crate) fn header_value(argument: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::invalid_argument(argument, "it cannot be sent in a header"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_safe_is_over_tls_or_here() {
        for url in ["https://a/b", "http://127.0.0.1:1/", "http://localhost", "http://[::1]/a"] {
            assert!(is_safe(url), "{url}");
        }
        for url in
            ["http://a", "http://127.0.0.1.a", "http://localhost.a", "ftp://a", "", "file:///a"]
        {
            assert!(!is_safe(url), "{url}");
        }
    }
}
