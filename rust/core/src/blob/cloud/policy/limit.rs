//! How many requests of a store are under way at once.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::blob::cloud::metrics::{Counted, Counters};

/// The limit of a store, if it has one. Who waits is served in the order of coming, and who is dropped waits no
/// more.
pub(crate) struct Limit {
    permits: Option<Arc<Semaphore>>,
    counters: Arc<Counters>,
}

/// A request that is under way as long as this lives.
pub(crate) struct UnderWay {
    counted: Counted,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Limit {
    pub(crate) fn new(most: Option<NonZeroUsize>, counters: Arc<Counters>) -> Self {
        let permits =
            |most: NonZeroUsize| Arc::new(Semaphore::new(most.get().min(Semaphore::MAX_PERMITS)));
        Self { permits: most.map(permits), counters }
    }

    /// Waits for its turn.
    pub(crate) async fn enter(&self) -> UnderWay {
        if let Some(now) = self.try_enter() {
            return now;
        }
        let _waiting = Counted::new(&self.counters, |counters| &counters.waiting);
        let permit = match &self.permits {
            // Never closed, so there is always a permit in the end.
            Some(permits) => Arc::clone(permits).acquire_owned().await.ok(),
            None => None,
        };
        self.under_way(permit)
    }

    /// Only if it is its turn now: nobody who waits is overtaken.
    pub(crate) fn try_enter(&self) -> Option<UnderWay> {
        let permit = match &self.permits {
            Some(permits) => Some(Arc::clone(permits).try_acquire_owned().ok()?),
            None => None,
        };
        Some(self.under_way(permit))
    }

    fn under_way(&self, permit: Option<OwnedSemaphorePermit>) -> UnderWay {
        let counted = Counted::new(&self.counters, |counters| &counters.in_flight);
        UnderWay { counted, _permit: permit }
    }
}

impl UnderWay {
    pub(crate) fn counters(&self) -> &Counters {
        self.counted.counters()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_waits_comes_in_order_and_may_give_up() {
        let counters = Arc::new(Counters::default());
        let limit = Limit::new(NonZeroUsize::new(1), Arc::clone(&counters));
        let shown = || counters.snapshot(String::new(), "");
        let first = limit.enter().await;
        let mut second = Box::pin(limit.enter());
        let mut third = Box::pin(limit.enter());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        assert_eq!((shown().in_flight, shown().waiting), (1, 2));
        drop(first);
        assert!(limit.try_enter().is_none(), "it has overtaken those who wait");
        assert!(third.as_mut().now_or_never().is_none(), "it was not its turn");
        drop(second);
        assert!(third.as_mut().now_or_never().is_some());
        drop(third);
        assert!(limit.try_enter().is_some());
        assert_eq!((shown().in_flight, shown().waiting), (0, 0));
    }

    #[tokio::test]
    async fn without_a_limit_nobody_waits() {
        let limit = Limit::new(None, Arc::default());
        let _all: Vec<_> = (0..100).map(|_| limit.enter().now_or_never().unwrap()).collect();
    }
}
