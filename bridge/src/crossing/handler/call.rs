//! One call from Rust to C++: its request on the way there, its answer on the way back.
//!
//! It is answered once: the first answer counts. Who gives the last hold on it back without an
//! answer answers with an error, so that nobody waits for ever.

use std::any::Any;
use std::future::Future;
use std::mem::replace;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use tombolo::{Effect, Error, ErrorCode, Result};

use crate::crossing::seeded::{Bug, seeded};
use crate::crossing::sync::{SharedMutex, SharedMutexGuard};

struct State<Q, A> {
    request: Option<Q>,
    answer: Answer<A>,
    /// How many [`Call`]s there are.
    holders: usize,
}

enum Answer<A> {
    Awaited(Option<Waker>),
    Given(Result<A>),
    /// It was taken, or nobody waits for it any more.
    Over,
}

struct Shared<Q, A>(SharedMutex<State<Q, A>>);

impl<Q, A> Shared<Q, A> {
    fn lock(&self) -> SharedMutexGuard<'_, State<Q, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the answer that `make` makes, if none was given and somebody waits for one.
    fn give(&self, make: impl FnOnce() -> Option<Result<A>>) -> bool {
        let mut state = self.lock();
        if !matches!(state.answer, Answer::Awaited(_)) {
            return false;
        }
        let Some(answer) = make() else { return false };
        let before = replace(&mut state.answer, Answer::Given(answer));
        drop(state);
        if let Answer::Awaited(Some(waker)) = before
            && !seeded(Bug::LostAnswer)
        {
            waker.wake();
        }
        true
    }
}

/// A call whatever its types: what is done through one of C++'s holds on it.
trait AnyCall: Send + Sync {
    /// Moves the request into `out`, if that is an `Option` of its type.
    fn take_request(&self, out: &mut dyn Any);
    /// Answers with what `answer` holds, if that is an `Option` of its type.
    fn answer(&self, answer: &mut dyn Any) -> Answered;
    fn fail(&self, error: Error) -> bool;
    fn is_wanted(&self) -> bool;
    fn hold(&self);
    fn let_go(&self);
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Yes,
    /// Another came first, or nobody waits for it any more.
    TooLate,
    WrongType,
}

impl<Q: Send + 'static, A: Send + 'static> AnyCall for Shared<Q, A> {
    fn take_request(&self, out: &mut dyn Any) {
        if let Some(out) = out.downcast_mut::<Option<Q>>() {
            *out = self.lock().request.take();
        }
    }

    fn answer(&self, answer: &mut dyn Any) -> Answered {
        let Some(answer) = answer.downcast_mut::<Option<A>>() else { return Answered::WrongType };
        let given = self.give(|| answer.take().map(Ok));
        if given { Answered::Yes } else { Answered::TooLate }
    }

    fn fail(&self, error: Error) -> bool {
        self.give(|| Some(Err(error)))
    }

    fn is_wanted(&self) -> bool {
        matches!(self.lock().answer, Answer::Awaited(_))
    }

    fn hold(&self) {
        self.lock().holders += 1;
    }

    fn let_go(&self) {
        let mut state = self.lock();
        state.holders -= 1;
        let last = state.holders == 0;
        drop(state);
        if last && !seeded(Bug::SilentDrop) {
            self.fail(dropped());
        }
    }
}

fn dropped() -> Error {
    let message = "the handler has dropped the call's reply without an answer";
    Error::new(ErrorCode::Unknown, message).with_effect(Effect::Unknown)
}

/// A hold on a call, on its way to C++ and there.
pub(crate) struct Call(Arc<dyn AnyCall>);

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl Clone for Call {
    fn clone(&self) -> Self {
        self.0.hold();
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

impl Call {
    /// The request, if it is a `Q` and was not taken before.
    pub(crate) fn take_request<Q: 'static>(&self) -> Option<Q> {
        let mut request = None::<Q>;
        self.0.take_request(&mut request);
        request
    }

    /// Answers the call.
    pub(crate) fn answer<A: 'static>(&self, answer: A) -> Answered {
        self.0.answer(&mut Some(answer))
    }

    /// Answers the call with an error. False if it came too late.
    pub(crate) fn fail(&self, error: Error) -> bool {
        self.0.fail(error)
    }

    /// Whether anybody waits for the answer.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.is_wanted()
    }
}

/// A call that asks `request`, and its answer.
pub(crate) fn call<Q, A>(request: Q) -> (Call, Answering<Q, A>)
where
    Q: Send + 'static,
    A: Send + 'static,
{
    let state = State { request: Some(request), answer: Answer::Awaited(None), holders: 1 };
    let shared = Arc::new(Shared(SharedMutex::new(state)));
    (Call(Arc::clone(&shared) as Arc<dyn AnyCall>), Answering(shared))
}

/// The answer of a call. Dropping it gives the call up: a request that was not taken goes with it.
pub(crate) struct Answering<Q, A>(Arc<Shared<Q, A>>);

impl<Q, A> Future for Answering<Q, A> {
    type Output = Result<A>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock();
        match replace(&mut state.answer, Answer::Over) {
            Answer::Given(answer) => Poll::Ready(answer),
            Answer::Awaited(before) => {
                let waker = before.filter(|waker| waker.will_wake(cx.waker()));
                state.answer = Answer::Awaited(waker.or_else(|| Some(cx.waker().clone())));
                Poll::Pending
            }
            Answer::Over => Poll::Pending, // it was taken: futures are not polled after that
        }
    }
}

impl<Q, A> Drop for Answering<Q, A> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        let left = (state.request.take(), replace(&mut state.answer, Answer::Over));
        drop(state);
        drop(left); // outside the lock: these are other people's destructors
    }
}
