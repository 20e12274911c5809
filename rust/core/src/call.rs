//! What an operation is told beside its arguments, by whoever starts it: when its time is over, how
//! often it may be tried, which trace it belongs to.
//!
//! It comes with the poll rather than by arguments, since whoever polls an operation sets its deadline, often
//! after it was made, and every block that retries is to keep it.

mod trace_parent;

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

pub use trace_parent::TraceParent;

use crate::{Error, Result};

/// What was asked of one operation. Everything that is left out is the store's own choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// How often a request is sent at most; with 1 nothing is tried again.
    pub max_attempts: Option<u32>,
    /// After so long without an answer a read is sent a second time, and the first answer counts; zero for
    /// never.
    pub hedge_after: Option<Duration>,
    /// Which trace the operation belongs to, to be passed on with each of its requests.
    pub trace_parent: Option<TraceParent>,
}

impl CallOptions {
    /// # Errors
    /// `invalid_argument` that names the option.
    pub fn check(&self) -> Result<()> {
        if self.max_attempts == Some(0) {
            return Err(Error::invalid_argument("max_attempts", "it is 0, and must be 1 or more"));
        }
        Ok(())
    }
}

/// The call that an operation is polled for.
///
/// ```
/// # use std::time::{Duration, Instant};
/// # use tombolo::{Call, CallOptions, blob::{BlobStore, GetOptions}};
/// # async fn get(store: &BlobStore) -> tombolo::Result<()> {
/// let once = CallOptions { max_attempts: Some(1), ..CallOptions::default() };
/// let call = Call::new(once)?.until(Instant::now() + Duration::from_secs(2));
/// let object = call.run(store.get("a", GetOptions::default())).await?;
/// # let _ = object;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Call {
    deadline: Option<Instant>,
    options: Option<Arc<CallOptions>>,
}

thread_local! {
    static CURRENT: RefCell<Call> = const { RefCell::new(Call { deadline: None, options: None }) };
}

impl Call {
    /// A call with these options.
    ///
    /// # Errors
    /// As [`CallOptions::check`].
    pub fn new(options: CallOptions) -> Result<Self> {
        options.check()?;
        Ok(Self { deadline: None, options: Some(Arc::new(options)) })
    }

    /// A call that shares its options with others, which are checked already.
    #[must_use]
    pub fn shared(options: Option<Arc<CallOptions>>) -> Self {
        Self { deadline: None, options }
    }

    /// The same, whose time is over then. That ends nothing by itself: whoever says it drops the future when
    /// it comes. But nothing begins to wait for a moment beyond it.
    #[must_use]
    pub fn until(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// The same without an end of its time, for work that outlives it.
    #[must_use]
    pub fn without_deadline(self) -> Self {
        Self { deadline: None, ..self }
    }

    /// When its time is over, if that is known.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How often a request is sent at most, if the call says so.
    #[must_use]
    pub fn max_attempts(&self) -> Option<u32> {
        self.options.as_ref()?.max_attempts
    }

    /// When a read is sent a second time, if the call says so; zero for never.
    #[must_use]
    pub fn hedge_after(&self) -> Option<Duration> {
        self.options.as_ref()?.hedge_after
    }

    /// The trace that it belongs to.
    #[must_use]
    pub fn trace_parent(&self) -> Option<&TraceParent> {
        self.options.as_ref()?.trace_parent.as_ref()
    }

    /// The call that is polled on this thread: one that asks for nothing, where nobody has said another, as in
    /// a task that an operation has spawned.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default()
    }

    /// Runs `body`, which is a poll, for this call.
    pub fn enter<T>(self, body: impl FnOnce() -> T) -> T {
        let _outer = Outer(set(self));
        body()
    }

    /// Polls `future` for this call.
    pub async fn run<F: Future>(self, future: F) -> F::Output {
        Within { call: self, future: pin!(future) }.await
    }
}

/// The call before. A thread whose locals are gone has none.
fn set(call: Call) -> Call {
    CURRENT.try_with(|current| current.replace(call)).unwrap_or_default()
}

/// Puts the call that was there before back, however the body ends.
struct Outer(Call);

impl Drop for Outer {
    fn drop(&mut self) {
        drop(set(std::mem::take(&mut self.0)));
    }
}

struct Within<'a, F> {
    call: Call,
    future: Pin<&'a mut F>,
}

impl<F: Future> Future for Within<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let call = self.call.clone();
        call.enter(|| self.future.as_mut().poll(cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once() -> Call {
        Call::new(CallOptions { max_attempts: Some(1), ..CallOptions::default() }).unwrap()
    }

    #[test]
    fn a_call_ends_with_its_poll_also_by_a_panic() {
        let seen = once().enter(|| Call::current().max_attempts());
        assert_eq!((seen, Call::current().max_attempts()), (Some(1), None));
        let panicked = std::panic::catch_unwind(|| once().enter(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(Call::current().max_attempts(), None);
    }

    #[test]
    fn calls_nest() {
        let deadline = Instant::now();
        let (inner, outer) = once().enter(|| {
            let inner = Call::default().until(deadline).enter(Call::current);
            (inner, Call::current())
        });
        assert_eq!((inner.max_attempts(), inner.deadline()), (None, Some(deadline)));
        assert_eq!((outer.max_attempts(), outer.deadline()), (Some(1), None));
    }

    #[tokio::test]
    async fn a_future_is_polled_for_its_call_and_no_other_is() {
        let ours = once().run(async {
            tokio::task::yield_now().await;
            Call::current().max_attempts()
        });
        let other = async {
            tokio::task::yield_now().await;
            Call::current().max_attempts()
        };
        assert_eq!(futures_util::future::join(ours, other).await, (Some(1), None));
    }

    #[test]
    fn no_attempt_at_all_is_refused() {
        let none = CallOptions { max_attempts: Some(0), ..CallOptions::default() };
        assert!(Call::new(none).is_err());
    }
}
