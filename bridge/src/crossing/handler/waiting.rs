//! The calls that wait for their handler to take them, first come, first served.
//!
//! There is no ceiling: each belongs to a future of the caller, which waits for it, and those that
//! nobody waits for any more are thrown out before they are as many as the others.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use super::call::Call;
use crate::crossing::metrics;
use crate::crossing::seeded::{Bug, seeded};
use crate::crossing::sync::{SharedMutex, SharedMutexGuard};

/// Below so many, nothing is thrown out.
pub(super) const FEW: usize = 64;

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
        metrics::CALLS.remove(unwanted.len());
        metrics::CALLS.add(1);
        state.calls.push_back(call);
        let handler = state.handler.take();
        drop(state);
        drop(unwanted);
        if let Some(waker) = handler
            && !seeded(Bug::LostCall)
        {
            waker.wake();
        }
        true
    }

    /// The next call that somebody waits for.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Call> {
        loop {
            let mut state = self.lock();
            let Some(call) = state.calls.pop_front() else {
                let before = state.handler.replace(cx.waker().clone());
                drop(state);
                drop(before);
                return Poll::Pending;
            };
            drop(state);
            metrics::CALLS.remove(1);
            if call.is_wanted() {
                return Poll::Ready(call);
            }
        }
    }

    /// The handler is gone: nothing waits any more, and what did is handed back.
    pub(crate) fn close(&self) -> VecDeque<Call> {
        let mut state = self.lock();
        state.gone = true;
        metrics::CALLS.remove(state.calls.len());
        take(&mut state.calls)
    }
}

#[cfg(test)]
impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.lock().calls.len()
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
