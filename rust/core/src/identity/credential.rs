//! A credential by its URL, with its tokens, which are kept once for the whole process.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::azure::{self, Azure};
use super::cache::TokenCache;
use super::given::Given;
use super::{AccessToken, TokenSource};
use crate::url::{Split, bad, decoded_text};
use crate::{Error, Result};

const KNOWN: &str = "known are `azure` and `static`";
/// The longest scope that is asked for.
const MAX_SCOPE: usize = 1024;
/// For so many scopes a credential keeps tokens, and so many credentials the process keeps; of
/// more, those that nobody holds are forgotten.
const MAX_KEPT: usize = 64;

/// Who we are for the services that we ask: an identity that an issuer knows, with the tokens that
/// it has given for it.
///
/// Cheap to clone; many threads may use it at once. Tokens are kept for the whole process: two
/// credentials that were opened alike share them. One request is under way for each scope at most.
/// A token is renewed in its last five minutes, or the last fifth of a shorter life, or a little
/// later at random, beside those who ask for it; while that fails, the old one is given as long as
/// it is valid.
#[derive(Clone)]
pub struct Credential(Arc<Shared>);

struct Shared {
    source: Arc<dyn TokenSource>,
    caches: Mutex<HashMap<String, Arc<TokenCache>>>,
}

/// What a URL names, and by what the process knows a credential again.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Options {
    Azure(azure::Options),
    Given(Given),
}

/// The credentials of the process. They stay when nobody holds them, so that whoever opens one for
/// each request does not ask for a token each time.
static ALL: Mutex<Vec<(Options, Credential)>> = Mutex::new(Vec::new());

impl Credential {
    /// Opens a credential by a URL:
    ///
    /// - `azure:default`: the first of the following that is there, in the order client secret, client
    ///   certificate, workload, managed identity, Azure CLI; which one it is, is found out with the first
    ///   token, and stays;
    /// - `azure:workload`: a workload identity, by the token that Kubernetes has put into a file;
    /// - `azure:managed`: a managed identity, of a machine by its instance metadata, or of App Service;
    /// - `azure:client-secret`, `azure:client-certificate`: an application that is registered;
    /// - `azure:cli`: who is logged in with the Azure CLI, for development;
    /// - `static:?file=/path` or `static:?env=NAME`: a token that was got by other means.
    ///
    /// The parameters are in `docs/guide/identity.md`; what they leave out is read from the
    /// environment, here and now. Nothing is sent.
    ///
    /// # Errors
    /// `invalid_argument` that names the parameter, the variable or the file, and shows no secret.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_in(url, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn open_in(url: &str, environment: azure::Environment<'_>) -> Result<Self> {
        let Split { scheme, place, query } = Split::of(url, &KNOWN)?;
        let place = decoded_text(place)?;
        let options = match scheme.to_ascii_lowercase().as_str() {
            "azure" => Options::Azure(azure::Options::read(&place, query, environment)?),
            "static" => Options::Given(Given::read(&place, query)?),
            _ => return Err(bad(format!("the scheme {scheme:?} is not known; {KNOWN}"))),
        };
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, credential)) = all.iter().find(|(known, _)| *known == options) {
            return Ok(credential.clone());
        }
        let credential = Self::new(match options.clone() {
            Options::Azure(options) => Arc::new(Azure::new(options)?),
            Options::Given(given) => Arc::new(given.checked()?),
        });
        if all.len() >= MAX_KEPT {
            all.retain(|(_, credential)| Arc::strong_count(&credential.0) > 1);
        }
        all.push((options, credential.clone()));
        Ok(credential)
    }

    /// A credential whose tokens are those of `source`, kept and renewed as of any other, and
    /// shared by its clones.
    #[must_use]
    pub fn new(source: Arc<dyn TokenSource>) -> Self {
        Self(Arc::new(Shared { source, caches: Mutex::default() }))
    }

    /// A token for `scope`, such as `https://storage.azure.com/.default` (RFC 6749, section 3.3):
    /// the one that is kept, or a new one. Needs a tokio runtime where one has to be asked for.
    ///
    /// # Errors
    /// `invalid_argument` for a scope that is none; `unauthenticated` where there is no identity,
    /// or its issuer refuses; `unavailable` where that cannot be reached. The message says what
    /// each member of a chain has answered, and shows no secret.
    pub async fn token(&self, scope: &str) -> Result<AccessToken> {
        check(scope)?;
        self.cache(scope).token().await
    }

    /// The token for `scope` that is kept, if it is valid and it is not yet time to renew it.
    #[must_use]
    pub fn token_now(&self, scope: &str) -> Option<AccessToken> {
        self.caches().get(scope)?.fresh()
    }

    /// Whether they are the same.
    #[cfg(feature = "cloud")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What keeps the tokens for a scope.
    pub(super) fn cache(&self, scope: &str) -> Arc<TokenCache> {
        let mut caches = self.caches();
        if let Some(cache) = caches.get(scope) {
            return Arc::clone(cache);
        }
        if caches.len() >= MAX_KEPT {
            caches.retain(|_, cache| Arc::strong_count(cache) > 1);
        }
        let cache = TokenCache::new(Arc::clone(&self.0.source), scope);
        caches.insert(scope.to_owned(), Arc::clone(&cache));
        cache
    }

    fn caches(&self) -> MutexGuard<'_, HashMap<String, Arc<TokenCache>>> {
        self.0.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenSource for Credential {
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(self.token(scope))
    }

    fn credential(&self) -> Option<&Credential> {
        Some(self)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

/// RFC 6749, section 3.3. One that begins with a dash could pass for an option of a program.
fn check(scope: &str) -> Result<()> {
    let may = |b: u8| matches!(b, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if scope.is_empty() || scope.starts_with([' ', '-']) || !scope.bytes().all(may) {
        let why = "it must be the scope of a service, as in https://storage.azure.com/.default";
        return Err(Error::invalid_argument("scope", why));
    }
    if scope.len() > MAX_SCOPE {
        let why = format!("it has {} bytes, the limit is {MAX_SCOPE}", scope.len());
        return Err(Error::invalid_argument("scope", why));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
