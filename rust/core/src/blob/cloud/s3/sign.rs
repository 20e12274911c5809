//! Signatures of requests, version 4
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).
//!
//! The key that signs is good for a day and is made once in it; a request costs two digests and a MAC.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Datelike, Timelike, Utc};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use object_store::client::HttpRequest;
use ring::digest::{self, SHA256};
use ring::hmac;

use super::S3Key;
use crate::Result;
use crate::blob::cloud::headers;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// In place of the digest of a body that is not signed.
const NOT_SIGNED: &str = "UNSIGNED-PAYLOAD";
/// The digest of no bytes.
const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static DATE: HeaderName = HeaderName::from_static("x-amz-date");
static DIGEST: HeaderName = HeaderName::from_static("x-amz-content-sha256");
static TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Signs with one account's key.
pub(super) struct Signer {
    key: S3Key,
    token: Option<HeaderValue>,
    region: String,
    /// What signs today.
    today: Mutex<Arc<Day>>,
}

/// What signs the requests of a day.
struct Day {
    /// `20130524`.
    date: String,
    /// `20130524/us-east-1/s3/aws4_request`.
    scope: String,
    key: hmac::Key,
}

impl Signer {
    /// # Errors
    /// `invalid_argument` for a key or a token that no header can hold.
    pub(super) fn new(key: S3Key, region: &str) -> Result<Self> {
        headers::value("access_key", &key.access_key)?;
        let token = key.session_token.as_ref();
        let token = token.map(|token| headers::value("session_token", token.expose()));
        let mut token = token.transpose()?;
        token.iter_mut().for_each(|token| token.set_sensitive(true));
        let today = Mutex::new(Arc::new(Day::new(&key, region, day_of(&stamp(Utc::now())))));
        Ok(Self { key, token, region: region.to_owned(), today })
    }

    /// Puts the signature on a request, and what belongs to it: also of its body, unless that is left
    /// out.
    pub(super) fn sign(&self, request: &mut HttpRequest, body: Option<&[Bytes]>) -> Result<()> {
        self.sign_at(Utc::now(), request, body)
    }

    fn sign_at(
        &self,
        now: DateTime<Utc>,
        request: &mut HttpRequest,
        body: Option<&[Bytes]>,
    ) -> Result<()> {
        let time = stamp(now);
        let broken = || headers::broken("a request that cannot be signed");
        let digest = match body {
            None => HeaderValue::from_static(NOT_SIGNED),
            Some(body) if body.iter().all(Bytes::is_empty) => HeaderValue::from_static(OF_NOTHING),
            Some(body) => HeaderValue::try_from(of_pieces(body)).map_err(|_| broken())?,
        };
        let sent = request.headers_mut();
        sent.insert(&DATE, HeaderValue::from_str(&time).map_err(|_| broken())?);
        sent.insert(&DIGEST, digest);
        if let Some(token) = &self.token {
            sent.insert(&TOKEN, token.clone());
        }
        let today = self.on(&time);
        let (canonical, signed) = canonical(request).ok_or_else(broken)?;
        let digest = hex(digest::digest(&SHA256, canonical.as_bytes()).as_ref());
        let to_sign = [ALGORITHM, "\n", &time, "\n", &today.scope, "\n", &digest].concat();
        let signature = hex(hmac::sign(&today.key, to_sign.as_bytes()).as_ref());
        let value = [
            ALGORITHM,
            " Credential=",
            &self.key.access_key,
            "/",
            &today.scope,
            ", SignedHeaders=",
            &signed,
            ", Signature=",
            &signature,
        ]
        .concat();
        let value = HeaderValue::try_from(value).map_err(|_| broken())?;
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }

    /// What signs at `time`, which begins with its date.
    fn on(&self, time: &str) -> Arc<Day> {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if !time.starts_with(&today.date) {
            *today = Arc::new(Day::new(&self.key, &self.region, day_of(time)));
        }
        Arc::clone(&today)
    }
}

