//! Values that were read, kept for a time; one read for all who wait; an older value while the
//! source is down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::SecretValue;
use super::backend::Backend;
use crate::{Error, ErrorCode, Result};

/// How long a read may take.
const READ: Duration = Duration::from_secs(10);
/// After a read that has failed, an older value serves at once for so long, so that not everybody
/// waits for a source that is down.
const PAUSE: Duration = Duration::from_secs(1);
/// Values beyond so many are not kept.
const MAX_ENTRIES: usize = 4096;

/// For how long values serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// How old a value may be, if the source answers.
    pub(super) ttl: Duration,
    /// How much older it may be while the source is down.
    pub(super) max_stale: Duration,
}

/// The values of a backend, shared by all who ask. One read of a secret is under way at most, in a
/// task of its own: nobody who gives up waiting ends it for others.
#[derive(Clone)]
pub(super) struct Cache(Arc<Shared>);

struct Shared {
    backend: Box<dyn Backend>,
    times: Times,
    entries: Mutex<HashMap<Box<str>, Entry>>,
}

type Answer = Option<Result<SecretValue>>;

#[derive(Default)]
struct Entry {
    kept: Option<Kept>,
    flight: Option<watch::Receiver<Answer>>,
    /// When the last read has failed, if it has, while there was a value.
    failed: Option<Instant>,
}

struct Kept {
    value: SecretValue,
    read: Instant,
}

/// What one who asks is to do.
enum Next {
    Ready(SecretValue),
    Wait(watch::Receiver<Answer>),
    Refuse(Error),
}

impl Cache {
    pub(super) fn new(backend: Box<dyn Backend>, times: Times) -> Self {
        Self(Arc::new(Shared { backend, times, entries: Mutex::default() }))
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.0.backend
    }

    /// A value that is young enough, if it is there. Neither waits nor allocates, nor asks for a
    /// runtime.
    #[inline]
    pub(super) fn now(&self, name: &str) -> Option<SecretValue> {
        let entries = self.entries();
        let kept = entries.get(name)?.kept.as_ref()?;
        (kept.read.elapsed() < self.0.times.ttl).then(|| kept.value.clone())
    }

    /// A value that is young enough, after a read if need be; an older one if the source is down.
    /// Asks for a tokio runtime only where a read has to begin, which it does at its first poll.
    ///
    /// # Errors Those of the backend.
    pub(super) async fn get(&self, name: &str) -> Result<SecretValue> {
        let mut flight = match self.next(name, false) {
            Next::Ready(value) => return Ok(value),
            Next::Wait(flight) => flight,
            Next::Refuse(error) => return Err(error),
        };
        let answer = wait(&mut flight).await;
        match answer {
            Err(error) if is_down(&error) => self.stale(name).ok_or(error),
            answer => answer,
        }
    }

    /// The value as it is at the source now. Joins a read that is under way.
    ///
    /// # Errors
    /// Those of the backend, also while there is an older value.
    pub(super) async fn read(&self, name: &str) -> Result<SecretValue> {
        match self.next(name, true) {
            Next::Ready(value) => Ok(value),
            Next::Wait(mut flight) => wait(&mut flight).await,
            Next::Refuse(error) => Err(error),
        }
    }

