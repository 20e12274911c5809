//! Calls from Rust to C++: each is answered once, whoever answers, gives up or goes, and who waits is
//! told.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use loom::thread;
use tombolo::{ErrorCode, Result};

use crate::crossing::handler::call::{Answered, Answering, Call, call};
use crate::crossing::handler::waiting::Waiting;
use crate::crossing::seeded::{Bug, seed};
use crate::crossing::sync::park;
use crate::model;
use crate::threads::{Threads, unpark_me};

/// Blocks until the answer is there.
fn wait_for(mut answering: Answering<u32, u32>) -> Result<u32> {
    loop {
        if let Poll::Ready(answer) = poll(&mut answering) {
            return answer;
        }
        park();
    }
}

fn poll(answering: &mut Answering<u32, u32>) -> Poll<Result<u32>> {
    let waker = unpark_me();
    Future::poll(Pin::new(answering), &mut Context::from_waker(&waker))
}

/// Blocks until a call comes.
fn pull(waiting: &Waiting) -> Call {
    let waker = unpark_me();
    loop {
        if let Poll::Ready(call) = waiting.poll(&mut Context::from_waker(&waker)) {
            return call;
        }
        park();
    }
}

/// What C++ does with a call.
fn answer_it(call: &Call) -> Answered {
    match call.take_request::<u32>() {
        Some(request) => call.answer(request + 1),
        None => Answered::TooLate,
    }
}

fn one_call() {
    let (call, answering) = call::<u32, u32>(1);
    thread::spawn(move || assert_eq!(answer_it(&call), Answered::Yes));
    assert_eq!(wait_for(answering).ok(), Some(2));
}

#[test]
fn an_answer_is_heard() {
    model(one_call);
}

#[test]
#[should_panic(expected = "deadlock")]
fn an_answer_that_nobody_is_told_of_is_found() {
    seed(Bug::LostAnswer);
    model(one_call);
}

#[test]
fn of_two_answers_the_first_counts() {
    model(|| {
        let (first, answering) = call::<u32, u32>(1);
        let second = first.clone();
        let threads = Threads::new();
        for (call, value) in [(first, 10_u32), (second, 20)] {
            threads.spawn(move || {
                let _first = call.answer(value);
            });
        }
        let answer = wait_for(answering).ok();
        assert!(matches!(answer, Some(10 | 20)), "{answer:?}");
        threads.join();
    });
}

fn dropped_by_two() {
    let (first, answering) = call::<u32, u32>(1);
    let second = first.clone();
    let threads = Threads::new();
    for call in [first, second] {
        threads.spawn(move || drop(call));
    }
    let code = wait_for(answering).err().map(|error| error.code());
    assert_eq!(code, Some(ErrorCode::Unknown));
    threads.join();
}

#[test]
fn the_last_hold_answers_with_an_error() {
    model(dropped_by_two);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_last_hold_that_goes_in_silence_is_found() {
    seed(Bug::SilentDrop);
    model(dropped_by_two);
}

#[test]
fn who_gives_up_races_the_answer() {
    model(|| {
        let (call, mut answering) = call::<u32, u32>(1);
        let threads = Threads::new();
        threads.spawn(move || {
            let _in_time = answer_it(&call);
        });
        if let Poll::Ready(answer) = poll(&mut answering) {
            assert_eq!(answer.ok(), Some(2));
        }
        drop(answering);
        threads.join();
    });
}

#[test]
fn a_call_that_comes_while_the_handler_goes_to_sleep_is_taken() {
    model(two_calls);
}

fn two_calls() {
    let waiting = Arc::new(Waiting::new());
    let threads = Threads::new();
    for number in [1, 2] {
        let waiting = Arc::clone(&waiting);
        threads.spawn(move || {
            let (call, answering) = call::<u32, u32>(number);
            assert!(waiting.push(call));
            assert_eq!(wait_for(answering).ok(), Some(number + 1));
        });
    }
    for _ in 0..2 {
        assert_eq!(answer_it(&pull(&waiting)), Answered::Yes);
    }
    threads.join();
}

/// Its caller waits elsewhere, so that no thread but the handler's can be the one that is stuck.
fn a_call_for_a_handler() {
    let waiting = Arc::new(Waiting::new());
    let calls = Arc::clone(&waiting);
    thread::spawn(move || {
        let (call, answering) = call::<u32, u32>(1);
        assert!(calls.push(call));
        std::mem::forget(answering);
    });
    assert_eq!(answer_it(&pull(&waiting)), Answered::Yes);
}

#[test]
fn a_handler_is_told_of_a_call() {
    model(a_call_for_a_handler);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_call_that_the_handler_is_not_told_of_is_found() {
    seed(Bug::LostCall);
    model(a_call_for_a_handler);
}

#[test]
fn a_call_that_comes_while_the_handler_goes_is_answered() {
    model(|| {
        let waiting = Arc::new(Waiting::new());
        let threads = Threads::new();
        let theirs = Arc::clone(&waiting);
        threads.spawn(move || {
            let (call, answering) = call::<u32, u32>(1);
            if theirs.push(call) {
                assert!(wait_for(answering).is_err());
            }
        });
        drop(waiting.close());
        threads.join();
    });
}
