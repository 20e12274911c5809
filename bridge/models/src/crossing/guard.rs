//! Nothing is contained: a panic anywhere is the end of the model.

use tombolo::Result;

pub(crate) fn contain<T>(body: impl FnOnce() -> T) -> Result<T> {
    Ok(body())
}

pub(crate) fn contain_or<T>(_: T, body: impl FnOnce() -> T) -> T {
    body()
}

pub(crate) fn entry<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    body()
}
