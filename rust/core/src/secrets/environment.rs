//! Secrets in the environment: `env://APP_`, where the secret `DB_PASSWORD` is the variable
//! `APP_DB_PASSWORD`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use zeroize::Zeroize;

use super::backend::{Backend, no_secret, no_version};
use super::mark::mark;
use super::name::bad;
use super::{Capabilities, SecretValue, page::Draft};
use crate::Result;
use crate::blob::BoxFuture;

/// The variables with a prefix, as they were when the store was opened: nobody can read the
/// environment safely while another thread of the host may change it.
pub(super) struct Environment {
    secrets: BTreeMap<String, SecretValue>,
}

impl Environment {
    pub(super) fn open(prefix: &str) -> Result<Self> {
        Self::of(prefix, std::env::vars_os())
    }

    fn of(prefix: &str, variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Self> {
        let mut secrets = BTreeMap::new();
        for (variable, value) in variables {
            let mut value = value.into_vec();
            let name = variable.to_str().and_then(|name| name.strip_prefix(prefix));
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                secrets.insert(name.to_owned(), Draft::of(&value)?.finish(&mark(&value)?));
            }
            value.zeroize();
        }
        Ok(Self { secrets })
    }

    fn find(&self, name: &str) -> Result<SecretValue> {
        self.secrets.get(name).cloned().ok_or_else(|| no_secret(name))
    }
}

impl Backend for Environment {
    fn service(&self) -> &'static str {
        "secrets.env"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { binary: true, at_once: true, ..Capabilities::default() }
    }

    fn check_name(&self, name: &str) -> Result<()> {
        if name.contains('=') {
            return Err(bad(&format!("{name:?} has a `=`, which no variable has in its name")));
        }
        Ok(())
    }

    fn now(&self, name: &str) -> Option<Result<SecretValue>> {
        Some(self.find(name))
    }

    fn get<'a>(
        &'a self,
        name: &'a str,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SecretValue>> {
        let found = self.find(name).and_then(|value| match version {
            Some(version) if version != value.version() => Err(no_version(name, version)),
            _ => Ok(value),
        });
        Box::pin(async { found })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async { Ok(self.secrets.keys().cloned().collect()) })
    }

    fn versions<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        let found = self.find(name).map(|value| vec![value.version().to_owned()]);
        Box::pin(async { found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    fn environment() -> Environment {
        let variable = |name: &str, value: &[u8]| (name.into(), OsString::from_vec(value.into()));
        let variables = [
            variable("APP_A", b"one"),
            variable("APP_", b"the prefix alone is no name"),
            variable("OTHER_A", b"two"),
            variable("APP_B", b"\xff=bytes"),
        ];
        Environment::of("APP_", variables.into_iter()).unwrap()
    }

    #[tokio::test]
    async fn variables_with_the_prefix_are_secrets() {
        let store = environment();
        assert_eq!(store.list().await.unwrap(), ["A", "B"]);
        assert_eq!(store.now("A").unwrap().unwrap().expose(), b"one");
        assert_eq!(store.get("B", None).await.unwrap().expose(), b"\xff=bytes");
        let error = store.now("C").unwrap().unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (ErrorCode::NotFound, "there is no secret \"C\"")
        );
    }

    #[tokio::test]
    async fn there_is_the_current_version_alone() {
        let store = environment();
        let [version] = &*store.versions("A").await.unwrap() else { panic!("one") };
        assert_eq!(store.get("A", Some(version)).await.unwrap().expose(), b"one");
        let error = store.get("A", Some("0")).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotFound);
        assert!(store.check_name("A=B").is_err());
    }
}
