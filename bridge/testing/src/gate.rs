//! A gate that calls wait at until the test lets them through.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tombolo::{Error, ErrorCode, Result};

#[derive(Debug, Default)]
struct State {
    open: bool,
    /// How many may still pass while it is closed.
    passes: u64,
    next: u64,
    /// Who waits, in the order of their coming.
    waiting: BTreeMap<u64, Waker>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    come: Condvar,
}

/// A gate, closed at first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Shared>);

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and has everybody look again.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let wakers: Vec<Waker> = state.waiting.values().cloned().collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn open(&self) {
        self.change(|state| state.open = true);
    }

    pub(crate) fn close(&self) {
        self.change(|state| (state.open, state.passes) = (false, 0));
    }

    /// Lets so many through, those that are here first.
    pub(crate) fn let_through(&self, calls: u64) {
        self.change(|state| state.passes = state.passes.saturating_add(calls));
    }

    /// How many calls are here.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Blocks until so many calls are here.
    ///
    /// # Errors
    /// `deadline_exceeded` if they are fewer after so long.
    pub(crate) fn wait_for(&self, calls: usize, patience: Duration) -> Result<()> {
        let fewer = |state: &mut State| state.waiting.len() < calls;
        let waited = self.0.come.wait_timeout_while(self.lock(), patience, fewer);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let here = state.waiting.len();
        if here >= calls {
            return Ok(());
        }
        let message = format!("{here} of {calls} calls are at the gate after {patience:?}");
        Err(Error::new(ErrorCode::DeadlineExceeded, message))
    }

    /// Ends when it may pass.
    pub(crate) fn pass(&self) -> Passing {
        Passing { gate: self.clone(), number: None }
    }
}

/// A call that comes to the gate when it is first polled, and leaves when it is dropped.
pub(crate) struct Passing {
    gate: Gate,
    number: Option<u64>,
}

impl Future for Passing {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let gate = self.gate.clone();
        let mut state = gate.lock();
        let number = *self.number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        let is_first = state.waiting.keys().next().is_none_or(|first| *first >= number);
        let by_pass = !state.open && state.passes > 0 && is_first;
        if state.open || by_pass {
            state.passes -= u64::from(by_pass);
            return Poll::Ready(()); // and the drop tells the next
        }
        let before = state.waiting.insert(number, cx.waker().clone());
        drop(state);
        drop(before);
        gate.0.come.notify_all();
        Poll::Pending
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut left = None;
        self.gate.change(|state| left = state.waiting.remove(&number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(passing: &mut Passing) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(passing).poll(&mut cx).is_ready()
    }

    #[test]
    fn passes_go_to_who_came_first() {
        let gate = Gate::default();
        let (mut first, mut second) = (gate.pass(), gate.pass());
        assert!(!poll(&mut first) && !poll(&mut second));
        gate.let_through(1);
        assert!(!poll(&mut second), "the first is still here");
        assert!(poll(&mut first));
        drop(first);
        assert!(!poll(&mut second), "the pass was used");
        assert_eq!(gate.waiting(), 1);
        gate.open();
        assert!(poll(&mut second));
    }

    #[test]
    fn who_is_dropped_is_not_here() {
        let gate = Gate::default();
        let mut passing = gate.pass();
        assert!(!poll(&mut passing));
        assert!(gate.wait_for(1, Duration::ZERO).is_ok());
        drop(passing);
        let error = gate.wait_for(1, Duration::ZERO).unwrap_err();
        assert_eq!(error.message(), "0 of 1 calls are at the gate after 0ns");
    }
}
