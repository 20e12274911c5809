//! Tokens of a service account: a signed assertion for a token, at the account's issuer (RFC 7523;
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use futures_util::TryStreamExt;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, StatusCode};
use object_store::client::{HttpRequestBody, HttpResponse, HttpResponseBody};
use serde::Deserialize;
use serde_json::json;

use super::account::{ServiceAccount, Signer};
use crate::blob::cloud::errors;
use crate::identity::{AccessToken, TokenSource};
use crate::net::encode;
use crate::net::options::HttpOptions;
use crate::{Error, ErrorCode, Result};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long an assertion is good for, which Google allows an hour at most, and how much of that is
/// before now, for clocks that are late.
const SECONDS: i64 = 3000;
const BEFORE: i64 = 300;
/// How much of an answer is read.
const MAX_ANSWER: usize = 64 << 10;

/// The issuer of an account's tokens.
pub(super) struct Issuer {
    http: HttpOptions,
    signer: Arc<Signer>,
    url: String,
}

impl Issuer {
    pub(super) fn new(account: &ServiceAccount, signer: Arc<Signer>, http: HttpOptions) -> Self {
        Self { http, signer, url: account.token_uri.clone() }
    }

    fn assertion(&self, scope: &str) -> Result<String> {
        let now = Utc::now().timestamp();
        let (issued, until) = (now - BEFORE, now + SECONDS);
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.signer.key_id});
        let claims = json!({
            "iss": self.signer.email, "scope": scope, "aud": self.url, "iat": issued, "exp": until,
        });
        let [header, claims] =
            [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.signer.sign(signed.as_bytes())?);
        Ok(format!("{signed}.{signature}"))
    }

    async fn exchange(&self, scope: &str) -> Result<AccessToken> {
        let assertion = self.assertion(scope)?;
        let form = encode::pairs(&[("grant_type", GRANT), ("assertion", &assertion)]);
        let request = Request::builder().method(Method::POST).uri(self.url.as_str());
        let mut request = request.body(HttpRequestBody::from(form)).map_err(|_| no_url())?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        // One for each token, of which there is one in an hour: no connection is kept for that, and
        // none is left to a runtime that has ended. Tried once for each attempt of the request that
        // needs the token.
        let sent = self.http.build(&Arc::default())?.execute(request).await;
        let response = sent.map_err(|error| {
            let message = "the issuer of tokens cannot be reached, or has not answered";
            Error::new(ErrorCode::Unavailable, message).with_cause(error)
        })?;
        token(response).await
    }
}

impl TokenSource for Issuer {
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(self.exchange(scope))
    }
}

/// RFC 6749, section 5.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
    error: String,
}

async fn token(response: HttpResponse) -> Result<AccessToken> {
    let (parts, body) = response.into_parts();
    let body = beginning(body).await?;
    let answer: Answer = serde_json::from_slice(&body).unwrap_or_default();
    if parts.status != StatusCode::OK {
        return Err(refused(parts.status, &answer.error));
    }
    if answer.access_token.is_empty() {
        let message = "the issuer of tokens has answered without a token";
        return Err(Error::new(ErrorCode::Unauthenticated, message));
    }
    let token = AccessToken::new(answer.access_token);
    Ok(match answer.expires_in {
        Some(seconds) => token.expires_in(Duration::from_secs(seconds)),
        None => token,
    })
}

/// Of the issuer's words only its code is shown, which is one of a few: its description may quote the
/// assertion.
fn refused(status: StatusCode, word: &str) -> Error {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_';
    let word = if word.len() <= 40 && word.chars().all(plain) { word } else { "" };
    let code = match status.as_u16() {
        408 | 429 | 500..=599 => ErrorCode::Unavailable,
        _ => ErrorCode::Unauthenticated,
    };
    let status = status.as_u16();
    Error::new(
        code,
        format!("the issuer of tokens has answered {status} {word}").trim_end().to_owned(),
    )
    .with_service_status(status.into())
}

async fn beginning(body: HttpResponseBody) -> Result<Vec<u8>> {
    let mut pieces = body.bytes_stream();
    let mut whole = Vec::new();
    while let Some(piece) = pieces.try_next().await.map_err(errors::broken_off)? {
        whole.extend(piece.iter().take(MAX_ANSWER - whole.len()));
    }
    Ok(whole)
}

fn no_url() -> Error {
    Error::invalid_argument("service_account", "its `token_uri` is no URL")
}
