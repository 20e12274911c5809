//! The way to a service over HTTP: connections, TLS, proxies; and what URLs and headers need.

#![cfg_attr(
    not(feature = "cloud"),
    allow(dead_code, reason = "what only the backends of clouds ask for")
)]

pub(crate) mod connections;
pub(crate) mod encode;
mod http;
pub(crate) mod options;
pub(crate) mod secret;

use ::http::HeaderValue;

use crate::{Error, Result};

/// A text as a header.
///
/// # Errors
/// `invalid_argument`, named after what the text is.
pub(crate) fn header_value(argument: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::invalid_argument(argument, "it cannot be sent in a header"))
}
