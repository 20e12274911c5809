//! One request and its answer.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use http::Request;
use http::header::HeaderName;
use object_store::PutPayload;
use object_store::client::{
    HttpClient, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
};
use tokio::time::Instant;

use super::call::{Call, Repeat, Reply};
use super::errors::{self, Refusal};
use super::metrics::{Counters, Outcome};
use super::policy::limit::UnderWay;
use super::protocol::Protocol;
use super::{bearer, headers};
use crate::blob::etag;
use crate::net::retry_after;
use crate::{Error, Result, TraceParent};

/// How much of an error's body is read.
const MAX_ERROR: usize = 64 << 10;

/// Why an attempt has brought no answer.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Whether another attempt is allowed and may help.
    pub(super) again: bool,
    /// The service says that another request is in the way. It may be an earlier one of the same write.
    pub(super) conflict: bool,
    /// How long the service asks to wait before.
    pub(super) asked: Option<Duration>,
}

impl Failure {
    fn for_good(error: Error) -> Self {
        Self { error, again: false, conflict: false, asked: None }
    }
}

/// Sends `call` once.
pub(super) async fn attempt<P: Protocol>(
    protocol: &P,
    client: Result<HttpClient>,
    call: &Call,
    trace_parent: Option<&TraceParent>,
    under_way: UnderWay,
) -> Result<Reply, Failure> {
    let client = client.map_err(Failure::for_good)?;
    let id = request_id(protocol, trace_parent).map_err(Failure::for_good)?;
    let ending = Ending::new(under_way.counters());
    under_way.counters().bytes_sent.add(call.length());
    let sent =
        bearer::execute(&client, protocol, || signed(protocol, call, trace_parent, &id)).await;
    let response = match sent {
        Ok(Ok(response)) => response,
        Err(unsent) => {
            let again = unsent.retryable();
            return Err(Failure { again, ..Failure::for_good(unsent) });
        }
        Ok(Err(error)) => {
            ending.is(Outcome::NoAnswer);
            let again = errors::was_not_sent(&error) || call.repeat != Repeat::Once;
            let error = errors::no_answer(error, call).with_request_id(id);
            return Err(Failure { again, ..Failure::for_good(error) });
        }
    };
    ending.is(Outcome::of(response.status()));
    if response.status().is_success() {
        let (mut parts, body) = response.into_parts();
        protocol.translate(&mut parts.headers);
        return Ok(Reply::new(parts.status, parts.headers, body, under_way));
    }
    let asked = retry_after::asked(response.headers());
    let refusal = refusal(protocol, response).await;
    let again = refusal.was_not_begun() || call.repeat != Repeat::Once;
    let again = again && refusal.is_passing();
    let conflict = refusal.is_conflict();
    Err(Failure { error: refusal.into_error(call), again, conflict, asked })
}

/// Counts a request by its end: as dropped, unless it is told another one.
struct Ending<'a> {
    counters: Option<&'a Counters>,
    began: Instant,
}

impl<'a> Ending<'a> {
    fn new(counters: &'a Counters) -> Self {
        Self { counters: Some(counters), began: Instant::now() }
    }

    fn is(mut self, outcome: Outcome) {
        let Some(counters) = self.counters.take() else { return };
        counters.ended(outcome);
        if outcome != Outcome::NoAnswer {
            counters.answered(self.began.elapsed());
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if let Some(counters) = self.counters {
            counters.ended(Outcome::Dropped);
        }
    }
}

fn signed<P: Protocol>(
    protocol: &P,
    call: &Call,
    trace_parent: Option<&TraceParent>,
    id: &str,
) -> Result<HttpRequest> {
    let body = match call.body.as_slice() {
        [] => HttpRequestBody::empty(),
        [one] => HttpRequestBody::from(one.clone()),
        many => HttpRequestBody::from(PutPayload::from_iter(many.iter().cloned())),
    };
    let request = Request::builder().method(call.method.clone()).uri(call.url.as_str()).body(body);
    let mut request = request
        .map_err(|error| Error::invalid_argument("key", "it makes no URL").with_cause(error))?;
    *request.headers_mut() = call.headers.clone();
    if let Some(name) = protocol.client_request_id() {
        request.headers_mut().insert(name, headers::value("trace_parent", id)?);
    }
    protocol.authorize(&mut request, &call.body)?;
    // Not signed: whoever hands a request on may put its own part of the trace in.
    if let Some(parent) = trace_parent {
        let value = headers::value("trace_parent", parent.as_str())?;
        request.headers_mut().insert(HeaderName::from_static("traceparent"), value);
    }
    Ok(request)
}

/// Our own name of a request, that no other has: of the trace, or of this process, and a number. Empty
/// where the service takes none.
fn request_id<P: Protocol>(protocol: &P, trace_parent: Option<&TraceParent>) -> Result<String> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    static PROCESS: OnceLock<String> = OnceLock::new();
    if protocol.client_request_id().is_none() {
        return Ok(String::new());
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    if let Some(parent) = trace_parent {
        return Ok(format!("{}-{number}", parent.trace_id()));
    }
    let process = match PROCESS.get() {
        Some(process) => process,
        None => {
            let new = etag::new_etag()?;
            PROCESS.get_or_init(|| new)
        }
    };
    Ok(format!("{process}-{number}"))
}

/// Reads an error's body, if it comes whole.
async fn refusal<P: Protocol>(protocol: &P, response: HttpResponse) -> Refusal {
    let (parts, body) = response.into_parts();
    let dialect = protocol.dialect();
    let (mut code, mut message) = protocol.read_error(&beginning(body).await);
    if code.is_empty() {
        code = headers::text(&parts.headers, dialect.error_code).to_owned();
    }
    for secret in protocol.secrets() {
        message = secret.hidden_in(message);
    }
    let request_id = headers::text(&parts.headers, dialect.request_id).to_owned();
    Refusal { status: parts.status, code, message, request_id }
}

async fn beginning(body: HttpResponseBody) -> Vec<u8> {
    let mut pieces = body.bytes_stream();
    let mut whole = Vec::new();
    while let Ok(Some(piece)) = pieces.try_next().await {
        whole.extend(piece.iter().take(MAX_ERROR - whole.len()));
        if whole.len() == MAX_ERROR {
            break;
        }
    }
    whole
}
