//! A stream that is over after its first error, and stays over.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::{Error, Result};

/// What a store hands out: the backend's stream, whose errors get their origin. After the end or
/// an error the backend's stream is dropped, which frees what it holds, and is not polled again,
/// which many streams answer with a panic.
pub(crate) struct UntilError<T, F> {
    stream: Option<Pin<Box<dyn Stream<Item = Result<T>> + Send>>>,
    origin: F,
}

impl<T, F> UntilError<T, F> {
    pub(crate) fn new(stream: Pin<Box<dyn Stream<Item = Result<T>> + Send>>, origin: F) -> Self {
        Self { stream: Some(stream), origin }
    }
}

impl<T, F: Fn(Error) -> Error + Unpin> Stream for UntilError<T, F> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = self.stream.as_mut() else { return Poll::Ready(None) };
        let item = ready!(stream.as_mut().poll_next(context));
        if !matches!(item, Some(Ok(_))) {
            self.stream = None;
        }
        Poll::Ready(item.map(|item| item.map_err(&self.origin)))
    }
}
