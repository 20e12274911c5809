//! Tokens, and where they come from.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

#[cfg(feature = "identity")]
use super::Credential;
use crate::Result;

/// Gives bearer tokens (RFC 6750), on demand.
///
/// Whoever asks keeps what it is given until shortly before it expires, and asks once for all who
/// wait, so a source needs no cache of its own. It is asked again before that if the service refuses
/// a token, and must not answer with the refused one from a cache of its own then.
pub trait TokenSource: Send + Sync + 'static {
    /// A token for `scope`, such as `https://storage.azure.com/.default` (OAuth 2.0, RFC 6749,
    /// section 3.3).
    ///
    /// It is polled where the operation is that needs the token, in clouds on a worker of the runtime,
    /// and dropped with it; it must not block.
    ///
    /// # Errors
    /// `unauthenticated` where the issuer refuses; `unavailable` where it cannot be reached, which is
    /// tried again within the operation's attempts. Its text must not show a credential.
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>>;

    /// For this crate: the credential that this is, whose tokens are kept for the whole process.
    #[cfg(feature = "identity")]
    #[doc(hidden)]
    fn credential(&self) -> Option<&Credential> {
        None
    }
}

/// A bearer token. Cheap to clone; its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    text: Arc<str>,
    pub(super) received: Instant,
    lifetime: Option<Duration>,
}

impl AccessToken {
    /// A token of which nobody knows when it expires: it is kept until a service refuses it.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), received: Instant::now(), lifetime: None }
    }

    /// The same token, which expires so long after now.
    #[must_use]
    pub fn expires_in(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), received: Instant::now(), ..self }
    }

    /// The text, for the request that it is sent with. Never for a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// How long it is still valid; `None` if that is not known.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.rest(Instant::now())
    }

    /// How long it is still valid at `now`; `None` if that is not known.
    pub(crate) fn rest(&self, now: Instant) -> Option<Duration> {
        Some(self.lifetime?.saturating_sub(now.saturating_duration_since(self.received)))
    }

    /// Of how long it is valid in all; `None` if that is not known.
    #[cfg_attr(
        not(any(feature = "cloud", feature = "identity")),
        allow(dead_code, reason = "only what keeps tokens asks")
    )]
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lifetime = &self.lifetime;
        f.debug_struct("AccessToken").field("lifetime", lifetime).finish_non_exhaustive()
    }
}

/// A token is a source that always gives this one, for whatever scope.
impl TokenSource for AccessToken {
    fn token<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(ready(Ok(self.clone())))
    }
}
