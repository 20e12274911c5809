//! A request, and what comes back.

use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use object_store::client::{HttpError, HttpResponseBody};

use super::body::Body;
use super::errors;
use super::policy::limit::UnderWay;
use crate::{Error, ErrorCode, Result};

/// The longest answer that is read whole: a page of a listing of the longest keys is shorter.
const MAX_ANSWER: usize = 64 << 20;

/// How much of a body a connection is given at once. It sends what it was given also when nobody waits
/// for the answer any more: so much of an operation that was dropped is still sent, and no more.
const STEP: usize = 256 << 10;

/// What sending a request twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Nothing, as it changes nothing.
    Reads,
    /// The same as once.
    Idempotent,
    /// The second one may be refused because the first has succeeded, which whoever sends it finds out.
    Conditional,
    /// Something else than once, or it may fail the second time because it succeeded the first.
    Once,
}

/// A request, which may be sent more than once.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    /// All of it, encoded.
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    /// In pieces, so that they need not be joined.
    pub(super) body: Vec<Bytes>,
    pub(super) repeat: Repeat,
    /// Which object it is about, for messages.
    pub(super) key: String,
}

impl Call {
    /// A request that reads.
    pub(super) fn read(method: Method, url: String, key: &str) -> Self {
        let (headers, body) = (HeaderMap::new(), Vec::new());
        Self { method, url, headers, body, repeat: Repeat::Reads, key: key.to_owned() }
    }

    /// A request that changes something.
    pub(super) fn write(method: Method, url: String, key: &str, repeat: Repeat) -> Self {
        Self { repeat, ..Self::read(method, url, key) }
    }

    /// With this body and its length.
    pub(super) fn with_body(mut self, body: Vec<Bytes>) -> Self {
        self.body = body.into_iter().flat_map(steps).collect();
        let length = HeaderValue::from(self.length());
        self.set(http::header::CONTENT_LENGTH, length);
        self
    }

    pub(super) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// Whether it reads an object, or looks at one.
    pub(super) fn reads_an_object(&self) -> bool {
        self.repeat == Repeat::Reads && !self.key.is_empty()
    }

    /// The length of its body.
    pub(super) fn length(&self) -> u64 {
        self.body.iter().map(|piece| piece.len() as u64).sum()
    }
}

/// A piece of a body in steps, none of which is copied.
fn steps(mut piece: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let step = piece.split_to(piece.len().min(STEP));
        (!step.is_empty()).then_some(step)
    })
}

/// The answer to a request that succeeded.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Body,
}

impl Reply {
    /// The request is under way until the body was read or dropped.
    pub(super) fn new(
        status: StatusCode,
        headers: HeaderMap,
        body: HttpResponseBody,
        under_way: UnderWay,
    ) -> Self {
        Self { status, headers, body: Body::new(body, under_way) }
    }

    /// The body, which is short.
    pub(super) async fn whole(self) -> Result<Vec<u8>> {
        let mut pieces = self.body;
        let mut whole = Vec::new();
        while let Some(piece) = pieces.try_next().await.map_err(errors::broken_off)? {
            if whole.len() + piece.len() > MAX_ANSWER {
                let message = format!("an answer of more than {MAX_ANSWER} bytes");
                return Err(Error::new(ErrorCode::ResourceExhausted, message));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// The body in pieces.
    pub(super) fn pieces(self) -> BoxStream<'static, Result<Bytes, HttpError>> {
        self.body.boxed()
    }
}
