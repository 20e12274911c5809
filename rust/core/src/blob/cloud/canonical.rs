//! What is signed of a URL that carries its signature. Amazon's fourth version of it is also
//! Google's, under other names.

use std::fmt::Write;

use ring::digest::{SHA256, digest};

use crate::blob::PresignMethod;

/// The digest, in hexadecimal, of the request that `url` with this query will be, with no header
/// signed but the host and no digest of its body.
pub(super) fn request_digest(url: &str, method: PresignMethod, query: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    // A client leaves the scheme's own port out of the header.
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(own_port).unwrap_or(host);
    let method = match method {
        PresignMethod::Get => "GET",
        PresignMethod::Put => "PUT",
        PresignMethod::Delete => "DELETE",
    };
    let request = format!("{method}\n/{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
    hex(digest(&SHA256, request.as_bytes()).as_ref())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
