//! Operations that misbehave in every way a test may want, over a bridge as anybody would write it.

mod bombs;
mod fallible;
mod handlers;
mod handles;
mod logs;
mod numbers;
mod operations;
mod probes;
mod runtimes;
mod spans;
mod streams;

use std::time::Duration;

use operations::Hop;
use tombolo_bridge::{
    Error, ErrorCode, LentBuffer, Placement, RawBuffer, RawBytes, Spec, StreamTicket, Ticket, op,
    owned_text,
};

/// A shared struct that crosses as a value.
#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    /// A value of several fields.
    struct Pair {
        number: u64,
        text: String,
    }

    /// A number that is pinned, and its name on the Rust side.
    struct Named {
        number: u32,
        name: String,
    }

    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = tombolo_bridge::StreamTicket;
        #[namespace = "tombolo"]
        type RawBytes = tombolo_bridge::RawBytes;
        #[namespace = "tombolo"]
        type RawBuffer = tombolo_bridge::RawBuffer;
    }

    extern "Rust" {
        fn ready(x: u64) -> Ticket;
        fn ready_on_worker(x: u64) -> Ticket;
        fn hop(x: u64) -> Ticket;
        fn hop_on_worker(x: u64) -> Ticket;
        fn big_hop(x: u64) -> Ticket;
        fn sleep_ms(ms: u64) -> Ticket;
        fn never() -> Ticket;
        fn never_on_worker() -> Ticket;
        fn never_without_runtime() -> Ticket;
        fn stuck_ms(ms: u64) -> Ticket;
        fn overflow_stack() -> Ticket;
        fn nothing() -> Ticket;
        fn fail(code: u32) -> Ticket;
        fn fail_done() -> Ticket;
        fn fail_on_worker() -> Ticket;
        fn slow_first_poll(ms: u64) -> Ticket;
        fn panic_in_build() -> Ticket;
        fn panic_in_blocking_work() -> Ticket;
        fn panic_in_poll(on_worker: bool) -> Ticket;
        fn panic_in_drop(on_worker: bool) -> Ticket;
        fn echo_bytes(bytes: RawBytes) -> Ticket;
        fn hold_bytes_ms(bytes: RawBytes, ms: u64) -> Ticket;
        fn fill_buffer(buffer: RawBuffer, with: u8) -> Ticket;
        fn spoil_buffer(buffer: RawBuffer) -> Ticket;
        fn take_buffer(op: &Ticket, out: &mut RawBuffer) -> bool;
        fn constant_bytes() -> Ticket;
        fn constant_bytes_at() -> usize;
        fn echo_text(text: &[u8]) -> Ticket;
        fn negate(yes: bool) -> Ticket;
        fn half(x: i64) -> Ticket;
        fn sqrt(x: f64) -> Ticket;
        fn pair(number: u64) -> Ticket;
        fn hop_pair(number: u64) -> Ticket;
        fn take_pair(op: &Ticket, out: &mut Pair) -> bool;
        fn count(to: u64) -> StreamTicket;
        fn count_then_fail(to: u64) -> StreamTicket;
        fn count_then_panic(to: u64) -> StreamTicket;
        fn count_slowly(to: u64, every_ms: u64) -> StreamTicket;
        fn pairs(to: u64) -> StreamTicket;
        fn stream_that_cannot_begin(panics: bool) -> StreamTicket;
        fn items_produced() -> u64;
        fn panic_later(ms: u64) -> StreamTicket;
        fn error_codes() -> Vec<Named>;
        fn error_kinds() -> Vec<Named>;
        fn effects() -> Vec<Named>;
        fn alive() -> u64;
        fn operations_in_flight() -> usize;
        fn panics_contained() -> u64;
        fn live_slots() -> u64;
        fn host_panic_is_heard() -> bool;
        fn add_plain(x: u64) -> u64;
    }
}

const READ: Spec = Spec::read("test", "read");
const WRITE: Spec = Spec::write("test", "write");

const fn caller(spec: Spec) -> Spec {
    spec.on(Placement::Caller)
}

/// Of what asks nothing of the runtime.
const fn plain(spec: Spec) -> Spec {
    caller(spec).without_runtime()
}

/// A synchronous call and nothing else.
fn add_plain(x: u64) -> u64 {
    x + 1
}

fn ready(x: u64) -> Ticket {
    op(plain(READ), || Ok(async move { Ok(x + 1) }))
}

fn ready_on_worker(x: u64) -> Ticket {
    op(READ, || Ok(async move { Ok(x + 1) }))
}

fn hop(x: u64) -> Ticket {
    op(caller(READ), || Ok(operations::hop(x)))
}

fn hop_on_worker(x: u64) -> Ticket {
    op(READ, || Ok(operations::hop(x)))
}

fn big_hop(x: u64) -> Ticket {
    op(caller(READ), || Ok(operations::big_hop(x)))
}

fn sleep_ms(ms: u64) -> Ticket {
    op(WRITE, || {
        Ok(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(ms)
        })
    })
}

fn never() -> Ticket {
    op(caller(WRITE), || Ok(operations::never()))
}

fn never_without_runtime() -> Ticket {
    op(plain(WRITE), || Ok(operations::never()))
}

fn never_on_worker() -> Ticket {
    op(WRITE, || Ok(operations::never()))
}

fn stuck_ms(ms: u64) -> Ticket {
    op(WRITE, || {
        Ok(async move {
            std::thread::sleep(Duration::from_millis(ms));
            Ok(ms)
        })
    })
}

fn overflow_stack() -> Ticket {
    op(WRITE, || Ok(async { Ok(operations::overflow_stack(u64::MAX)) }))
}

fn nothing() -> Ticket {
    op(plain(READ), || Ok(async { Ok(()) }))
}

