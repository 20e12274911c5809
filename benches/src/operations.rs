//! The asynchronous operations that are measured.

use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tombolo_bridge::{
    Error, ErrorCode, Handler, Placement, RawHandler, Result, Spec, StreamTicket, Ticket, op,
    stream,
};

use super::actor::Actor;

/// The operations, as C++ sees them.
#[cxx::bridge(namespace = "tombolo_bench")]
mod ffi {
    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = tombolo_bridge::StreamTicket;
        #[namespace = "tombolo"]
        type RawHandler = tombolo_bridge::RawHandler;
    }

    extern "Rust" {
        fn ready(x: u64) -> Ticket;
        fn ready_error() -> Ticket;
        fn ready_on_worker(x: u64) -> Ticket;
        fn ask_actor(x: u64) -> Ticket;
        fn ask_actor_on_worker(x: u64) -> Ticket;
        fn sleep(ms: u64) -> Ticket;
        fn never() -> Ticket;
        fn never_on_worker() -> Ticket;
        fn count_up(to: u64) -> StreamTicket;
        fn call_handler(handler: RawHandler, times: u64) -> Ticket;
        fn event(x: u64) -> Ticket;
    }
}

const SPEC: Spec = Spec::read("bench", "run");

fn caller() -> Spec {
    SPEC.on(Placement::Caller)
}

fn ready(x: u64) -> Ticket {
    op(caller().without_runtime(), || Ok(async move { Ok(x + 1) }))
}

fn ready_error() -> Ticket {
    op(caller().without_runtime(), || {
        Ok(async { Err::<u64, _>(Error::new(ErrorCode::NotFound, "there is none")) })
    })
}

fn ready_on_worker(x: u64) -> Ticket {
    op(SPEC, || Ok(async move { Ok(x + 1) }))
}

static ACTOR: OnceLock<Actor> = OnceLock::new();

/// On the runtime of Tombolo that is in context where this is first polled.
fn actor() -> &'static Actor {
    ACTOR.get_or_init(Actor::start)
}

fn ask_actor(x: u64) -> Ticket {
    let spec = match ACTOR.get() {
        Some(_) => caller().without_runtime(), // channels need none
        None => caller(),
    };
    op(spec, || Ok(async move { actor().ask(x).await }))
}

fn ask_actor_on_worker(x: u64) -> Ticket {
    op(SPEC, || Ok(async move { actor().ask(x).await }))
}

fn sleep(ms: u64) -> Ticket {
    op(SPEC, || {
        Ok(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(ms)
        })
    })
}

fn never() -> Ticket {
    op(caller(), || Ok(std::future::pending::<Result<u64>>()))
}

fn never_on_worker() -> Ticket {
    op(SPEC, || Ok(std::future::pending::<Result<u64>>()))
}

/// 0 up to `to`, each ready when it is asked for.
struct Count {
    next: u64,
    to: u64,
}

impl futures_core::Stream for Count {
    type Item = Result<u64>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.next;
        self.next += 1;
        Poll::Ready((next < self.to).then_some(Ok(next)))
    }
}

fn count_up(to: u64) -> StreamTicket {
    stream(caller(), move || Ok(Count { next: 0, to }))
}

/// Calls the handler so many times, all at once; answers the sum of its answers.
fn call_handler(handler: RawHandler, times: u64) -> Ticket {
    op(SPEC, || {
        let handler: Handler<u64, u64> = handler.into_handler()?;
        Ok(async move {
            let calls: FuturesUnordered<_> =
                (0..times).map(|number| handler.call(number)).collect();
            calls.fold(Ok(0), async |sum, answer| Ok(sum? + answer?)).await
        })
    })
}

/// Ready at once, with one event for whoever listens.
fn event(x: u64) -> Ticket {
    op(caller().without_runtime(), || {
        Ok(async move {
            tracing::warn!(target: "bench", x, "an event");
            Ok(x + 1)
        })
    })
}