    /// Forgets a value that is changing. A read that is under way is not kept either.
    pub(super) fn forget(&self, name: &str) {
        let forgotten = self.entries().remove(name);
        drop(forgotten); // without the lock: to wipe and unmap takes a while
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Box<str>, Entry>> {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, name: &str, fresh: bool) -> Next {
        let times = self.0.times;
        let mut entries = self.entries();
        let entry = entries.entry(name.into()).or_default();
        if let Some(kept) = entry.kept.as_ref().filter(|_| !fresh) {
            let age = kept.read.elapsed();
            let pauses = entry.failed.is_some_and(|at| at.elapsed() < PAUSE);
            if age < times.ttl || pauses && age < times.ttl + times.max_stale {
                return Next::Ready(kept.value.clone());
            }
        }
        // One whose runtime has ended in the middle is under way no more.
        if let Some(flight) = entry.flight.as_ref().filter(|one| one.has_changed().is_ok()) {
            return Next::Wait(flight.clone());
        }
        if tokio::runtime::Handle::try_current().is_err() {
            return Next::Refuse(no_runtime());
        }
        let (done, flight) = watch::channel(None);
        entry.flight = Some(flight.clone());
        let (cache, name, own) = (self.clone(), Box::<str>::from(name), flight.clone());
        tokio::spawn(async move {
            let answer = cache.fetch(&name).await;
            cache.keep(&name, &own, &answer);
            done.send_replace(Some(answer));
        });
        Next::Wait(flight)
    }

    async fn fetch(&self, name: &str) -> Result<SecretValue> {
        let read = tokio::time::timeout(READ, self.0.backend.get(name, None)).await;
        read.unwrap_or_else(|_| {
            let message = "the secret has not come within 10 s";
            Err(Error::new(ErrorCode::Unavailable, message))
        })
    }

    /// Keeps what was read, unless it was forgotten meanwhile.
    fn keep(&self, name: &str, own: &watch::Receiver<Answer>, answer: &Result<SecretValue>) {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(name) else { return };
        if !entry.flight.as_ref().is_some_and(|flight| flight.same_channel(own)) {
            return;
        }
        entry.flight = None;
        let mut gone = Vec::new();
        match answer {
            Ok(value) => {
                let kept = Kept { value: value.clone(), read: Instant::now() };
                gone.extend(entry.kept.replace(kept));
                entry.failed = None;
            }
            Err(error) if is_down(error) && entry.kept.is_some() => {
                entry.failed = Some(Instant::now());
            }
            // It is known not to be there, or there is nothing to keep.
            Err(_) => gone.extend(entries.remove(name).and_then(|entry| entry.kept)),
        }
        self.sweep(&mut entries, &mut gone);
        drop(entries);
        drop(gone);
    }

    /// Lets go of values that serve no more, and of any beyond the limit.
    fn sweep(&self, entries: &mut HashMap<Box<str>, Entry>, gone: &mut Vec<Kept>) {
        let serves = self.0.times.ttl + self.0.times.max_stale;
        let mut room = MAX_ENTRIES;
        entries.retain(|_, entry| {
            let is_old = |kept: &Kept| kept.read.elapsed() >= serves;
            if room == 0 || entry.kept.as_ref().is_some_and(is_old) {
                gone.extend(entry.kept.take());
            }
            let stays = entry.kept.is_some() || entry.flight.is_some();
            room = room.saturating_sub(usize::from(stays));
            stays
        });
    }

    fn stale(&self, name: &str) -> Option<SecretValue> {
        let serves = self.0.times.ttl + self.0.times.max_stale;
        let entries = self.entries();
        let kept = entries.get(name)?.kept.as_ref()?;
        (kept.read.elapsed() < serves).then(|| kept.value.clone())
    }
}

async fn wait(flight: &mut watch::Receiver<Answer>) -> Result<SecretValue> {
    let given_up =
        || Err(Error::new(ErrorCode::Unavailable, "the read of the secret was given up"));
    match flight.wait_for(Option::is_some).await {
        Ok(answer) => answer.clone().unwrap_or_else(given_up),
        Err(_) => given_up(),
    }
}

fn no_runtime() -> Error {
    Error::new(ErrorCode::FailedPrecondition, "a secret is read within a tokio runtime")
}

/// Whether the source says nothing about the secret, so that what it said before counts.
pub(super) fn is_down(error: &Error) -> bool {
    use ErrorCode::{Aborted, DeadlineExceeded, Internal, ResourceExhausted, Unavailable};
    matches!(error.code(), Unavailable | DeadlineExceeded | ResourceExhausted | Aborted | Internal)
}

#[cfg(test)]
pub(super) mod tests;
