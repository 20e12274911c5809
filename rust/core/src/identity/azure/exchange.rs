//! A request to whoever gives tokens, tried again where that can help, and its answer.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::TryStreamExt;
use http::HeaderMap;
use object_store::client::{HttpClient, HttpError, HttpErrorKind, HttpRequest};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use crate::identity::AccessToken;
use crate::net::options::HttpOptions;
use crate::net::retry_after;
use crate::random::fraction;
use crate::{Call, Error, ErrorCode, Result};

/// How often a request is sent at most.
const ATTEMPTS: u32 = 4;
/// The bound of the random wait before the second attempt; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// No attempt begins later than this.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of an answer is read.
const MAX_ANSWER: usize = 64 << 10;

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Why nothing was.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// Nobody listens there.
    Unreached(HttpError),
    Broken(HttpError),
    Late,
    /// There is no request to be sent.
    Unsent(Error),
}

/// Sends what `request` makes until it is answered with something else than what passes, by
/// `is_passing`, or that takes too long. `reconnects`: also where nobody listens.
///
/// A client is made for it, as there is one such request in an hour: no connection is kept for
/// that, and none is left to a runtime that has ended.
pub(super) async fn ask(
    http: &HttpOptions,
    request: impl Fn() -> Result<HttpRequest>,
    is_passing: fn(u16) -> bool,
    reconnects: bool,
) -> Result<Answer, NoAnswer> {
    let client = http.build(&Arc::default()).map_err(NoAnswer::Unsent)?;
    let latest = Instant::now() + PATIENCE;
    let latest = Call::current().deadline().map_or(latest, |d| latest.min(Instant::from_std(d)));
    let mut attempt = 0;
    loop {
        let got = once(&client, request().map_err(NoAnswer::Unsent)?, ANSWER).await;
        let asked = match &got {
            Ok(answer) if !is_passing(answer.status) => return got,
            Ok(answer) => retry_after::asked(&answer.headers),
            Err(NoAnswer::Unreached(_)) if !reconnects => return got,
            Err(_) => None,
        };
        attempt += 1;
        let random =
            FIRST_WAIT.saturating_mul(1 << (attempt - 1)).mul_f64(fraction().unwrap_or(1.0));
        let wait = asked.unwrap_or_default().saturating_add(random);
        let is_in_time = Instant::now().checked_add(wait).is_some_and(|next| next < latest);
        if attempt == ATTEMPTS || !is_in_time {
            return got;
        }
        sleep(wait).await;
    }
}

/// Sends a request once, and reads its answer.
pub(super) async fn once(
    client: &HttpClient,
    request: HttpRequest,
    limit: Duration,
) -> Result<Answer, NoAnswer> {
    let answered = async {
        let response = client.execute(request).await.map_err(|error| match error.kind() {
            HttpErrorKind::Connect => NoAnswer::Unreached(error),
            _ => NoAnswer::Broken(error),
        })?;
        let (parts, body) = response.into_parts();
        let mut pieces = body.bytes_stream();
        let mut body = Vec::new();
        while let Some(piece) = pieces.try_next().await.map_err(NoAnswer::Broken)? {
            body.extend(piece.iter().take(MAX_ANSWER - body.len()));
            if body.len() == MAX_ANSWER {
                break;
            }
        }
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    };
    timeout(limit, answered).await.unwrap_or(Err(NoAnswer::Late))
}

impl NoAnswer {
    /// `whom`: who has not answered whose question, as in `workload: Entra ID`.
    pub(super) fn into_error(self, whom: &str) -> Error {
        let unavailable = |what| Error::new(ErrorCode::Unavailable, format!("{whom} {what}"));
        match self {
            Self::Unreached(error) => unavailable("cannot be reached").with_cause(error),
            Self::Broken(error) => unavailable("has not answered").with_cause(error),
            Self::Late => unavailable("has not answered within 10 s"),
            Self::Unsent(error) => error,
        }
    }
}

/// RFC 6749, section 5; with what Microsoft's services say beside it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    access_token: String,
    token_type: Option<String>,
    /// Numbers, or texts of such.
    expires_in: Value,
    expires_on: Value,
    error: Value,
    error_codes: Vec<u64>,
    trace_id: String,
}

impl Answer {
    fn body(&self) -> Body {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The token of an answer that has one.
    ///
    /// # Errors
    /// `unauthenticated` or `unavailable`, by what the answer says.
    pub(super) fn token(&self, whom: &str) -> Result<AccessToken> {
        let body = self.body();
        if self.status != 200 {
            return Err(self.refusal(whom, &body));
        }
        let odd =
            |what| Error::new(ErrorCode::Unauthenticated, format!("{whom} has answered {what}"));
        if body.access_token.is_empty() {
            return Err(odd("without a token"));
        }
        if body.token_type.as_ref().is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(odd("with a token of another type than Bearer"));
        }
        let lifetime = self.lifetime(&body);
        let token = AccessToken::new(body.access_token);
        match lifetime {
            Some(Duration::ZERO) => Err(odd("with a token that has expired")),
            Some(lifetime) => Ok(token.expires_in(lifetime)),
            None => Ok(token),
        }
    }

    /// How long its token is good. `expires_on` counts for more, since `expires_in` may be told
    /// from when the token was issued; but if only our own clock could say how far that is, and
    /// says that it is past, it is that clock which is wrong.
    fn lifetime(&self, body: &Body) -> Option<Duration> {
        let expires_in = seconds(&body.expires_in);
        let Some(until) = seconds(&body.expires_on) else { return expires_in };
        let clock = retry_after::clock(&self.headers);
        let rest = (UNIX_EPOCH + until).duration_since(clock.unwrap_or_else(SystemTime::now));
        match rest {
            Ok(rest) => Some(expires_in.map_or(rest, |most| rest.min(most))),
            Err(_) if clock.is_some() => Some(Duration::ZERO),
            Err(_) => expires_in,
        }
    }

    /// Of what it says only its code is shown, which is one of a few, and Microsoft's numbers: a
    /// description may quote what was sent.
    fn refusal(&self, whom: &str, body: &Body) -> Error {
        let status = self.status;
        let code = match status {
            404 | 408 | 410 | 429 | 500..=599 => ErrorCode::Unavailable,
            _ => ErrorCode::Unauthenticated,
        };
        let mut words = format!("{whom} has answered {status}");
        let plain = |word: &&str| {
            word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        if let Some(word) = body.error.as_str().filter(plain) {
            words.push(' ');
            words.push_str(word);
        }
        let numbers = body.error_codes.iter().take(3).map(|number| format!("AADSTS{number}"));
        let numbers: Vec<_> = numbers.collect();
        if !numbers.is_empty() {
            words.push_str(&format!(" ({})", numbers.join(", ")));
        }
        let asked = retry_after::asked(&self.headers);
        if let Some(wait) = asked.filter(|_| code == ErrorCode::Unavailable) {
            words.push_str(&format!(", and asks to wait {} s", wait.as_secs()));
        }
        let id = body.trace_id.chars().filter(|c| c.is_ascii_hexdigit() || *c == '-').take(40);
        let error = Error::new(code, words).with_service_status(status.into());
        error.with_request_id(id.collect::<String>())
    }
}

fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    // Beyond that no date is.
    Some(Duration::from_secs(seconds.min(1 << 40)))
}

/// Whether the same request may be answered with a token later.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}
