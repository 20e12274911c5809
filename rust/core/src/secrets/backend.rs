//! What a place of secrets can do.

use super::SecretValue;
use crate::blob::BoxFuture;
use crate::{Error, ErrorCode, Result};

/// What a store can do. What it cannot is answered with `unimplemented` before anything is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `set`.
    pub set: bool,
    /// `delete`.
    pub delete: bool,
    /// Versions before the current one can be read. Without it there is the current one alone.
    pub versions: bool,
    /// Values of any bytes; else text in UTF-8.
    pub binary: bool,
    /// Every read is answered at once, from memory.
    pub at_once: bool,
}

/// A place of secrets, without a cache. Names have been checked by `check_name` as well.
pub(super) trait Backend: Send + Sync + 'static {
    /// As it stands in errors: `secrets.folder`.
    fn service(&self) -> &'static str;

    fn capabilities(&self) -> Capabilities;

    /// What holds for names here, beside what holds for all.
    fn check_name(&self, name: &str) -> Result<()>;

    /// The current value, of a backend that has all values in memory.
    fn now(&self, _name: &str) -> Option<Result<SecretValue>> {
        None
    }

    /// The current value, or that of a version.
    fn get<'a>(
        &'a self,
        name: &'a str,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SecretValue>>;

    /// All names, in their byte order.
    fn list(&self) -> BoxFuture<'_, Result<Vec<String>>>;

    /// The versions that can be read, the current one first.
    fn versions<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>>>;

    /// The new version.
    fn set<'a>(&'a self, _name: &'a str, _value: SecretValue) -> BoxFuture<'a, Result<String>> {
        Box::pin(async { Err(unimplemented("set")) })
    }

    /// What is absent is deleted already.
    fn delete<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Err(unimplemented("delete")) })
    }
}

/// The backend has no such operation.
pub(super) fn unimplemented(operation: &str) -> Error {
    let message = format!(
        "{operation}: this store of secrets cannot do that; capabilities() tells what it can"
    );
    Error::new(ErrorCode::Unimplemented, message)
}

pub(super) fn no_secret(name: &str) -> Error {
    Error::new(ErrorCode::NotFound, format!("there is no secret {name:?}"))
}

/// There is the secret, but not in this version.
pub(super) fn no_version(name: &str, version: &str) -> Error {
    let message = format!("the secret {name:?} has no version {version:?}, or has it no more");
    Error::new(ErrorCode::NotFound, message)
}
