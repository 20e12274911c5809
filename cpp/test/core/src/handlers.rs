//! Rust that calls C++: operations that ask a handler, once or many times, and give up.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tombolo_bridge::{Handler, Placement, RawBytes, RawCall, RawHandler, Result, Spec, Ticket, op};

/// A bridge of its own, as a core may have several.
#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    /// A request of a core's own.
    #[derive(Default)]
    struct Question {
        text: String,
        number: u64,
    }

    /// An answer of a core's own.
    struct Verdict {
        text: String,
        yes: bool,
    }

    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo"]
        type RawBytes = tombolo_bridge::RawBytes;
        #[namespace = "tombolo"]
        type RawHandler = tombolo_bridge::RawHandler;
        #[namespace = "tombolo"]
        type RawCall = tombolo_bridge::RawCall;
    }

    extern "Rust" {
        fn ask(handler: RawHandler, number: u64, on_worker: bool) -> Ticket;
        fn ask_text(handler: RawHandler, text: &[u8]) -> Ticket;
        fn ask_bytes(handler: RawHandler, bytes: RawBytes) -> Ticket;
        fn ask_yes(handler: RawHandler, yes: bool) -> Ticket;
        fn ask_signed(handler: RawHandler, number: i64) -> Ticket;
        fn ask_real(handler: RawHandler, number: f64) -> Ticket;
        fn tell(handler: RawHandler) -> Ticket;
        fn ask_verdict(handler: RawHandler, number: u64) -> Ticket;
        fn take_question(call: &RawCall, out: &mut Question) -> bool;
        fn answer_verdict(call: &RawCall, verdict: Verdict) -> bool;
        fn ask_many(handler: RawHandler, times: u64, on_worker: bool) -> Ticket;
        fn ask_and_give_up(handler: RawHandler, number: u64, after_ms: u64) -> Ticket;
    }
}

fn spec(on_worker: bool) -> Spec {
    let placement = if on_worker { Placement::Worker } else { Placement::Caller };
    Spec::read("test", "ask").on(placement)
}

/// An operation that calls the handler once and answers what that answers.
fn one<Q, A>(spec: Spec, handler: RawHandler, request: impl FnOnce() -> Result<Q>) -> Ticket
where
    Q: Send + 'static,
    A: Send + 'static,
{
    op(spec, || {
        let (handler, request) = (handler.into_handler::<Q, A>()?, request()?);
        Ok(async move { handler.call(request).await })
    })
}

fn ask(handler: RawHandler, number: u64, on_worker: bool) -> Ticket {
    one::<_, u64>(spec(on_worker), handler, || Ok(number))
}

fn ask_text(handler: RawHandler, text: &[u8]) -> Ticket {
    one::<_, String>(spec(true), handler, || tombolo_bridge::owned_text("text", text))
}

fn ask_bytes(handler: RawHandler, bytes: RawBytes) -> Ticket {
    one::<_, bytes::Bytes>(spec(true), handler, || Ok(bytes.into_bytes()))
}

fn ask_yes(handler: RawHandler, yes: bool) -> Ticket {
    one::<_, bool>(spec(true), handler, || Ok(yes))
}

fn ask_signed(handler: RawHandler, number: i64) -> Ticket {
    one::<_, i64>(spec(true), handler, || Ok(number))
}

fn ask_real(handler: RawHandler, number: f64) -> Ticket {
    one::<_, f64>(spec(true), handler, || Ok(number))
}

fn tell(handler: RawHandler) -> Ticket {
    one::<_, ()>(spec(true), handler, || Ok(()))
}

struct Question(u64);

impl From<Question> for ffi::Question {
    fn from(question: Question) -> Self {
        Self { text: format!("is {} even?", question.0), number: question.0 }
    }
}

/// Answers 1 for yes and the length of the verdict's text for no.
fn ask_verdict(handler: RawHandler, number: u64) -> Ticket {
    op(spec(true), || {
        let handler: Handler<Question, (String, bool)> = handler.into_handler()?;
        Ok(async move {
            let (text, yes) = handler.call(Question(number)).await?;
            Ok(if yes { 1 } else { text.len() as u64 })
        })
    })
}

fn take_question(call: &RawCall, out: &mut ffi::Question) -> bool {
    call.take_request::<Question, _>(out)
}

fn answer_verdict(call: &RawCall, verdict: ffi::Verdict) -> bool {
    call.answer((verdict.text, verdict.yes))
}

/// Calls the handler with 0 to `times` - 1, all at once. Answers the sum of the answers.
fn ask_many(handler: RawHandler, times: u64, on_worker: bool) -> Ticket {
    op(spec(on_worker), || {
        let handler: Handler<u64, u64> = handler.into_handler()?;
        Ok(async move {
            let calls: FuturesUnordered<_> =
                (0..times).map(|number| handler.call(number)).collect();
            calls.fold(Ok(0), async |sum, answer| Ok(sum? + answer?)).await
        })
    })
}

/// Calls the handler and gives the call up after a time. Answers whether there was no answer.
fn ask_and_give_up(handler: RawHandler, number: u64, after_ms: u64) -> Ticket {
    op(spec(true), || {
        let handler: Handler<u64, u64> = handler.into_handler()?;
        Ok(async move {
            let call = handler.call(number);
            Ok(tokio::time::timeout(Duration::from_millis(after_ms), call).await.is_err())
        })
    })
}
