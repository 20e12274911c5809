//! The body of an answer, which drives the connection that it comes on, and gives it back at its end.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use object_store::client::{HttpError, HttpErrorKind};

use super::errors;
use super::exchange::{Wire, nobody};
use super::pool::{Origin, Pool};

type Piece = Option<Result<Frame<Bytes>, HttpError>>;

/// Dropping it before its end closes the connection.
pub(super) struct Body {
    incoming: Incoming,
    /// What is given back. In a mutex that is never locked: a body is to be `Sync`, a connection need not.
    lent: Mutex<Option<Lent>>,
}

struct Lent {
    wire: Box<Wire>,
    origin: Origin,
    pool: Arc<Pool>,
}

impl Body {
    pub(super) fn new(
        incoming: Incoming,
        wire: Box<Wire>,
        origin: Origin,
        pool: &Arc<Pool>,
    ) -> Self {
        let lent = Lent { wire, origin, pool: Arc::clone(pool) };
        let mut body = Self { incoming, lent: Mutex::new(Some(lent)) };
        if body.incoming.is_end_stream() {
            body.give_back();
        }
        body
    }

    fn lent(&mut self) -> &mut Option<Lent> {
        self.lent.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&mut self) {
        if let Some(Lent { mut wire, origin, pool }) = self.lent().take()
            && wire.is_usable()
        {
            pool.keep(origin, wire);
        }
    }

    /// What has come of it. That alone does not go on: nobody would be woken.
    fn come(&mut self) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.incoming).poll_frame(&mut nobody())
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Poll::Ready(piece) = self.come() {
            return Poll::Ready(piece);
        }
        if let Some(lent) = self.lent()
            && lent.wire.drive(cx).is_ready()
        {
            // With the connection goes whoever would send more: what has come is all there is.
            *self.lent() = None;
        }
        self.come()
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Piece> {
        let body = self.get_mut();
        let piece = match body.next(cx) {
            Poll::Pending if body.lent().is_none() => return Poll::Ready(Some(Err(torn()))),
            polled => ready!(polled),
        };
        if piece.is_none() || body.incoming.is_end_stream() {
            body.give_back();
        }
        Poll::Ready(piece.map(|piece| piece.map_err(errors::of_hyper)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// Never: a body that nobody sends any more has an end.
fn torn() -> HttpError {
    HttpError::new_boxed(HttpErrorKind::Interrupted, "the connection is gone".into())
}
