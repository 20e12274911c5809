//! Keys where their issuer publishes them: at a URL, or at the one that its configuration names (OpenID
//! Connect Discovery 1.0, section 4).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use http::header::{ACCEPT, CACHE_CONTROL};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use object_store::client::{HttpClient, HttpRequest, HttpRequestBody};
use serde::Deserialize;

use super::KeySet;
use super::key_set::MAX_DOCUMENT;
use super::remote::{Fetched, Source};
use crate::blob::BoxFuture;
use crate::net::is_safe;
use crate::net::options::HttpOptions;
use crate::{Error, ErrorCode, Result};

/// Where the keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At this URL.
    Keys(String),
    /// Where the configuration of this issuer says.
    Issuer(String),
}

/// Fetches keys. A client is made for each fetch, of which there is one in an hour: no connection is kept
/// for that, and none is left to a runtime that has ended.
pub(super) struct Published {
    place: Place,
    http: HttpOptions,
    /// What an issuer's configuration has named, until nothing is found there.
    found: Mutex<Option<String>>,
}

/// What of an issuer's configuration means something here.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

impl Published {
    /// # Errors
    /// `invalid_argument` for options that no client can be made with.
    pub(super) fn new(place: Place, http: HttpOptions) -> Result<Self> {
        http.build(&Arc::default())?;
        Ok(Self { place, http, found: Mutex::default() })
    }

    async fn keys(&self) -> Result<Fetched> {
        let http = self.http.build(&Arc::default())?;
        let url = self.url(&http).await?;
        let fetched = self.keys_at(&http, &url).await;
        if fetched.is_err() {
            *self.found.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        fetched
    }

    async fn keys_at(&self, http: &HttpClient, url: &str) -> Result<Fetched> {
        let (headers, body) = get(http, url).await?;
        let text = String::from_utf8(body).map_err(|_| odd("its keys are not UTF-8"))?;
        let keys = KeySet::from_json(&text).map_err(|e| odd("its keys are none").with_cause(e))?;
        Ok(Fetched { keys, max_age: max_age(&headers) })
    }

    async fn url(&self, http: &HttpClient) -> Result<String> {
        let issuer = match &self.place {
            Place::Keys(url) => return Ok(url.clone()),
            Place::Issuer(issuer) => issuer,
        };
        if let Some(found) = &*self.found.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(found.clone());
        }
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let (_, body) = get(http, &url).await?;
        let found: Configuration = serde_json::from_slice(&body)
            .map_err(|_| odd("its configuration is not the JSON of one, or names no keys"))?;
        if found.issuer != *issuer {
            return Err(odd("its configuration is that of another issuer"));
        }
        if !is_safe(&found.jwks_uri) {
            return Err(odd("its configuration names keys at a URL that is not https"));
        }
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.jwks_uri.clone());
        Ok(found.jwks_uri)
    }
}

impl Source for Published {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched>> {
        Box::pin(self.keys())
    }
}

/// Asks once more where no answer comes: a connection that was kept may have been closed meanwhile.
async fn get(http: &HttpClient, url: &str) -> Result<(HeaderMap, Vec<u8>)> {
    let unreached = |error| {
        Error::new(ErrorCode::Unavailable, "the issuer's keys cannot be fetched").with_cause(error)
    };
    let (parts, body) = match http.execute(request(url)?).await {
        Ok(answer) => answer,
        Err(_) => http.execute(request(url)?).await.map_err(unreached)?,
    }
    .into_parts();
    if parts.status != StatusCode::OK {
        let status = parts.status.as_u16();
        return Err(odd(&format!("it answers {status}")).with_service_status(status.into()));
    }
    let mut pieces = body.bytes_stream();
    let mut whole = Vec::new();
    while let Some(piece) = pieces.try_next().await.map_err(unreached)? {
        if whole.len() + piece.len() > MAX_DOCUMENT {
            return Err(odd(&format!("it answers with more than {MAX_DOCUMENT} bytes")));
        }
        whole.extend_from_slice(&piece);
    }
    Ok((parts.headers, whole))
}

fn request(url: &str) -> Result<HttpRequest> {
    let json = HeaderValue::from_static("application/json");
    let request = Request::builder().uri(url).header(ACCEPT, json);
    request.body(HttpRequestBody::empty()).map_err(|_| odd("it names no URL"))
}

/// How long an answer may be kept (RFC 9111, section 5.2.2.1).
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives =
        headers.get_all(CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    directives
        .flat_map(|value| value.split(','))
        .filter_map(|directive| directive.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("max-age"))
        .and_then(|(_, seconds)| seconds.trim_matches('"').parse().ok())
        .map(Duration::from_secs)
}

/// The issuer answers something else than what it should; it may do better later.
fn odd(what: &str) -> Error {
    Error::new(ErrorCode::Unavailable, format!("the issuer's keys cannot be fetched: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_long_it_may_be_kept() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
            max_age(&headers).map(|age| age.as_secs())
        };
        assert_eq!(read("public, Max-Age=600, must-revalidate"), Some(600));
        assert_eq!(read("max-age=\"5\""), Some(5));
        assert_eq!(read("no-cache"), None);
        assert_eq!(read("max-age=-1"), None);
        assert_eq!(max_age(&HeaderMap::new()), None);
    }
}
