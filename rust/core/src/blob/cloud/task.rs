//! Work of an operation that goes on while nobody polls it, and ends with it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument;

use crate::panic::describe;
use crate::{Call, Error, ErrorCode, Result};

/// Work on the runtime that it was begun on. Dropping this ends it.
pub(super) struct Task<T>(JoinHandle<Result<T>>);

impl<T: Send + 'static> Task<T> {
    /// Begins the work.
    pub(super) fn begin(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<Self> {
        Ok(Self(here()?.spawn(Call::current().run(work.in_current_span()))))
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.0).poll(context)).unwrap_or_else(|e| Err(ended(e))))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The runtime that polls this.
///
/// # Errors
/// `internal` if none does.
pub(super) fn here() -> Result<Handle> {
    Handle::try_current().map_err(|error| {
        Error::new(ErrorCode::Internal, "no tokio runtime polls this").with_cause(error)
    })
}

/// Work that has ended without an answer: in a panic, or with its runtime.
pub(super) fn ended(error: JoinError) -> Error {
    match error.try_into_panic() {
        Ok(payload) => describe(payload),
        Err(error) => {
            let message = "the runtime ended on which a part of this operation was under way";
            Error::new(ErrorCode::Cancelled, message).with_cause(error)
        }
    }
}
