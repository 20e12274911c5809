//! What holds for one request: the store's policy and what its call asks for.

use std::time::Duration;

use tokio::time::Instant;

use crate::blob::Policy;
use crate::random::fraction;
use crate::{Call, Result, TraceParent};

/// The longest wait that is obeyed where the call has no deadline.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// See the module documentation.
pub(crate) struct Terms {
    pub(crate) max_attempts: u32,
    pub(crate) hedge_after: Option<Duration>,
    first_wait: Duration,
    max_wait: Duration,
    call: Call,
}

impl Terms {
    /// For the call that is polled on this thread.
    pub(crate) fn of(policy: &Policy) -> Self {
        let call = Call::current();
        let hedge_after = call.hedge_after().or(policy.hedge_after);
        Self {
            max_attempts: call.max_attempts().unwrap_or(policy.max_attempts),
            hedge_after: hedge_after.filter(|after| !after.is_zero()),
            first_wait: policy.first_wait,
            max_wait: policy.max_wait,
            call,
        }
    }

    pub(crate) fn trace_parent(&self) -> Option<&TraceParent> {
        self.call.trace_parent()
    }

    /// When the next attempt is to be made after `attempt` of them; `None` if that is too late.
    ///
    /// A wait that the service asks for is its least. Clients that were put off together come back at
    /// random times after it.
    ///
    /// # Errors
    /// `internal` where there are no random numbers.
    pub(crate) fn next(&self, attempt: u32, asked: Option<Duration>) -> Result<Option<Instant>> {
        let now = Instant::now();
        let latest = match self.call.deadline() {
            Some(deadline) => Instant::from_std(deadline),
            None => now + LONGEST_ASKED.max(self.max_wait),
        };
        let (asked, bound) = match asked {
            Some(asked) => (asked, self.first_wait.min(self.max_wait)),
            None => (Duration::ZERO, self.bound(attempt)),
        };
        let Some(least) = now.checked_add(asked).filter(|least| *least < latest) else {
            return Ok(None);
        };
        let next = least + bound.mul_f64(fraction()?);
        Ok(match next < latest {
            true => Some(next),
            // The service's own time has come by then, and there is time left.
            false if !asked.is_zero() => Some(least),
            false => None,
        })
    }

    /// Of the wait after so many attempts.
    fn bound(&self, attempt: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_wait.saturating_mul(doubled).min(self.max_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(call: Call) -> Terms {
        let (first_wait, max_wait) = (Duration::from_millis(100), Duration::from_secs(2));
        let policy = Policy { first_wait, max_wait, ..Policy::default() };
        call.enter(|| Terms::of(&policy))
    }

    fn until(time: Duration) -> Call {
        Call::default().until((Instant::now() + time).into_std())
    }

    fn wait(terms: &Terms, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        terms.next(attempt, asked).unwrap().map(|next| next - Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn waits_are_random_up_to_a_bound_that_doubles_and_has_an_end() {
        let terms = terms(Call::default());
        for (attempt, bound) in [(1, 100), (2, 200), (3, 400), (5, 1600), (6, 2000), (90, 2000)] {
            let bound = Duration::from_millis(bound);
            let waits: Vec<_> = (0..200).map(|_| wait(&terms, attempt, None).unwrap()).collect();
            assert!(waits.iter().all(|wait| *wait <= bound), "{attempt}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait > bound / 2), "{attempt}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait < bound / 2), "{attempt}: {waits:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_for_is_the_least() {
        let terms = terms(Call::default());
        for asked in [Duration::ZERO, Duration::from_secs(3), Duration::from_secs(290)] {
            let wait = wait(&terms, 3, Some(asked)).unwrap();
            assert!(wait >= asked && wait <= asked + Duration::from_millis(100), "{wait:?}");
        }
        assert_eq!(wait(&terms, 1, Some(Duration::from_secs(301))), None);
        assert_eq!(wait(&terms, 1, Some(Duration::MAX)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_goes_beyond_the_deadline() {
        let soon = terms(until(Duration::from_millis(1050)));
        assert_eq!(wait(&soon, 1, Some(Duration::from_secs(2))), None);
        for _ in 0..200 {
            let asked = wait(&soon, 1, Some(Duration::from_secs(1))).unwrap();
            assert!(asked >= Duration::from_secs(1) && asked < Duration::from_millis(1050));
        }
        let now = terms(until(Duration::ZERO));
        assert_eq!(wait(&now, 1, None), None);
        let late = terms(until(Duration::from_secs(1000)));
        assert!(wait(&late, 1, Some(Duration::from_secs(900))).is_some());
    }
}
