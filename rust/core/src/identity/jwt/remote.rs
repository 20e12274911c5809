//! The keys of an issuer that publishes them: fetched when they are first needed, kept, fetched again
//! when they grow old or a token names a key that is not among them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::KeySet;
use crate::blob::BoxFuture;
use crate::{Error, ErrorCode, Result};

/// How long keys count as fresh if their answer does not say, and at least and at most if it does.
const FRESH: Duration = Duration::from_secs(3600);
const LEAST_FRESH: Duration = Duration::from_secs(60);
const MOST_FRESH: Duration = Duration::from_secs(24 * 3600);
/// How long keys are used beyond that while the issuer cannot be reached.
const MOST_STALE: Duration = Duration::from_secs(24 * 3600);
/// How long after a fetch the next one may begin: tokens with made-up key identifiers cost the issuer
/// no more than this.
const BETWEEN: Duration = Duration::from_secs(30);
/// The same after one that failed while there are no keys at all.
const BETWEEN_FAILURES: Duration = Duration::from_secs(1);
/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(10);

/// Gets the keys from where they are published.
pub(super) trait Source: Send + Sync + 'static {
    /// The keys now.
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched>>;
}

/// Keys, and how long their answer may be kept, if it says so.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) keys: KeySet,
    pub(super) max_age: Option<Duration>,
}

/// The keys of one issuer, shared by all who ask.
#[derive(Clone)]
pub(super) struct Remote(Arc<Shared>);

struct Shared {
    source: Box<dyn Source>,
    /// What was fetched last; whoever only reads waits for nobody who fetches.
    kept: RwLock<Option<Arc<Kept>>>,
    flight: Mutex<Flight>,
}

/// Keys as they were fetched.
struct Kept {
    keys: KeySet,
    fresh_until: Instant,
}

/// The fetch that is under way, and what became of the last.
#[derive(Default)]
struct Flight {
    under_way: Option<watch::Receiver<Option<Result<()>>>>,
    ended: Option<(Instant, Result<()>)>,
}

/// What is to be done for a token whose key is not there.
enum Next {
    Wait(watch::Receiver<Option<Result<()>>>),
    /// It was tried a short while ago.
    Refuse(Result<()>),
}

impl Remote {
    pub(super) fn new(source: impl Source) -> Self {
        let (kept, flight) = (RwLock::default(), Mutex::default());
        Self(Arc::new(Shared { source: Box::new(source), kept, flight }))
    }

    /// The answer of `find` in the keys, after a fetch if need be. `None` if there is none in them also
    /// after one. Asks for a tokio runtime only where a fetch has to begin.
    ///
    /// # Errors
    /// `unavailable` if there are no keys and none can be had.
    pub(super) async fn find<T>(&self, find: impl Fn(&KeySet) -> Option<T>) -> Result<Option<T>> {
        if let Some(found) = self.find_now(&find) {
            return Ok(Some(found));
        }
        let outcome = match self.next() {
            Next::Refuse(outcome) => outcome,
            Next::Wait(mut flight) => match flight.wait_for(Option::is_some).await {
                Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
                Err(_) => {
                    Err(Error::new(ErrorCode::Unavailable, "the fetch of the keys was given up"))
                }
            },
        };
        match (self.usable(), outcome) {
            (Some(kept), _) => Ok(find(&kept.keys)),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Ok(None),
        }
    }

    /// The answer of `find` in the keys that are there. Where they have grown old, a fetch begins beside.
    pub(super) fn find_now<T>(&self, find: impl Fn(&KeySet) -> Option<T>) -> Option<T> {
        let kept = self.usable()?;
        if kept.fresh_until <= Instant::now() && tokio::runtime::Handle::try_current().is_ok() {
            self.next();
        }
        find(&kept.keys)
    }

    /// Whether there are keys.
    pub(super) fn is_filled(&self) -> bool {
        self.usable().is_some()
    }

    fn usable(&self) -> Option<Arc<Kept>> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        (Instant::now() < kept.fresh_until + MOST_STALE).then_some(kept)
    }

    fn flight(&self) -> MutexGuard<'_, Flight> {
        self.0.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the fetch that is under way, or begins one if it is time.
    fn next(&self) -> Next {
        let mut flight = self.flight();
        // One whose runtime has ended in the middle is under way no more.
        if let Some(under_way) = flight.under_way.as_ref().filter(|one| one.has_changed().is_ok()) {
            return Next::Wait(under_way.clone());
        }
        if let Some((at, outcome)) = &flight.ended {
            let between = if self.is_filled() { BETWEEN } else { BETWEEN_FAILURES };
            if at.elapsed() < between {
                return Next::Refuse(outcome.clone());
            }
        }
        let (done, receiver) = watch::channel(None);
        flight.under_way = Some(receiver.clone());
        let remote = self.clone();
        // A task of its own, so that it ends also if who began it does not wait for it.
        tokio::spawn(async move {
            let outcome = remote.fetch().await;
            let mut flight = remote.flight();
            flight.under_way = None;
            flight.ended = Some((Instant::now(), outcome.clone()));
            drop(flight);
            done.send_replace(Some(outcome));
        });
        Next::Wait(receiver)
    }

    async fn fetch(&self) -> Result<()> {
        let late =
            |_| Err(Error::new(ErrorCode::Unavailable, "the issuer's keys have not come in 10 s"));
        let fetched =
            tokio::time::timeout(FETCH, self.0.source.fetch()).await.unwrap_or_else(late)?;
        let fresh = fetched.max_age.unwrap_or(FRESH).clamp(LEAST_FRESH, MOST_FRESH);
        let kept = Kept { keys: fetched.keys, fresh_until: Instant::now() + fresh };
        *self.0.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(kept));
        Ok(())
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
