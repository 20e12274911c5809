//! Tests of calls and of those that wait. In a file of their own, since loom compiles the others.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tombolo::{Effect, Error, ErrorCode, ErrorKind, Result};

use super::call::{Answered, Answering, call};
use super::waiting::{FEW, Waiting};

fn poll<A>(answering: &mut Answering<String, A>) -> Poll<Result<A>> {
    Pin::new(answering).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_call_is_asked_and_answered_once() {
    let (call, mut answering) = call::<_, u64>("what".to_owned());
    assert!(poll(&mut answering).is_pending());
    assert_eq!(call.take_request::<u64>(), None);
    assert_eq!(call.take_request::<String>().as_deref(), Some("what"));
    assert_eq!(call.take_request::<String>(), None);
    assert_eq!(call.answer("no number"), Answered::WrongType);
    assert_eq!(call.answer(7_u64), Answered::Yes);
    assert_eq!(call.answer(8_u64), Answered::TooLate);
    assert!(!call.fail(Error::new(ErrorCode::Internal, "too late")));
    assert!(matches!(poll(&mut answering), Poll::Ready(Ok(7))));
}

#[test]
fn the_last_hold_answers_with_an_error() {
    let (call, mut answering) = call::<_, ()>(String::new());
    let other = call.clone();
    drop(call);
    assert!(poll(&mut answering).is_pending());
    drop(other);
    let Poll::Ready(Err(error)) = poll(&mut answering) else { panic!("it is not answered") };
    assert_eq!((error.code(), error.kind()), (ErrorCode::Unknown, ErrorKind::General));
    assert_eq!(error.effect(), Effect::Unknown);
}

#[test]
fn who_gives_up_takes_the_request_along() {
    let request = Arc::new(());
    let (call, answering) = call::<_, ()>(Arc::clone(&request));
    assert!(call.is_wanted());
    drop(answering);
    assert!(!call.is_wanted());
    assert_eq!(Arc::strong_count(&request), 1);
    assert_eq!(call.take_request::<Arc<()>>(), None);
    assert_eq!(call.answer(()), Answered::TooLate);
}

#[test]
fn what_nobody_waits_for_is_thrown_out() {
    let waiting = Waiting::new();
    let mut wanted = Vec::new();
    for number in 0..10_000_u32 {
        let (call, answering) = call::<_, ()>(number);
        assert!(waiting.push(call));
        if number % 100 == 0 {
            wanted.push(answering);
        }
    }
    assert!(waiting.len() <= 2 * wanted.len() + FEW);
    let mut cx = Context::from_waker(Waker::noop());
    for number in (0..10_000).step_by(100) {
        let Poll::Ready(call) = waiting.poll(&mut cx) else { panic!("{number} is lost") };
        assert_eq!(call.take_request::<u32>(), Some(number));
    }
    assert!(waiting.poll(&mut cx).is_pending());
}

#[test]
fn nothing_waits_for_a_handler_that_is_gone() {
    let waiting = Waiting::new();
    let (first, _first) = call::<_, ()>(1);
    assert!(waiting.push(first));
    assert_eq!(waiting.close().len(), 1);
    let (second, _second) = call::<_, ()>(2);
    assert!(!waiting.push(second));
}
