//! A request and the head of its answer, over a connection that whoever waits for them drives.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use http::Response;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper_util::rt::TokioIo;
use object_store::client::{HttpRequest, HttpRequestBody};

use super::stream::Stream;

/// A connection. Nothing happens on it but while it is driven.
pub(super) struct Wire {
    sender: SendRequest<HttpRequestBody>,
    connection: Connection<TokioIo<Stream>, HttpRequestBody>,
    /// Whether the connection is over; it must not be driven then.
    ended: bool,
}

impl Wire {
    pub(super) fn new(
        sender: SendRequest<HttpRequestBody>,
        connection: Connection<TokioIo<Stream>, HttpRequestBody>,
    ) -> Self {
        Self { sender, connection, ended: false }
    }

    /// Reads and writes what there is. What goes wrong, those learn who wait for an answer.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.ended && Pin::new(&mut self.connection).poll(cx).is_ready() {
            self.ended = true;
        }
        if self.ended { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Whether it takes another request: the peer may have closed it while it was not in use.
    pub(super) fn is_usable(&mut self) -> bool {
        self.drive(&mut nobody()).is_pending() && self.sender.is_ready()
    }
}

/// A context for what cannot go on by itself, but by driving the connection: that wakes.
pub(super) fn nobody() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Sends a request; gives the head of its answer, and the connection, on which the body is to come.
///
/// Dropping the future closes the connection.
pub(super) async fn exchange(
    mut wire: Box<Wire>,
    request: HttpRequest,
) -> Result<(Response<Incoming>, Box<Wire>), TrySendError<HttpRequest>> {
    let mut answer = pin!(wire.sender.try_send_request(request));
    let answer = poll_fn(|cx| {
        // Once that is over, the answer is there, or what has become of it.
        let _ = wire.drive(cx);
        answer.as_mut().poll(&mut nobody())
    })
    .await?;
    Ok((answer, wire))
}
