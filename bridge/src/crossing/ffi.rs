//! The bridge of the crossing itself: what `cpp/src` calls for bytes, operations, queues and
//! streams, whatever crosses. Every body is contained.

use std::time::Duration;

use super::abi::{Completion, RawBuffer, RawBytes, RawError, RawHandler, StreamTicket, Ticket};
use super::lent::{self, Home};
use super::operation::{self, quietly};
use super::queue::Queue;
use super::slot::Alone;
use super::wanted::Wanted;
use super::{bytes, fork, guard, handler, raw, wait};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo"]
        type Ticket = super::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = super::StreamTicket;
        #[namespace = "tombolo"]
        type RawBytes = super::RawBytes;
        #[namespace = "tombolo"]
        type RawBuffer = super::RawBuffer;
        #[namespace = "tombolo"]
        type RawHandler = super::RawHandler;
        #[namespace = "tombolo::detail"]
        type RawError = super::RawError;
        #[namespace = "tombolo::detail"]
        type Completion = super::Completion;
    }

    extern "Rust" {
        fn bytes_share(bytes: &RawBytes) -> RawBytes;
        fn bytes_drop(bytes: &mut RawBytes);
        fn bytes_copy(data: &[u8], error: &mut RawError) -> RawBytes;
        unsafe fn bytes_lend(
            data: *const u8,
            len: usize,
            release: *mut Completion,
            queue: *const Queue,
            error: &mut RawError,
        ) -> RawBytes;

        unsafe fn buffer_lend(
            data: *mut u8,
            len: usize,
            release: *mut Completion,
            queue: *const Queue,
            error: &mut RawError,
        ) -> RawBuffer;
        fn buffer_take_back(buffer: RawBuffer) -> *mut Completion;

        fn op_drop(op: Ticket);
        fn op_set_timeout(op: &Ticket, nanoseconds: i64);
        fn op_with_max_attempts(op: Ticket, attempts: u32) -> Ticket;
        fn op_with_hedge_after(op: Ticket, nanoseconds: i64) -> Ticket;
        fn op_with_trace_parent(op: Ticket, text: &[u8]) -> Ticket;
        unsafe fn op_start(
            op: &Ticket,
            queue: &Queue,
            completion: *mut Completion,
            kind: u32,
            place: *mut u8,
        ) -> u32;
        fn op_refuse(op: &Ticket, error: RawError);
        fn op_deliver(op: &Ticket, queue: &Queue) -> bool;
        unsafe fn op_start_direct(op: &Ticket, completion: *mut Completion) -> u32;
        fn op_wait(op: &Ticket) -> u32;
        fn op_share(op: &Ticket) -> Ticket;
        fn op_cancel(op: &Ticket);
        fn op_abandon(op: &Ticket) -> *mut Completion;
        fn op_outcome(op: &Ticket) -> u32;
        fn op_error(op: &Ticket) -> RawError;
        fn op_wrong_type() -> RawError;
        fn op_failed(error: RawError) -> Ticket;

        fn take_unit(op: &Ticket) -> bool;
        fn take_bool(op: &Ticket, out: &mut bool) -> bool;
        fn take_i64(op: &Ticket, out: &mut i64) -> bool;
        fn take_u64(op: &Ticket, out: &mut u64) -> bool;
        fn take_f64(op: &Ticket, out: &mut f64) -> bool;
        fn take_string(op: &Ticket, out: &mut String) -> bool;
        fn take_bytes(op: &Ticket, out: &mut RawBytes) -> bool;

        type Queue;
        fn queue_open(capacity: usize, edge_triggered: bool, error: &mut RawError) -> *mut Queue;
        unsafe fn queue_free(queue: *mut Queue);
        fn queue_fd(queue: &Queue) -> i32;
        fn queue_in_flight(queue: &Queue) -> usize;
        fn queue_shut_down(queue: &Queue);
        fn queue_hear_no_more(queue: &Queue);
        fn queue_begin(queue: &Queue, error: &mut RawError) -> bool;
        fn queue_next(queue: &Queue) -> *mut Completion;
        fn queue_more(queue: &Queue) -> bool;
        fn queue_end(queue: &Queue);
        fn queue_wait_readable(queue: &Queue, nanoseconds: u64) -> bool;
        fn queue_take_unfinished(queue: &Queue) -> *mut Completion;

        fn stream_next(stream: &StreamTicket) -> Ticket;
        fn stream_drop(stream: StreamTicket);

        fn handler_open(
            queue: &Queue,
            calls: &mut StreamTicket,
            error: &mut RawError,
        ) -> RawHandler;
        fn handler_share(handler: &RawHandler) -> RawHandler;
        fn handler_drop(handler: RawHandler);

        fn in_forked_child() -> bool;
    }
}

