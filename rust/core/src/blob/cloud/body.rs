//! The body of an answer, counted as it comes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use object_store::client::{HttpError, HttpResponseBody};

use super::policy::limit::UnderWay;

/// The pieces of a body. Its request is under way until the last of them was read, or it is dropped.
pub(super) struct Body {
    pieces: BoxStream<'static, Result<Bytes, HttpError>>,
    under_way: Option<UnderWay>,
}

impl Body {
    pub(super) fn new(body: HttpResponseBody, under_way: UnderWay) -> Self {
        Self { pieces: body.bytes_stream(), under_way: Some(under_way) }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, HttpError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.pieces.poll_next_unpin(cx));
        match (&next, &self.under_way) {
            (Some(Ok(piece)), Some(under_way)) => {
                under_way.counters().bytes_received.add(piece.len() as u64);
            }
            (Some(Err(_)) | None, _) => self.under_way = None,
            (Some(Ok(_)), None) => {}
        }
        Poll::Ready(next)
    }
}
