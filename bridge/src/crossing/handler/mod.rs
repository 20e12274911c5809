//! Handlers: functions of C++ that Rust calls, on the service's own thread.
//!
//! A handler is a stream of calls that C++ pulls through its completion queue, so that everything
//! that holds for operations holds for it: nothing runs outside a drain, destroying it is safe at
//! any time, a queue that shuts down ends it. C++ pulls a call when it is ready for one, which
//! bounds how many are under way.

mod call;
mod ffi;
mod homes;
#[cfg(test)]
mod tests;
mod waiting;

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use tombolo::{Error, ErrorCode, ErrorKind, Placement, Result};

pub(crate) use call::{Answered, Call};
use homes::Home;
pub(crate) use homes::drained_here_alone;
pub(crate) use waiting::Waiting;

use super::abi::StreamTicket;
use super::operation::Spec;
use super::queue::Queue;
use super::stream::stream;

/// A function of C++ from `Q` to `A`. Cheap to clone; it may be called from any thread.
pub struct Handler<Q, A> {
    calls: Arc<Waiting>,
    types: PhantomData<fn(Q) -> A>,
}

impl<Q, A> Clone for Handler<Q, A> {
    fn clone(&self) -> Self {
        Self { calls: Arc::clone(&self.calls), types: PhantomData }
    }
}

impl<Q, A> std::fmt::Debug for Handler<Q, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler").finish_non_exhaustive()
    }
}

impl<Q: Send + 'static, A: Send + 'static> Handler<Q, A> {
    pub(crate) fn new(calls: Arc<Waiting>) -> Self {
        Self { calls, types: PhantomData }
    }

    /// Calls it in a drain of its queue, when it is ready for another call. Dropping the future
    /// gives the call up, which C++ can see.
    ///
    /// # Errors
    /// What C++ answers; `unknown`, kind `Exception`, for what it threw; `unknown` if it dropped
    /// the reply; `unavailable`, kind `Shutdown`, once the handler or its queue is gone; `internal`
    /// if C++ takes or answers other types than these.
    pub async fn call(&self, request: Q) -> Result<A> {
        let (call, answering) = call::call(request);
        if self.calls.push(call) { answering.await } else { Err(gone()) }
    }
}

/// The calls of a handler, as C++ pulls them.
struct Calls {
    waiting: Arc<Waiting>,
    _home: Home,
}

impl Stream for Calls {
    type Item = Result<Call>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.waiting.poll(cx).map(|call| Some(Ok(call)))
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        for call in self.waiting.close() {
            call.fail(gone());
        }
    }
}

fn gone() -> Error {
    let error = Error::new(ErrorCode::Unavailable, "the handler is gone");
    error.with_kind(ErrorKind::Shutdown).with_retryable(false)
}

/// A handler whose calls are pulled on `queue`: what Rust calls, and what C++ pulls.
pub(crate) fn open(queue: &Queue) -> (Arc<Waiting>, StreamTicket) {
    let waiting = Arc::new(Waiting::new());
    let calls = Calls { waiting: Arc::clone(&waiting), _home: Home::new(queue.port()) };
    let spec = Spec::read("handler", "next_call").on(Placement::Caller);
    (waiting, stream(spec, || Ok(calls)))
}
