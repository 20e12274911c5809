//! A secret as it changes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use super::SecretValue;
use super::cache::Cache;
use crate::blob::BoxFuture;
use crate::{Error, ErrorCode, ErrorKind, Result};

/// A stream of what becomes of a secret: first what it is now, then each change, once. See
/// [`super::SecretStore::watch`].
///
/// It looks while somebody waits for the next item, and at no other time. It does not end by
/// itself.
pub struct Watch(Pin<Box<dyn Stream<Item = Result<SecretValue>> + Send>>);

impl Watch {
    pub(super) fn new(cache: Cache, name: String, every: Duration) -> Self {
        let looking = Looking { cache, name, every, told: Told::default(), has_looked: false };
        Self(Box::pin(futures_util::stream::unfold(looking, |mut looking| -> BoxFuture<'_, _> {
            Box::pin(async move { Some((looking.change().await, looking)) })
        })))
    }
}

impl Stream for Watch {
    type Item = Result<SecretValue>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

struct Looking {
    cache: Cache,
    name: String,
    every: Duration,
    told: Told,
    has_looked: bool,
}

impl Looking {
    /// The next answer that was not told before.
    async fn change(&mut self) -> Result<SecretValue> {
        loop {
            if self.has_looked {
                tokio::time::sleep(self.every).await;
            }
            self.has_looked = true;
            let answer = self.cache.read(&self.name).await;
            if self.told.is_new(&answer) {
                let service = self.cache.backend().service();
                return answer.map_err(|error| error.with_origin(service, "watch"));
            }
        }
    }
}

/// What was told last.
#[derive(Default)]
struct Told {
    state: Option<State>,
    /// The error since then: one of each kind is told, and the same again only after a change.
    errors: Vec<(ErrorCode, ErrorKind)>,
}

#[derive(PartialEq, Eq)]
enum State {
    Version(String),
    Absent,
}

impl Told {
    /// Whether it is to be told, which it then was.
    fn is_new(&mut self, answer: &Result<SecretValue>) -> bool {
        let state = match answer {
            Ok(value) => State::Version(value.version().to_owned()),
            Err(error) if error.code() == ErrorCode::NotFound => State::Absent,
            Err(error) => return self.is_new_error(error),
        };
        if self.state.as_ref() == Some(&state) {
            return false;
        }
        self.errors.clear();
        self.state = Some(state);
        true
    }

    fn is_new_error(&mut self, error: &Error) -> bool {
        let kind = (error.code(), error.kind());
        let is_new = !self.errors.contains(&kind);
        if is_new {
            self.errors.push(kind);
        }
        is_new
    }
}

#[cfg(test)]
mod tests;
