//! Keeps a source's token until shortly before it expires.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::{AccessToken, TokenSource};
use crate::{Error, ErrorCode, Result};

/// How long before a token expires the next is asked for, unless its whole life is short.
const EARLY: Duration = Duration::from_secs(300);
/// Of a short life, this part.
const EARLY_PART: u32 = 5;
/// How long a source may take. Nobody waits for it while there is a token that is valid.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a source is left alone that has failed, while there is a token that is valid.
const PAUSE: Duration = Duration::from_secs(10);

/// The token of a source for one scope, shared by everything that needs it.
///
/// One request is under way at the source at most. While the token is valid nobody waits: the next
/// one is fetched beside, and where that fails, the old one serves on.
pub(crate) struct TokenCache {
    source: Arc<dyn TokenSource>,
    scope: &'static str,
    kept: Mutex<Kept>,
    limit: Duration,
    /// Held by whoever asks the source.
    asking: Arc<AsyncMutex<()>>,
}

#[derive(Default)]
struct Kept {
    token: Option<AccessToken>,
    /// Not asked again before, since it has failed.
    pause_until: Option<Instant>,
}

impl TokenCache {
    pub(crate) fn new(source: Arc<dyn TokenSource>, scope: &'static str) -> Arc<Self> {
        let (kept, asking) = (Mutex::default(), Arc::default());
        Arc::new(Self { source, scope, kept, limit: LIMIT, asking })
    }

    /// A token that is valid as far as it is known.
    ///
    /// # Errors
    /// Those of the source, if there is no token that is valid.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<AccessToken> {
        match self.valid(Instant::now()) {
            Some(token) => {
                self.refresh_beside(&token);
                Ok(token)
            }
            None => self.ask(|_| true).await,
        }
    }

    /// Another token than `refused`, which the service did not take.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) async fn replace(self: &Arc<Self>, refused: &AccessToken) -> Result<AccessToken> {
        self.ask(|kept| kept.expose() != refused.expose()).await
    }

    fn valid(&self, now: Instant) -> Option<AccessToken> {
        let kept = self.lock();
        let is_valid = |token: &&AccessToken| token.rest(now) != Some(Duration::ZERO);
        kept.token.as_ref().filter(is_valid).cloned()
    }

    /// Asks the source, unless somebody else has got a token meanwhile that `will_do`. Who is dropped
    /// while it asks leaves the question to the next.
    async fn ask(&self, will_do: impl Fn(&AccessToken) -> bool) -> Result<AccessToken> {
        let asking = Arc::clone(&self.asking).lock_owned().await;
        if let Some(token) = self.valid(Instant::now()).filter(will_do) {
            return Ok(token);
        }
        self.fetch(asking).await
    }

    /// Fetches the next token in a task of its own, if it is time and nobody does.
    fn refresh_beside(self: &Arc<Self>, token: &AccessToken) {
        let now = Instant::now();
        if !is_near_its_end(token, now) || self.pauses(now) {
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
        let answered = tokio::time::timeout(self.limit, self.source.token(self.scope)).await;
        let token = answered.map_err(|_| too_slow(self.limit))??;
        *self.lock() = Kept { token: Some(token.clone()), pause_until: None };
        Ok(token)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_near_its_end(token: &AccessToken, now: Instant) -> bool {
    let (Some(rest), Some(lifetime)) = (token.rest(now), token.lifetime()) else { return false };
    rest < EARLY.min(lifetime / EARLY_PART)
}

fn too_slow(limit: Duration) -> Error {
    let message = format!("the source of tokens has not answered within {limit:?}");
    Error::new(ErrorCode::Unavailable, message)
}

#[cfg(test)]
mod tests;
