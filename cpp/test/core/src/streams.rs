//! The streams behind the test bridge.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tombolo_bridge::{Error, ErrorCode, Placement, Result, Spec, StreamTicket, stream};

use super::ffi::Pair;
use super::operations::{Alive, pair, panic_now};

static PRODUCED: AtomicU64 = AtomicU64::new(0);

/// How many items the counting streams have produced, whether anybody took them or not.
pub(crate) fn items_produced() -> u64 {
    PRODUCED.load(Ordering::SeqCst)
}

struct Count<F> {
    next: u64,
    to: u64,
    check: F,
    _alive: Alive,
}

impl<F: FnMut(u64) -> Result<()> + Unpin> Stream for Count<F> {
    type Item = Result<u64>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<u64>>> {
        let i = self.next;
        if i >= self.to {
            return Poll::Ready(None);
        }
        self.next += 1;
        PRODUCED.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Some((self.check)(i).map(|()| i)))
    }
}

fn spec() -> Spec {
    Spec::read("test", "next").on(Placement::Caller)
}

/// What [`count`] makes a stream of, without a check.
pub(crate) fn counting(to: u64) -> impl Stream<Item = Result<u64>> {
    Count { next: 0, to, check: |_| Ok(()), _alive: Alive::new() }
}

pub(crate) fn count<F>(to: u64, check: F) -> StreamTicket
where
    F: FnMut(u64) -> Result<()> + Send + Unpin + 'static,
{
    stream(spec(), move || Ok(Count { next: 0, to, check, _alive: Alive::new() }))
}

struct Slowly {
    next: u64,
    to: u64,
    every: Duration,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    _alive: Alive,
}

impl Stream for Slowly {
    type Item = Result<u64>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<u64>>> {
        if self.next >= self.to {
            return Poll::Ready(None);
        }
        let every = self.every;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(every)));
        if sleep.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.sleep = None;
        self.next += 1;
        Poll::Ready(Some(Ok(self.next - 1)))
    }
}

pub(crate) fn count_slowly(to: u64, every: Duration) -> StreamTicket {
    let slowly = Slowly { next: 0, to, every, sleep: None, _alive: Alive::new() };
    stream(spec(), move || Ok(slowly))
}

struct Pairs(u64, u64);

impl Stream for Pairs {
    type Item = Result<Pair>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Pair>>> {
        if self.0 >= self.1 {
            return Poll::Ready(None);
        }
        self.0 += 1;
        Poll::Ready(Some(Ok(pair(self.0 - 1))))
    }
}

pub(crate) fn pairs(to: u64) -> StreamTicket {
    stream(spec(), move || Ok(Pairs(0, to)))
}

/// A stream whose making fails.
pub(crate) fn stream_that_cannot_begin(panics: bool) -> StreamTicket {
    stream::<u64, Slowly>(spec(), move || {
        if panics {
            return panic_now("in a stream's build");
        }
        Err(Error::new(ErrorCode::NotFound, "there is no such stream"))
    })
}

/// A stream that panics on a worker after a while, when its first item is asked for.
pub(crate) fn panic_later(after: Duration) -> StreamTicket {
    stream(spec().on(Placement::Worker), move || Ok(PanicLater { after, sleep: None }))
}

struct PanicLater {
    after: Duration,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Stream for PanicLater {
    type Item = Result<u64>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<u64>>> {
        let after = self.after;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(after)));
        match sleep.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(Some(panic_now("in a stream"))),
        }
    }
}
