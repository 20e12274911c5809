//! A store of secrets, as callers see it.

use std::sync::Arc;
use std::time::Duration;

use super::backend::unimplemented;
use super::cache::Cache;
use super::open::{OpenOptions, Opened, open};
use super::{Capabilities, SecretValue, Watch, name};
use crate::{Error, Result};

/// A store of secrets. Cheap to clone; clones, and the watches of them, share what is kept.
///
/// Every operation can be polled anywhere within a tokio runtime, and dropped to cancel it. Names
/// are text of 1 to 512 bytes without control characters; a backend may ask for more.
#[derive(Clone)]
pub struct SecretStore(Arc<Inner>);

struct Inner {
    cache: Cache,
    capabilities: Capabilities,
    service: &'static str,
    poll: Duration,
}

impl SecretStore {
    /// Opens a store by a URL:
    ///
    /// - `folder:///run/secrets`: a folder of files, as orchestrators mount it. A file is a secret,
    ///   to the byte. The link `..data` of Kubernetes is followed, so that each read is of one
    ///   version; such a folder is not written to. Versions are marks of the values, which reveal
    ///   nothing and mean nothing in another process.
    /// - `env://APP_`: the variables of the environment that begin so, as they are at this moment.
    /// - `vault://host:8200/mount`: HashiCorp Vault or OpenBao, key-value engine version 2; the
    ///   path at which the engine is mounted, `secret` if none is given.
    ///
    /// Parameters, in seconds, of all but `env`:
    ///
    /// - `ttl`: how long a value that was read is answered without asking again: 5 in a folder, 300
    ///   else; 0 for not at all;
    /// - `max_stale`: how much longer it is answered while the source is down: 3600;
    /// - `poll`: how often a watch looks: 5 in a folder, 30 else.
    ///
    /// Of `vault`: `token_env` (`VAULT_TOKEN`) or `token_file`; or `role` with `jwt_file` or a
    /// credential in the options, and `login` (`jwt`), the path of the authentication method;
    /// `field` (`value`), which one of a secret's fields is its value; `namespace`; `tls=false` for
    /// a server or an agent on this machine; `ca_file`, `proxy` and `user_agent` as of blob stores.
    ///
    /// Checks what can be checked without asking anybody; a folder must be there.
    ///
    /// # Errors `invalid_argument` that names what of the URL is wrong; `not_found` if there is no
    /// such folder.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, OpenOptions::default())
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`SecretStore::open`].
    pub fn open_with(url: &str, options: OpenOptions) -> Result<Self> {
        let Opened { backend, times, poll } = open(url, options)?;
        let (capabilities, service) = (backend.capabilities(), backend.service());
        let cache = Cache::new(backend, times);
        Ok(Self(Arc::new(Inner { cache, capabilities, service, poll })))
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.0.capabilities
    }

    /// How errors name it: `secrets.folder`, `secrets.env`, `secrets.vault`.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// The value of a secret if it is there without asking anybody: one that is kept and young
    /// enough. `None` if it takes a wait to know. Allocates nothing, and needs no runtime.
    #[inline]
    pub fn get_now(&self, name: &str) -> Option<Result<SecretValue>> {
        if self.0.capabilities.at_once {
            let backend = self.0.cache.backend();
            let found =
                self.checked(name).map_or_else(|bad| Some(Err(bad)), |()| backend.now(name));
            return found.map(|found| self.named(found, "get"));
        }
        // What is kept was asked for, so its name is one.
        self.0.cache.now(name).map(Ok)
    }

    /// The current value of a secret, no older than `ttl`. Where it has to be asked for, one
    /// question serves all who wait, and goes on if they do not. While the source is down, an older
    /// value is given.
    ///
    /// # Errors `not_found` if there is no such secret; `unavailable` if the source is down and no
    /// value is young enough; `permission_denied` and `unauthenticated` by the service;
    /// `invalid_argument` for a bad name.
    pub async fn get(&self, name: &str) -> Result<SecretValue> {
        if let Some(answer) = self.get_now(name) {
            return answer;
        }
        self.named(self.checked(name), "get")?;
        self.named(self.0.cache.get(name).await, "get")
    }

    /// The value of a secret in one of its versions. Not kept.
    ///
    /// # Errors
    /// As [`SecretStore::get`]; `not_found` also if there is no such version, or not any more.
    pub async fn get_version(&self, name: &str, version: &str) -> Result<SecretValue> {
        self.named(self.checked(name), "get")?;
        self.named(self.0.cache.backend().get(name, Some(version)).await, "get")
    }

    /// Gives a secret a new value. Its version, as `get` gives it from then on.
    ///
    /// # Errors `unimplemented` where the store cannot; `invalid_argument` for a bad name, or for
    /// bytes that are no text where a backend has none else. An effect that is `unknown` may have
    /// happened.
    pub async fn set(&self, name: &str, value: SecretValue) -> Result<String> {
        if !self.0.capabilities.set {
            return self.named(Err(unimplemented("set")), "set");
        }
        self.named(self.checked(name), "set")?;
        if !self.0.capabilities.binary {
            self.named(value.expose_text().map(drop), "set")?;
        }
        let _forgotten = Forgotten { cache: &self.0.cache, name };
        self.named(self.0.cache.backend().set(name, value).await, "set")
    }

    /// Deletes a secret with all its versions; what is absent is deleted already.
    ///
    /// # Errors
    /// As [`SecretStore::set`].
    pub async fn delete(&self, name: &str) -> Result<()> {
        if !self.0.capabilities.delete {
            return self.named(Err(unimplemented("delete")), "delete");
        }
        self.named(self.checked(name), "delete")?;
        let _forgotten = Forgotten { cache: &self.0.cache, name };
        self.named(self.0.cache.backend().delete(name).await, "delete")
    }

    /// The names of all secrets, in their byte order.
    ///
    /// # Errors
    /// `resource_exhausted` for too many to keep in memory; those of the service.
    pub async fn list(&self) -> Result<Vec<String>> {
        self.named(self.0.cache.backend().list().await, "list")
    }

    /// The versions of a secret that can be read, the current one first.
    ///
    /// # Errors
    /// As [`SecretStore::get`].
    pub async fn versions(&self, name: &str) -> Result<Vec<String>> {
        self.named(self.checked(name), "versions")?;
        self.named(self.0.cache.backend().versions(name).await, "versions")
    }

    /// What becomes of a secret: first what it is now, then each change, once. An item is a value
    /// with another version than the one before; or `not_found`, once, when the secret is not
    /// there; or another error of the source, once for each kind until there is a change. The same
    /// version is not told again after an error. The stream goes on after an error.
    ///
    /// It looks every `poll` while somebody waits for an item, and not while nobody does. What it
    /// sees, `get` gives.
    ///
    /// # Errors `invalid_argument` for a bad name.
    pub fn watch(&self, name: &str) -> Result<Watch> {
        self.named(self.checked(name), "watch")?;
        Ok(Watch::new(self.0.cache.clone(), name.to_owned(), self.0.poll))
    }

    fn checked(&self, name: &str) -> Result<()> {
        name::check(name)?;
        self.0.cache.backend().check_name(name)
    }

    /// Names who has answered where that is an error.
    fn named<T>(&self, answer: Result<T>, operation: &'static str) -> Result<T> {
        answer.map_err(|error: Error| error.with_origin(self.0.service, operation))
    }
}

impl std::fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretStore").field("service", &self.0.service).finish_non_exhaustive()
    }
}

/// Forgets a secret that somebody changes, however that ends.
struct Forgotten<'a> {
    cache: &'a Cache,
    name: &'a str,
}

impl Drop for Forgotten<'_> {
    fn drop(&mut self) {
        self.cache.forget(self.name);
    }
}