fn bytes_share(bytes: &RawBytes) -> RawBytes {
    quietly(RawBytes::empty(), || bytes.share())
}

fn bytes_drop(bytes: &mut RawBytes) {
    bytes.clear();
}

fn bytes_copy(data: &[u8], error: &mut RawError) -> RawBytes {
    guard::entry(|| bytes::copy(data)).unwrap_or_else(|failure| {
        *error = failure.into();
        RawBytes::empty()
    })
}

unsafe fn bytes_lend(
    data: *const u8,
    len: usize,
    release: *mut Completion,
    queue: *const Queue,
    error: &mut RawError,
) -> RawBytes {
    guard::entry(|| {
        // SAFETY: the C++ side passes a live queue or null, and a buffer that is valid until
        // `release` is called.
        unsafe { bytes::lend(data, len, release, queue.as_ref()) }
    })
    .unwrap_or_else(|failure| {
        *error = failure.into();
        RawBytes::empty()
    })
}

unsafe fn buffer_lend(
    data: *mut u8,
    len: usize,
    release: *mut Completion,
    queue: *const Queue,
    error: &mut RawError,
) -> RawBuffer {
    guard::entry(|| {
        // SAFETY: the C++ side passes a live queue or null, here and below.
        let home = unsafe { queue.as_ref() };
        let home = home.map_or(Home::Anywhere, |queue| Home::Queue(queue.port().clone()));
        // SAFETY: a buffer that nobody touches until `release` is called or taken back.
        unsafe { lent::lend_mut(data, len, release, home) }.map(RawBuffer::from)
    })
    .unwrap_or_else(|failure| {
        *error = failure.into();
        RawBuffer::NONE
    })
}

/// The buffer is its lender's again, and so is the completion that would have released it.
fn buffer_take_back(buffer: RawBuffer) -> *mut Completion {
    let completion = quietly(None, || buffer.into_buffer().take_back());
    completion.map_or(std::ptr::null_mut(), std::ptr::NonNull::as_ptr)
}

fn op_drop(op: Ticket) {
    quietly((), || drop(op));
}

fn op_set_timeout(op: &Ticket, nanoseconds: i64) {
    operation::set_timeout(&op.slot(), nanoseconds);
}

fn op_with_max_attempts(op: Ticket, attempts: u32) -> Ticket {
    operation::asked(op, |options| {
        options.max_attempts = Some(attempts);
        Ok(())
    })
}

/// Negative counts as zero, which is never.
fn op_with_hedge_after(op: Ticket, nanoseconds: i64) -> Ticket {
    operation::asked(op, |options| {
        let after = u64::try_from(nanoseconds).unwrap_or(0);
        options.hedge_after = Some(Duration::from_nanos(after));
        Ok(())
    })
}

fn op_with_trace_parent(op: Ticket, text: &[u8]) -> Ticket {
    operation::asked(op, |options| {
        options.trace_parent = Some(super::text("trace_parent", text)?.parse()?);
        Ok(())
    })
}

/// `Op::Outcome` of C++ for an operation that has not ended.
const PENDING: u32 = 3;

/// … and for a value that was moved to its place; the operation is used up.
const GIVEN: u32 = 4;

/// [`PENDING`], or how it has ended at once: [`GIVEN`] with a value of the kind.
///
/// # Safety
/// `completion` stays valid until it is called or abandoned. `place` is as `Wanted::new` says, and
/// the ticket is forgotten after [`GIVEN`].
unsafe fn op_start(
    op: &Ticket,
    queue: &Queue,
    completion: *mut Completion,
    kind: u32,
    place: *mut u8,
) -> u32 {
    // SAFETY: the caller's promises.
    match unsafe { operation::start_plainly(&op.slot(), queue, Wanted::new(kind, place)) } {
        Alone::Given => GIVEN,
        alone => op_start_after(op, queue, completion, alone),
    }
}

#[inline(never)]
fn op_start_after(op: &Ticket, queue: &Queue, completion: *mut Completion, alone: Alone) -> u32 {
    let slot = op.slot();
    match quietly(false, || operation::start_after(alone, &slot, queue, completion)) {
        true => PENDING,
        false => slot.outcome() as u32,
    }
}

fn op_refuse(op: &Ticket, error: RawError) {
    let error = error.into_error().unwrap_or_else(operation::wrong_type);
    quietly((), || operation::refuse(&op.slot(), error));
}

/// False if the queue hears nothing more: then the completion is the caller's to abandon.
fn op_deliver(op: &Ticket, queue: &Queue) -> bool {
    quietly(false, || operation::deliver(&op.slot(), queue))
}

