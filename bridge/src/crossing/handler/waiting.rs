//! The calls that wait for their handler to take them, first come, first served.
//!
//! There is no ceiling: each belongs to a future of the caller, which waits for it, and those that
//! nobody waits for any more are thrown out before they are as many as the others.

use std::collections::VecDeque;
use std::mem::{replace, take};
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use super::call::Call;
use crate::crossing::sync::{SharedMutex, SharedMutexGuard};

/// Below so many, nothing is thrown out.
const FEW: usize = 64;

struct State {
    calls: VecDeque<Call>,
    /// How many calls make it worth looking for those that nobody waits for.
    many: usize,
    handler: Option<Waker>,
    gone: bool,
}

pub(crate) struct Waiting(SharedMutex<State>);

impl Waiting {
    pub(crate) fn new() -> Self {
        let calls = VecDeque::new();
        Self(SharedMutex::new(State { calls, many: FEW, handler: None, gone: false }))
    }

    fn lock(&self) -> SharedMutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `call` wait. False if the handler is gone.
    pub(crate) fn push(&self, call: Call) -> bool {
        let mut state = self.lock();
        if state.gone {
            drop(state);
            return false; // and the call is dropped outside the lock
        }
        let unwanted = state.throw_out();
        state.calls.push_back(call);
        let handler = state.handler.take();
        drop(state);
        drop(unwanted);
        if let Some(waker) = handler {
            waker.wake();
        }
        true
    }

    /// The next call that somebody waits for.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Call> {
        loop {
            let mut state = self.lock();
            let Some(call) = state.calls.pop_front() else {
                let before = replace(&mut state.handler, Some(cx.waker().clone()));
                drop(state);
                drop(before);
                return Poll::Pending;
            };
            drop(state);
            if call.is_wanted() {
                return Poll::Ready(call);
            }
        }
    }

    /// The handler is gone: nothing waits any more, and what did is handed back.
    pub(crate) fn close(&self) -> VecDeque<Call> {
        let mut state = self.lock();
        state.gone = true;
        take(&mut state.calls)
    }
}

impl State {
    fn throw_out(&mut self) -> VecDeque<Call> {
        if self.calls.len() < self.many {
            return VecDeque::new();
        }
        let (wanted, unwanted) = take(&mut self.calls).into_iter().partition(Call::is_wanted);
        self.calls = wanted;
        self.many = FEW.max(2 * self.calls.len());
        unwanted
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::call;
    use super::*;

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
        assert!(waiting.lock().calls.len() <= 2 * wanted.len() + FEW);
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
}
