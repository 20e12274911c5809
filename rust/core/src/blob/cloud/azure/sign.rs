//! Signatures of requests by the account's key
//! (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Datelike, Timelike, Utc};
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, DATE,
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderValue, Method, Uri};
use object_store::client::HttpRequest;
use ring::hmac;

use crate::Result;
use crate::blob::cloud::headers;
use crate::net::encode;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Signs with an account's key.
pub(super) struct Signer {
    account: String,
    key: hmac::Key,
}

impl Signer {
    /// `key` is in binary.
    pub(super) fn new(account: &str, key: &[u8]) -> Self {
        Self { account: account.to_owned(), key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// Puts the date and the signature on a request that has its version.
    pub(super) fn sign(&self, request: &mut HttpRequest) -> Result<()> {
        self.sign_at(Utc::now(), request)
    }

    fn sign_at(&self, now: DateTime<Utc>, request: &mut HttpRequest) -> Result<()> {
        let broken = || headers::broken("a request that cannot be signed");
        let date = HeaderValue::try_from(http_date(now)).map_err(|_| broken())?;
        request.headers_mut().insert(DATE, date);
        let text = to_sign(&self.account, request.method(), request.uri(), request.headers());
        let signature = hmac::sign(&self.key, text.ok_or_else(broken)?.as_bytes());
        let value = format!("SharedKey {}:{}", self.account, BASE64.encode(signature));
        let value = HeaderValue::try_from(value).map_err(|_| broken())?;
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(now: DateTime<Utc>) -> String {
    let name =
        |names: &[&'static str], at: u32| names.get(at as usize).copied().unwrap_or_default();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        name(&DAYS, now.weekday().num_days_from_monday()),
        now.day(),
        name(&MONTHS, now.month0()),
        now.year(),
        now.hour(),
        now.minute(),
        now.second()
    )
}

/// The text that is signed; `None` for a header or a query that is not text.
fn to_sign(account: &str, method: &Method, uri: &Uri, sent: &HeaderMap) -> Option<String> {
    let mut text = String::with_capacity(512);
    text.push_str(method.as_str());
    text.push('\n');
    let length = headers::text(sent, CONTENT_LENGTH);
    let named = [
        headers::text(sent, CONTENT_ENCODING),
        headers::text(sent, CONTENT_LANGUAGE),
        // None, since version 2015-02-21.
        if length == "0" { "" } else { length },
        headers::text(sent, "content-md5"),
        headers::text(sent, CONTENT_TYPE),
        headers::text(sent, DATE),
        headers::text(sent, IF_MODIFIED_SINCE),
        headers::text(sent, IF_MATCH),
        headers::text(sent, IF_NONE_MATCH),
        headers::text(sent, IF_UNMODIFIED_SINCE),
        headers::text(sent, RANGE),
    ];
    for value in named {
        text.push_str(value);
        text.push('\n');
    }
    let mut own = Vec::with_capacity(sent.len());
    for (name, value) in sent {
        if name.as_str().starts_with("x-ms-") {
            own.push((name.as_str(), value.to_str().ok()?));
        }
    }
    own.sort_unstable();
    for (name, value) in own {
        push(&mut text, &[name, ":", value, "\n"]);
    }
    push(&mut text, &["/", account, uri.path()]);
    uri.query().map_or(Some(()), |query| push_query(&mut text, query))?;
    Some(text)
}

/// The names of the query in their order, each with its values.
fn push_query(text: &mut String, query: &str) -> Option<()> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((encode::decoded(name)?.to_lowercase(), encode::decoded(value)?))
    };
    let mut pairs = query.split('&').map(pair).collect::<Option<Vec<_>>>()?;
    pairs.sort_unstable();
    let mut last = None;
    for (name, value) in &pairs {
        if last == Some(name) {
            push(text, &[",", value]);
        } else {
            push(text, &["\n", name, ":", value]);
        }
        last = Some(name);
    }
    Some(())
}

fn push(text: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| text.push_str(part));
}

#[cfg(test)]
mod tests;
