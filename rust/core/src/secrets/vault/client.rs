//! Requests to the server, one by one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use object_store::client::{HttpError, HttpErrorKind, HttpRequest, HttpRequestBody};
use zeroize::Zeroizing;

use super::answers::Answer;
use crate::net::connections::Connections;
use crate::net::header_value;
use crate::net::options::HttpOptions;
use crate::net::secret::Secret;
use crate::{Effect, Error, ErrorCode, Result};

/// The longest answer: a secret of a megabyte, each byte of it escaped.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(10);

/// A server, without a token.
pub(super) struct Client {
    /// Such as `https://vault:8200/v1/`.
    base: String,
    namespace: Option<HeaderValue>,
    connections: Connections,
}

impl Client {
    pub(super) fn new(base: String, namespace: Option<String>, http: HttpOptions) -> Result<Self> {
        let namespace = namespace.map(|text| header_value("namespace", &text)).transpose()?;
        Ok(Self { base, namespace, connections: Connections::new(http, Arc::default())? })
    }

    /// Sends a request and reads its answer, whatever that is. A read is sent once more where no
    /// answer comes: a connection that was kept may have been closed meanwhile.
    ///
    /// # Errors `unavailable` if there is no answer in time.
    pub(super) async fn send(
        &self,
        method: &Method,
        path: &str,
        token: Option<&Secret>,
        body: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Answer> {
        let body = body.map_or_else(Bytes::new, Bytes::from_owner);
        let attempts = async {
            let first = self.send_once(method, path, token, body.clone()).await;
            match first {
                Err(Failed { is_sent: true, .. }) if *method == Method::GET => {
                    self.send_once(method, path, token, body).await
                }
                first => first,
            }
        };
        let answered = tokio::time::timeout(LIMIT, attempts).await;
        let answered = answered.unwrap_or_else(|_| {
            let message = "the server has not answered within 10 s";
            Err(Failed { error: Error::new(ErrorCode::Unavailable, message), is_sent: true })
        });
        answered.map_err(|failed| match failed.is_sent && *method != Method::GET {
            true => failed.error.with_effect(Effect::Unknown),
            false => failed.error,
        })
    }

    async fn send_once(
        &self,
        method: &Method,
        path: &str,
        token: Option<&Secret>,
        body: Bytes,
    ) -> std::result::Result<Answer, Failed> {
        let request = self.request(method, path, token, body).map_err(Failed::unsent)?;
        let client = self.connections.client().map_err(Failed::unsent)?;
        let (parts, body) = client.execute(request).await.map_err(Failed::of)?.into_parts();
        let mut pieces = body.bytes_stream();
        // Room for all of it where the length is known: a buffer that grows leaves its older self
        // behind.
        let length = parts.headers.get(http::header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        let room = length.unwrap_or(64 * 1024).min(MAX_ANSWER);
        let mut whole = Zeroizing::new(Vec::with_capacity(room));
        while let Some(piece) = pieces.try_next().await.map_err(Failed::of)? {
            if whole.len() + piece.len() > MAX_ANSWER {
                let message = format!("the server's answer has more than {MAX_ANSWER} bytes");
                return Err(Failed::unsent(Error::new(ErrorCode::ResourceExhausted, message)));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(Answer { status: parts.status, body: whole })
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        token: Option<&Secret>,
        body: Bytes,
    ) -> Result<HttpRequest> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("x-vault-request", "true");
        if let Some(namespace) = &self.namespace {
            request = request.header("x-vault-namespace", namespace);
        }
        if let Some(token) = token {
            let mut value = header_value("token", token.expose())?;
            value.set_sensitive(true);
            request = request.header("x-vault-token", value);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request
            .body(HttpRequestBody::from(body))
            .map_err(|_| Error::invalid_argument("name", "it makes a path that cannot be sent"))
    }
}

/// A request without an answer.
struct Failed {
    error: Error,
    /// It may have reached the server.
    is_sent: bool,
}

impl Failed {
    fn unsent(error: Error) -> Self {
        Self { error, is_sent: false }
    }

    fn of(error: HttpError) -> Self {
        let is_sent = error.kind() != HttpErrorKind::Connect;
        let message = "the server cannot be reached";
        let error = Error::new(ErrorCode::Unavailable, message).with_cause(error);
        Self { error, is_sent }
    }
}
