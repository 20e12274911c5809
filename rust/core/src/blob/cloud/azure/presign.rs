//! URLs that carry a shared access signature of one blob
//! (<https://learn.microsoft.com/rest/api/storageservices/create-service-sas>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, Utc};
use ring::hmac;

use crate::blob::PresignMethod;
use crate::net::encode;

/// The version whose string is signed below.
const VERSION: &str = "2021-08-06";

/// What a URL grants, and until when.
pub(super) struct Grant<'a> {
    /// Of the object, without a query.
    pub(super) url: &'a str,
    /// `/blob/account/container/key`, not encoded.
    pub(super) resource: &'a str,
    pub(super) method: PresignMethod,
    pub(super) until: DateTime<Utc>,
}

/// The URL of `grant`, signed with the account's key.
pub(super) fn url(grant: &Grant<'_>, key: &[u8]) -> String {
    let permissions = match grant.method {
        PresignMethod::Get => "r",
        PresignMethod::Put => "cw",
        PresignMethod::Delete => "d",
    };
    let protocol = if grant.url.starts_with("https:") { "https" } else { "https,http" };
    let until = grant.until.to_rfc3339_opts(SecondsFormat::Secs, true);
    // In their order; those that are empty are not in the URL.
    let (start, identifier, address, snapshot, scope, answer_headers) =
        ("", "", "", "", "", [""; 5]);
    let fields = [
        permissions,
        start,
        &until,
        grant.resource,
        identifier,
        address,
        protocol,
        VERSION,
        "b",
        snapshot,
        scope,
    ];
    let to_sign = [fields.as_slice(), answer_headers.as_slice()].concat().join("\n");
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), to_sign.as_bytes());
    let query = encode::pairs(&[
        ("sv", VERSION),
        ("sr", "b"),
        ("sp", permissions),
        ("se", &until),
        ("spr", protocol),
        ("sig", &BASE64.encode(signature)),
    ]);
    format!("{}?{query}", grant.url)
}