fn fail(code: u32) -> Ticket {
    op(plain(READ), || Ok(async move { Err::<(), _>(operations::error_of(code)) }))
}

fn fail_done() -> Ticket {
    op(caller(WRITE), || Ok(async { Err::<(), _>(operations::error_after_the_effect()) }))
}

fn fail_on_worker() -> Ticket {
    op(READ, || {
        Ok(async {
            Hop::new().await;
            Err::<(), _>(operations::error_of(14))
        })
    })
}

fn slow_first_poll(ms: u64) -> Ticket {
    op(caller(WRITE), || {
        Ok(async move {
            std::thread::sleep(Duration::from_millis(ms));
            operations::never().await
        })
    })
}

fn panic_in_build() -> Ticket {
    op::<(), std::future::Ready<_>>(caller(READ), || operations::panic_now("in build"))
}

fn panic_in_blocking_work() -> Ticket {
    op(caller(READ), || Ok(operations::panic_in_blocking_work()))
}

fn panic_in_poll(on_worker: bool) -> Ticket {
    let spec = if on_worker { READ } else { caller(READ) };
    op(spec, || {
        Ok(async {
            Hop::new().await;
            operations::panic_now::<()>("in poll")
        })
    })
}

fn panic_in_drop(on_worker: bool) -> Ticket {
    let spec = if on_worker { READ } else { caller(READ) };
    op(spec, || {
        Ok(async {
            let _bomb = operations::Bomb;
            Hop::new().await;
            Ok(7_u64)
        })
    })
}

fn echo_bytes(bytes: RawBytes) -> Ticket {
    op(plain(READ), || {
        let bytes = bytes.into_bytes();
        Ok(async move { Ok(bytes) })
    })
}

fn hold_bytes_ms(bytes: RawBytes, ms: u64) -> Ticket {
    op(READ, || {
        let bytes = bytes.into_bytes();
        Ok(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(bytes.len() as u64)
        })
    })
}

fn fill_buffer(buffer: RawBuffer, with: u8) -> Ticket {
    op(WRITE, || {
        let mut buffer = buffer.into_buffer();
        Ok(async move {
            buffer.as_mut().fill(with);
            Ok(buffer)
        })
    })
}

/// Writes into the buffer and fails, so that the buffer is not given back.
fn spoil_buffer(buffer: RawBuffer) -> Ticket {
    op(WRITE, || {
        let mut buffer = buffer.into_buffer();
        Ok(async move {
            buffer.as_mut().fill(b'!');
            Err::<(), _>(operations::error_after_the_effect())
        })
    })
}

fn take_buffer(op: &Ticket, out: &mut RawBuffer) -> bool {
    op.take_as::<LentBuffer, _>(out)
}

fn constant_bytes() -> Ticket {
    op(plain(READ), || Ok(async { Ok(operations::constant_bytes()) }))
}

fn constant_bytes_at() -> usize {
    operations::constant_bytes().as_ptr().addr()
}

fn echo_text(bytes: &[u8]) -> Ticket {
    op(plain(READ), || {
        let text = owned_text("text", bytes)?;
        Ok(async move { Ok(text) })
    })
}

fn negate(yes: bool) -> Ticket {
    op(plain(READ), || Ok(async move { Ok(!yes) }))
}

fn half(x: i64) -> Ticket {
    op(plain(READ), || {
        if x % 2 != 0 {
            return Err(Error::new(ErrorCode::InvalidArgument, "x: it is odd"));
        }
        Ok(async move { Ok(x / 2) })
    })
}

fn sqrt(x: f64) -> Ticket {
    op(plain(READ), || Ok(async move { Ok(x.sqrt()) }))
}

fn pair(number: u64) -> Ticket {
    op(caller(READ), || Ok(async move { Ok(operations::pair(number)) }))
}

fn hop_pair(number: u64) -> Ticket {
    op(READ, || {
        Ok(async move {
            Hop::new().await;
            Ok(operations::pair(number))
        })
    })
}

fn take_pair(op: &Ticket, out: &mut ffi::Pair) -> bool {
    op.take_into(out)
}

fn count(to: u64) -> StreamTicket {
    streams::count(to, |_| Ok(()))
}

fn count_then_fail(to: u64) -> StreamTicket {
    streams::count(to + 1, move |i| {
        if i < to { Ok(()) } else { Err(Error::new(ErrorCode::DataLoss, "the stream broke")) }
    })
}

fn count_then_panic(to: u64) -> StreamTicket {
    streams::count(to + 1, move |i| if i < to { Ok(()) } else { operations::panic_now("stream") })
}

fn count_slowly(to: u64, every_ms: u64) -> StreamTicket {
    streams::count_slowly(to, Duration::from_millis(every_ms))
}

fn pairs(to: u64) -> StreamTicket {
    streams::pairs(to)
}

fn stream_that_cannot_begin(panics: bool) -> StreamTicket {
    streams::stream_that_cannot_begin(panics)
}

fn items_produced() -> u64 {
    streams::items_produced()
}

fn panic_later(ms: u64) -> StreamTicket {
    streams::panic_later(Duration::from_millis(ms))
}

fn error_codes() -> Vec<ffi::Named> {
    numbers::error_codes()
}

fn error_kinds() -> Vec<ffi::Named> {
    numbers::error_kinds()
}

fn effects() -> Vec<ffi::Named> {
    numbers::effects()
}

fn alive() -> u64 {
    operations::alive()
}

fn operations_in_flight() -> usize {
    tombolo_bridge::crossing::in_flight()
}

fn panics_contained() -> u64 {
    tombolo_bridge::crossing::panics_contained()
}

fn live_slots() -> u64 {
    tombolo_bridge::crossing::slots_in_use()
}

fn host_panic_is_heard() -> bool {
    operations::host_panic_is_heard()
}
