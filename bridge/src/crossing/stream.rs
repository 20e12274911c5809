//! Streams: pulled item by item by C++, each pull an operation, so that nothing runs ahead.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use tombolo::{Error, Result};

use super::abi::{StreamTicket, Ticket};
use super::exclusive::{Exclusive, OnCancel};
use super::guard::{contain, entry};
use super::operation::{Spec, next_op};
use super::runtime::Runtime;

type Next = Box<dyn Fn() -> Ticket + Send + Sync>;
type Close = Box<dyn Fn() + Send + Sync>;

/// A stream on its way to C++. C++ pulls it by `next`, one pull at a time; dropping it drops the
/// stream, or as soon as the pull under way lets go.
pub struct StreamHandle {
    next: Next,
    close: Close,
}

impl std::fmt::Debug for StreamHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamHandle").finish_non_exhaustive()
    }
}

/// A stream of `T` for C++. `spec` names its `next`. `build` copies the arguments and makes the
/// stream; whatever goes wrong in it is what the first `next` answers. After its end or an error
/// the stream is over, and every further `next` answers with the end.
pub fn stream<T, S>(spec: Spec, build: impl FnOnce() -> Result<S>) -> StreamTicket
where
    T: Send + 'static,
    S: Stream<Item = Result<T>> + Send + 'static,
{
    stream_at(&Runtime::DEFAULT, spec, build)
}

/// As [`stream`], for one whose every `next` runs on `runtime`.
pub(crate) fn stream_at<T, S>(
    runtime: &Runtime,
    spec: Spec,
    build: impl FnOnce() -> Result<S>,
) -> StreamTicket
where
    T: Send + 'static,
    S: Stream<Item = Result<T>> + Send + 'static,
{
    let source = match entry(build) {
        Ok(stream) => Source::Live(Box::pin(stream)),
        Err(error) => Source::Failed(error),
    };
    // A pull that is cancelled leaves the stream where it was: polling is safe to stop.
    let shared = Exclusive::new(source, OnCancel::Keep);
    let (pulled, at, closed_at) = (shared.clone(), runtime.clone(), runtime.clone());
    let next = move || {
        next_op(&at, spec, || {
            let shared = pulled.clone();
            Ok(async move { shared.with(async |source| source.pull().await).await })
        })
    };
    let close = move || closed_at.within(|| shared.close());
    StreamHandle { next: Box::new(next), close: Box::new(close) }.into_ticket()
}

enum Source<S> {
    Live(Pin<Box<S>>),
    Failed(Error),
    Over,
}

impl<T, S: Stream<Item = Result<T>>> Source<S> {
    async fn pull(&mut self) -> Result<Option<T>> {
        let item = match self {
            Self::Live(stream) => poll_fn(|cx| stream.as_mut().poll_next(cx)).await,
            Self::Failed(error) => Some(Err(error.clone())),
            Self::Over => None,
        };
        if !matches!(item, Some(Ok(_))) {
            *self = Self::Over;
        }
        item.transpose()
    }
}

impl StreamHandle {
    /// The operation that answers with the next item or the end.
    pub(crate) fn next(&self) -> Ticket {
        (self.next)()
    }
}

impl Drop for StreamHandle {
    fn drop(&mut self) {
        let _ = contain(|| (self.close)());
    }
}
