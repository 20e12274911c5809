//! URLs that carry their signature
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>).

use std::time::Duration;

use chrono::{DateTime, Utc};
use object_store::aws::AwsCredential;
use ring::hmac;

use crate::blob::PresignMethod;
use crate::blob::cloud::canonical::{hex, request_digest};
use crate::net::encode;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a URL grants, and until when.
pub(super) struct Grant<'a> {
    /// Of the object, without a query.
    pub(super) url: &'a str,
    pub(super) region: &'a str,
    pub(super) method: PresignMethod,
    pub(super) from: DateTime<Utc>,
    pub(super) expires_in: Duration,
}

/// The URL of `grant`, signed.
pub(super) fn url(grant: &Grant<'_>, credential: &AwsCredential) -> String {
    let day = grant.from.format("%Y%m%d").to_string();
    let time = grant.from.format("%Y%m%dT%H%M%SZ").to_string();
    let scope = format!("{day}/{}/s3/aws4_request", grant.region);
    let who = format!("{}/{scope}", credential.key_id);
    let seconds = grant.expires_in.as_secs().to_string();
    // In the order of their names, as they are signed.
    let mut query = vec![
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", &who),
        ("X-Amz-Date", &time),
        ("X-Amz-Expires", &seconds),
    ];
    if let Some(token) = &credential.token {
        query.push(("X-Amz-Security-Token", token));
    }
    query.push(("X-Amz-SignedHeaders", "host"));
    let query = encode::pairs(&query);
    let digest = request_digest(grant.url, grant.method, &query);
    let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{digest}");
    let mut key = format!("AWS4{}", credential.secret_key).into_bytes();
    for part in [&day, grant.region, "s3", "aws4_request"] {
        key = sign(&key, part);
    }
    format!("{}?{query}&X-Amz-Signature={}", grant.url, hex(&sign(&key, &to_sign)))
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Amazon's page.
    #[test]
    fn the_signature_is_that_of_the_reference() {
        let credential = AwsCredential {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        };
        let grant = Grant {
            url: "https://examplebucket.s3.amazonaws.com/test.txt",
            region: "us-east-1",
            method: PresignMethod::Get,
            from: DateTime::parse_from_rfc3339("2013-05-24T00:00:00Z").unwrap().to_utc(),
            expires_in: Duration::from_secs(86400),
        };
        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        let signed = url(&grant, &credential);
        assert!(signed.ends_with(&format!("&X-Amz-Signature={signature}")), "{signed}");
        let with_port =
            Grant { url: "https://examplebucket.s3.amazonaws.com:443/test.txt", ..grant };
        assert!(url(&with_port, &credential).ends_with(signature));
    }
}
