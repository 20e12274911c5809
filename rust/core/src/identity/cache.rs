//! Keeps a source's token until shortly before it expires.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::Instant;

use super::{AccessToken, TokenSource};
use crate::random::fraction;
use crate::{Error, ErrorCode, Result};

/// How long before a token expires the next is asked for, unless its whole life is short.
const EARLY: Duration = Duration::from_secs(300);
/// Of a short life, this part.
const EARLY_PART: u32 = 5;
/// Up to this part of that time is left out at random, so that processes which began together do
/// not ask together for ever.
const JITTER: f64 = 0.2;
/// How long a source may take. Nobody waits for it while there is a token that is valid.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a source is left alone that has failed, while there is a token that is valid.
const PAUSE: Duration = Duration::from_secs(10);

/// The token of a source for one scope, shared by everything that needs it.
///
/// One request is under way at the source at most. While the token is valid nobody waits: the next
/// one is fetched beside, and where that fails, the old one serves on. Who has to wait hears what
/// has come of the request that it has waited for, be it an error.
pub(crate) struct TokenCache {
    source: Arc<dyn TokenSource>,
    scope: Box<str>,
    kept: Mutex<Kept>,
    /// Held by whoever asks the source.
    asking: Arc<AsyncMutex<()>>,
}

#[derive(Default)]
struct Kept {
    token: Option<AccessToken>,
    /// How long before its end the next one is asked for.
    early: Duration,
    /// Not asked again before, since it has failed.
    pause_until: Option<Instant>,
    /// How often it has failed, and how the last time.
    failures: u64,
    failure: Option<Error>,
}

impl TokenCache {
    /// What keeps the tokens of `source` for `scope`: its own cache, if it is a credential.
    #[cfg(feature = "cloud")]
    pub(crate) fn of(source: Arc<dyn TokenSource>, scope: &str) -> Arc<Self> {
        #[cfg(feature = "identity")]
        if let Some(credential) = source.credential() {
            return credential.cache(scope);
        }
        Self::new(source, scope)
    }

    pub(super) fn new(source: Arc<dyn TokenSource>, scope: &str) -> Arc<Self> {
        let (kept, asking) = (Mutex::default(), Arc::default());
        Arc::new(Self { source, scope: scope.into(), kept, asking })
    }

    /// A token that is valid as far as it is known.
    ///
    /// # Errors
    /// Those of the source, if there is no token that is valid.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<AccessToken> {
        match self.valid(Instant::now()) {
            Some(token) => {
                self.refresh_beside();
                Ok(token)
            }
            None => self.ask(|_| true).await,
        }
    }

    /// The token that is kept, if nothing is to be done about it.
    #[cfg(any(feature = "identity", test))]
    pub(super) fn fresh(&self) -> Option<AccessToken> {
        let now = Instant::now();
        if self.is_near_its_end(now) { None } else { self.valid(now) }
    }

    /// Another token than `refused`, which the service did not take.
    ///
    /// # Errors
    /// Those of the source.
    #[cfg(feature = "cloud")]
    pub(crate) async fn replace(self: &Arc<Self>, refused: &AccessToken) -> Result<AccessToken> {
        self.ask(|kept| kept.expose() != refused.expose()).await
    }

    fn valid(&self, now: Instant) -> Option<AccessToken> {
        let kept = self.lock();
        let is_valid = |token: &&AccessToken| token.rest(now) != Some(Duration::ZERO);
        kept.token.as_ref().filter(is_valid).cloned()
    }

    fn is_near_its_end(&self, now: Instant) -> bool {
        let kept = self.lock();
        let rest = kept.token.as_ref().and_then(|token| token.rest(now));
        rest.is_some_and(|rest| rest < kept.early)
    }

    /// Asks the source, unless somebody else has done so meanwhile: got a token that `will_do`, or
    /// failed. Who is dropped while it asks leaves the question to the next.
    async fn ask(&self, will_do: impl Fn(&AccessToken) -> bool) -> Result<AccessToken> {
        let before = self.lock().failures;
        let asking = Arc::clone(&self.asking).lock_owned().await;
        if let Some(token) = self.valid(Instant::now()).filter(will_do) {
            return Ok(token);
        }
        if let Some(error) = self.failed_since(before) {
            return Err(error);
        }
        self.fetch(asking).await
    }

    fn failed_since(&self, before: u64) -> Option<Error> {
        let kept = self.lock();
        kept.failure.clone().filter(|_| kept.failures != before)
    }

    /// Fetches the next token in a task of its own, if it is time and nobody does.
    fn refresh_beside(self: &Arc<Self>) {
        let now = Instant::now();
        if !self.is_near_its_end(now) || self.pauses(now) {
            return;
        }
        let (Ok(asking), Ok(runtime)) =
            (Arc::clone(&self.asking).try_lock_owned(), Handle::try_current())
        else {
            return;
        };
        let cache = Arc::clone(self);
        runtime.spawn(async move {
            if let Err(error) = cache.fetch(asking).await {
                cache.lock().pause_until = Some(Instant::now() + PAUSE);
                tracing::warn!(error = %error, "the next token cannot be had yet");
            }
        });
    }

    fn pauses(&self, now: Instant) -> bool {
        self.lock().pause_until.is_some_and(|until| now < until)
    }

    async fn fetch(&self, _asking: OwnedMutexGuard<()>) -> Result<AccessToken> {
        let answered = tokio::time::timeout(LIMIT, self.source.token(&self.scope)).await;
        let answered = answered.unwrap_or_else(|_| Err(too_slow()));
        let mut kept = self.lock();
        match &answered {
            Ok(token) => {
                let (token, early) = (Some(token.clone()), early(token));
                *kept = Kept { token, early, failures: kept.failures, ..Kept::default() };
            }
            Err(error) => {
                kept.failures += 1;
                kept.failure = Some(error.clone());
            }
        }
        answered
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long before the end of `token` the next is asked for: each time another one.
fn early(token: &AccessToken) -> Duration {
    let Some(lifetime) = token.lifetime() else { return Duration::ZERO };
    let most = EARLY.min(lifetime / EARLY_PART);
    // Without randomness it is only less apart from others.
    most.mul_f64(1.0 - JITTER * fraction().unwrap_or_default())
}

fn too_slow() -> Error {
    let message = format!("the source of tokens has not answered within {LIMIT:?}");
    Error::new(ErrorCode::Unavailable, message)
}

#[cfg(test)]
mod tests;
