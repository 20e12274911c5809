//! URLs that carry their signature
//! (<https://cloud.google.com/storage/docs/access-control/signing-urls-manually>).

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::account::Signer;
use crate::Result;
use crate::blob::PresignMethod;
use crate::blob::cloud::canonical::{hex, request_digest};
use crate::net::encode;

const ALGORITHM: &str = "GOOG4-RSA-SHA256";

/// What a URL grants, and until when.
pub(super) struct Grant<'a> {
    /// Of the object, without a query.
    pub(super) url: &'a str,
    pub(super) method: PresignMethod,
    pub(super) from: DateTime<Utc>,
    pub(super) expires_in: Duration,
}

/// The URL of `grant`, signed.
pub(super) fn url(grant: &Grant<'_>, signer: &Signer) -> Result<String> {
    let time = grant.from.format("%Y%m%dT%H%M%SZ").to_string();
    let scope = format!("{}/auto/storage/goog4_request", grant.from.format("%Y%m%d"));
    // In the order of their names, as they are signed.
    let query = encode::pairs(&[
        ("X-Goog-Algorithm", ALGORITHM),
        ("X-Goog-Credential", &format!("{}/{scope}", signer.email)),
        ("X-Goog-Date", &time),
        ("X-Goog-Expires", &grant.expires_in.as_secs().to_string()),
        ("X-Goog-SignedHeaders", "host"),
    ]);
    let digest = request_digest(grant.url, grant.method, &query);
    let signature = signer.sign(format!("{ALGORITHM}\n{time}\n{scope}\n{digest}").as_bytes())?;
    Ok(format!("{}?{query}&X-Goog-Signature={}", grant.url, hex(&signature)))
}