/// As [`op_start`].
///
/// # Safety
/// As there.
unsafe fn op_start_direct(op: &Ticket, completion: *mut Completion) -> u32 {
    let slot = op.slot();
    match quietly(false, || operation::start_direct(&slot, completion)) {
        true => PENDING,
        false => slot.outcome() as u32,
    }
}

/// How it has ended.
fn op_wait(op: &Ticket) -> u32 {
    let slot = op.slot();
    quietly((), || wait::wait(&slot));
    slot.outcome() as u32
}

fn op_share(op: &Ticket) -> Ticket {
    op.share()
}

fn op_cancel(op: &Ticket) {
    quietly((), || operation::cancel(&op.slot()));
}

fn op_abandon(op: &Ticket) -> *mut Completion {
    quietly(std::ptr::null_mut(), || operation::abandon(&op.slot()))
}

/// How it has ended; asked when it has.
fn op_outcome(op: &Ticket) -> u32 {
    op.slot().outcome() as u32
}

/// With which error it has ended, where the outcome is one.
fn op_error(op: &Ticket) -> RawError {
    op.slot().error().into()
}

fn op_wrong_type() -> RawError {
    operation::wrong_type().into()
}

fn op_failed(error: RawError) -> Ticket {
    operation::failed(error.into_error().unwrap_or_else(operation::wrong_type))
}

fn take_unit(op: &Ticket) -> bool {
    op.take::<()>().is_some()
}

fn take_bool(op: &Ticket, out: &mut bool) -> bool {
    op.take_into(out)
}

fn take_i64(op: &Ticket, out: &mut i64) -> bool {
    op.take_into(out)
}

fn take_u64(op: &Ticket, out: &mut u64) -> bool {
    op.take_into(out)
}

fn take_f64(op: &Ticket, out: &mut f64) -> bool {
    op.take_into(out)
}

fn take_string(op: &Ticket, out: &mut String) -> bool {
    op.take_into(out)
}

fn take_bytes(op: &Ticket, out: &mut RawBytes) -> bool {
    let bytes = op.take::<::bytes::Bytes>().map(|bytes| *out = bytes.into());
    bytes.is_some()
}

fn queue_open(capacity: usize, edge_triggered: bool, error: &mut RawError) -> *mut Queue {
    raw::sync(error, || Queue::open(capacity, edge_triggered))
}

/// # Safety
/// `queue` came from [`queue_open`] and is not used again.
unsafe fn queue_free(queue: *mut Queue) {
    // SAFETY: handed on from the caller.
    unsafe { raw::free(queue) };
}

fn queue_fd(queue: &Queue) -> i32 {
    queue.fd()
}

fn queue_in_flight(queue: &Queue) -> usize {
    queue.in_flight()
}

fn queue_hear_no_more(queue: &Queue) {
    queue.hear_no_more();
}

fn queue_shut_down(queue: &Queue) {
    quietly((), || queue.shut_down());
}

fn queue_begin(queue: &Queue, error: &mut RawError) -> bool {
    match queue.begin() {
        Ok(()) => true,
        Err(failure) => {
            *error = failure.into();
            false
        }
    }
}

fn queue_next(queue: &Queue) -> *mut Completion {
    let next = quietly(None, || queue.next());
    next.map_or(std::ptr::null_mut(), std::ptr::NonNull::as_ptr)
}

fn queue_more(queue: &Queue) -> bool {
    quietly(false, || queue.more())
}

fn queue_end(queue: &Queue) {
    quietly((), || queue.end());
}

fn queue_wait_readable(queue: &Queue, nanoseconds: u64) -> bool {
    queue.wait_readable(Duration::from_nanos(nanoseconds))
}

fn queue_take_unfinished(queue: &Queue) -> *mut Completion {
    let next = quietly(None, || queue.take_unfinished());
    next.map_or(std::ptr::null_mut(), std::ptr::NonNull::as_ptr)
}

fn stream_next(stream: &StreamTicket) -> Ticket {
    stream
        .handle()
        .map_or_else(|| operation::failed(operation::wrong_type()), |stream| stream.next())
}

fn stream_drop(stream: StreamTicket) {
    drop(stream);
}

fn handler_open(queue: &Queue, calls: &mut StreamTicket, error: &mut RawError) -> RawHandler {
    match guard::entry(|| Ok(handler::open(queue))) {
        Ok((waiting, stream)) => {
            *calls = stream;
            waiting.into()
        }
        Err(failure) => {
            *error = failure.into();
            RawHandler::NONE
        }
    }
}

fn handler_share(handler: &RawHandler) -> RawHandler {
    handler.share()
}

fn handler_drop(handler: RawHandler) {
    drop(handler);
}

/// Whether locks must not be taken, since their holders may not exist here.
fn in_forked_child() -> bool {
    fork::is_child()
}
