//! The bridge of handlers: what `cpp/src` calls for a call's request and its answer. In a forked
//! child, every function does nothing.

use tombolo::{Error, ErrorCode};

use super::Answered;
use crate::crossing::abi::{RawBytes, RawCall, RawError, Ticket};
use crate::crossing::operation::{self, quietly};
use crate::crossing::{fork, text};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo"]
        type Ticket = crate::crossing::abi::Ticket;
        #[namespace = "tombolo"]
        type RawBytes = crate::crossing::abi::RawBytes;
        #[namespace = "tombolo"]
        type RawCall = crate::crossing::abi::RawCall;
        #[namespace = "tombolo::detail"]
        type RawError = crate::crossing::abi::RawError;
    }

    extern "Rust" {
        fn take_call(op: &Ticket, out: &mut RawCall) -> bool;
        fn call_share(call: &RawCall) -> RawCall;
        fn call_drop(call: RawCall);
        fn call_fail(call: &RawCall, error: RawError) -> bool;
        fn call_is_wanted(call: &RawCall) -> bool;

        fn request_unit(call: &RawCall) -> bool;
        fn request_bool(call: &RawCall, out: &mut bool) -> bool;
        fn request_i64(call: &RawCall, out: &mut i64) -> bool;
        fn request_u64(call: &RawCall, out: &mut u64) -> bool;
        fn request_f64(call: &RawCall, out: &mut f64) -> bool;
        fn request_string(call: &RawCall, out: &mut String) -> bool;
        fn request_bytes(call: &RawCall, out: &mut RawBytes) -> bool;

        fn answer_unit(call: &RawCall) -> bool;
        fn answer_bool(call: &RawCall, answer: bool) -> bool;
        fn answer_i64(call: &RawCall, answer: i64) -> bool;
        fn answer_u64(call: &RawCall, answer: u64) -> bool;
        fn answer_f64(call: &RawCall, answer: f64) -> bool;
        fn answer_string(call: &RawCall, answer: &[u8]) -> bool;
        fn answer_bytes(call: &RawCall, answer: RawBytes) -> bool;
    }
}

fn take_call(op: &Ticket, out: &mut RawCall) -> bool {
    op.take::<super::Call>().map(|call| *out = call.into()).is_some()
}

fn call_share(call: &RawCall) -> RawCall {
    let call = call.call().filter(|_| !fork::is_child());
    quietly(RawCall::NONE, || call.map_or(RawCall::NONE, |call| call.clone().into()))
}

fn call_drop(call: RawCall) {
    drop(call);
}

fn call_fail(call: &RawCall, error: RawError) -> bool {
    let error = error.into_error().unwrap_or_else(operation::wrong_type);
    call.fail(error)
}

fn call_is_wanted(call: &RawCall) -> bool {
    let call = call.call().filter(|_| !fork::is_child());
    quietly(false, || call.is_some_and(super::Call::is_wanted))
}

impl RawCall {
    /// Moves the request into `out`, if it is a `Q`. For the `take_…` functions of bridges, which
    /// name the types that cross. A conversion that panics answers false.
    pub fn take_request<Q: Send + 'static, U: From<Q>>(&self, out: &mut U) -> bool {
        let Some(call) = self.call().filter(|_| !fork::is_child()) else { return false };
        let request = quietly(None, || call.take_request::<Q>().map(U::from));
        request.map(|request| *out = request).is_some()
    }

    /// Answers the call. False if that came too late, or if Rust expects another type: then the
    /// call is answered with an error. For the bodies of bridge functions that answer.
    #[must_use]
    pub fn answer<A: Send + 'static>(&self, answer: A) -> bool {
        let Some(call) = self.call().filter(|_| !fork::is_child()) else { return false };
        match quietly(Answered::TooLate, || call.answer(answer)) {
            Answered::Yes => true,
            Answered::TooLate => false,
            Answered::WrongType => {
                self.fail(wrong_answer());
                false
            }
        }
    }

    /// Answers the call with an error. False if that came too late.
    pub fn fail(&self, error: Error) -> bool {
        let call = self.call().filter(|_| !fork::is_child());
        quietly(false, || call.is_some_and(|call| call.fail(error)))
    }
}

fn wrong_answer() -> Error {
    let message = "the handler's answer is not of the type that is expected: the bridge function \
                   and its C++ wrapper disagree";
    Error::new(ErrorCode::Internal, message)
}

fn request_unit(call: &RawCall) -> bool {
    call.take_request::<(), ()>(&mut ())
}

fn request_bool(call: &RawCall, out: &mut bool) -> bool {
    call.take_request::<bool, _>(out)
}

fn request_i64(call: &RawCall, out: &mut i64) -> bool {
    call.take_request::<i64, _>(out)
}

fn request_u64(call: &RawCall, out: &mut u64) -> bool {
    call.take_request::<u64, _>(out)
}

fn request_f64(call: &RawCall, out: &mut f64) -> bool {
    call.take_request::<f64, _>(out)
}

fn request_string(call: &RawCall, out: &mut String) -> bool {
    call.take_request::<String, _>(out)
}

fn request_bytes(call: &RawCall, out: &mut RawBytes) -> bool {
    call.take_request::<::bytes::Bytes, _>(out)
}

fn answer_unit(call: &RawCall) -> bool {
    call.answer(())
}

fn answer_bool(call: &RawCall, answer: bool) -> bool {
    call.answer(answer)
}

fn answer_i64(call: &RawCall, answer: i64) -> bool {
    call.answer(answer)
}

fn answer_u64(call: &RawCall, answer: u64) -> bool {
    call.answer(answer)
}

fn answer_f64(call: &RawCall, answer: f64) -> bool {
    call.answer(answer)
}

fn answer_string(call: &RawCall, answer: &[u8]) -> bool {
    match quietly(Err(wrong_answer()), || text::owned_text("answer", answer)) {
        Ok(text) => call.answer(text),
        Err(error) => {
            call.fail(error);
            false
        }
    }
}

fn answer_bytes(call: &RawCall, answer: RawBytes) -> bool {
    call.answer(answer.into_bytes())
}