impl Day {
    fn new(key: &S3Key, region: &str, date: &str) -> Self {
        let first = hmac::Key::new(
            hmac::HMAC_SHA256,
            format!("AWS4{}", key.secret_key.expose()).as_bytes(),
        );
        let next = |key: hmac::Key, part: &&str| {
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
        };
        let parts = [date, region, "s3", "aws4_request"];
        Self { date: date.to_owned(), scope: parts.join("/"), key: parts.iter().fold(first, next) }
    }
}

/// `20130524T010203Z`.
fn stamp(now: DateTime<Utc>) -> String {
    let mut text = String::with_capacity(16);
    let year = now.year().unsigned_abs();
    for number in [year / 100, year, now.month(), now.day()] {
        push_two(&mut text, number);
    }
    text.push('T');
    for number in [now.hour(), now.minute(), now.second()] {
        push_two(&mut text, number);
    }
    text.push('Z');
    text
}

/// The last two digits of a number.
fn push_two(text: &mut String, number: u32) {
    text.extend([number / 10, number].map(|n| char::from_digit(n % 10, 10).unwrap_or('0')));
}

/// The date in a stamp.
fn day_of(stamp: &str) -> &str {
    stamp.get(..8).unwrap_or_default()
}

/// The request in the form whose digest is signed, and the names of the headers in it. `None` for a
/// header that is not text, and for a URL without a host.
fn canonical(request: &HttpRequest) -> Option<(String, String)> {
    let uri = request.uri();
    let own_port = if uri.scheme_str() == Some("https") { ":443" } else { ":80" };
    let host = uri.authority()?.as_str();
    let host = host.strip_suffix(own_port).unwrap_or(host);
    let mut text = String::with_capacity(512);
    text.push_str(request.method().as_str());
    text.push('\n');
    text.push_str(uri.path());
    text.push('\n');
    push_query(&mut text, uri.query().unwrap_or_default());
    text.push('\n');
    let headers = sorted(request.headers(), host)?;
    let mut names = String::with_capacity(128);
    let mut last = "";
    for (name, value) in headers {
        if name == last {
            text.push(',');
        } else {
            if !names.is_empty() {
                text.push('\n');
                names.push(';');
            }
            names.push_str(name);
            text.push_str(name);
            text.push(':');
        }
        push_value(&mut text, value);
        last = name;
    }
    text.push_str("\n\n");
    text.push_str(&names);
    text.push('\n');
    text.push_str(request.headers().get(&DIGEST)?.to_str().ok()?);
    Some((text, names))
}

/// The headers that are signed, by their names. A client may yet change those that are left out.
fn sorted<'a>(headers: &'a HeaderMap, host: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let unsigned = [HOST, AUTHORIZATION, CONTENT_LENGTH, USER_AGENT];
    let mut all = Vec::with_capacity(headers.len() + 1);
    all.push(("host", host));
    for (name, value) in headers {
        if !unsigned.contains(name) {
            all.push((name.as_str(), std::str::from_utf8(value.as_bytes()).ok()?));
        }
    }
    // Values of one name stay in their order.
    all.sort_by_key(|(name, _)| *name);
    Some(all)
}

/// Without spaces outside, and with one where there are several.
fn push_value(text: &mut String, value: &str) {
    let mut words = value.split_ascii_whitespace();
    text.push_str(words.next().unwrap_or_default());
    for word in words {
        text.push(' ');
        text.push_str(word);
    }
}

/// The query by its names; what is in it is encoded already, as this wants it.
fn push_query(text: &mut String, query: &str) {
    if query.is_empty() {
        return;
    }
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    for (at, (name, value)) in pairs.into_iter().enumerate() {
        if at > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// The digest of a body in pieces, which the service holds against what comes.
fn of_pieces(body: &[Bytes]) -> String {
    let mut digest = digest::Context::new(&SHA256);
    body.iter().for_each(|piece| digest.update(piece));
    hex(digest.finish().as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let digits = [byte >> 4, byte & 15];
        text.extend(digits.map(|n| char::from(if n < 10 { b'0' + n } else { b'a' - 10 + n })));
    }
    text
}

#[cfg(test)]
mod tests;
