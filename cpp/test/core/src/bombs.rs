//! What panics when it is dropped, in every place where the library drops what is not its own.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tombolo_bridge::{Placement, Result, Spec, StreamTicket, Ticket, op, stream};

use super::operations::{Alive, Bomb};

#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = tombolo_bridge::StreamTicket;
    }

    extern "Rust" {
        fn bomb_in_future(on_worker: bool) -> Ticket;
        fn bomb_as_value(on_worker: bool) -> Ticket;
        fn bomb_as_large_value() -> Ticket;
        fn bomb_in_stream(items: u64) -> StreamTicket;
    }
}

fn spec(on_worker: bool) -> Spec {
    let placement = if on_worker { Placement::Worker } else { Placement::Caller };
    Spec::read("test", "bomb").on(placement)
}

/// The future holds its bomb before it is first polled, and never ends.
fn bomb_in_future(on_worker: bool) -> Ticket {
    op(spec(on_worker), || {
        let held = (Bomb, Alive::new());
        Ok(async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok(0_u64)
        })
    })
}

/// A value that nobody takes: it has no `take_…` function.
struct Untaken<const SIZE: usize> {
    _bomb: Bomb,
    _alive: Alive,
    _ballast: [u8; SIZE],
}

fn untaken<const SIZE: usize>() -> Untaken<SIZE> {
    Untaken { _bomb: Bomb, _alive: Alive::new(), _ballast: [0; SIZE] }
}

fn bomb_as_value(on_worker: bool) -> Ticket {
    op(spec(on_worker), || Ok(async { Ok(untaken::<0>()) }))
}

/// Too large for a slot's storage.
fn bomb_as_large_value() -> Ticket {
    op(spec(false), || Ok(async { Ok(untaken::<1000>()) }))
}

struct Stuffed {
    left: u64,
    _bomb: Bomb,
    _alive: Alive,
}

impl Stream for Stuffed {
    type Item = Result<u64>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<u64>>> {
        if self.left == 0 {
            return Poll::Pending;
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(self.left)))
    }
}

/// So many items, and then it is pending for ever.
fn bomb_in_stream(items: u64) -> StreamTicket {
    stream(spec(false), move || Ok(Stuffed { left: items, _bomb: Bomb, _alive: Alive::new() }))
}
