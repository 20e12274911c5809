//! A task that writes, reads, deletes and lists, and remembers what was acknowledged.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::TryStreamExt;
use tombolo::blob::{
    BlobStore, DeleteOptions, GetOptions, ListOptions, PutCondition, PutOptions, PutResult,
};
use tombolo::{Effect, Error, ErrorCode, ErrorKind};
use tombolo_testkit::blob::Body;

use super::Checked;
use super::restart::Shared;

/// A version of an object, or that there is none.
type State = Option<u64>;

/// Objects that are written once, at the beginning, and looked at in the end.
const KEPT: u64 = 5;
/// Objects that a task writes over and over.
const KEYS: u64 = 6;

/// What is known about a key.
#[derive(Debug)]
struct History {
    /// What was acknowledged, and when; the last is what counts.
    acknowledged: Vec<(Instant, State)>,
    /// What may have taken place as well.
    perhaps: Vec<State>,
    etag: Option<String>,
}

/// Until when the end may be tried again.
pub(crate) struct Until(pub(crate) Instant);

pub(crate) struct Task<'a> {
    number: usize,
    store: &'a BlobStore,
    shared: &'a Shared,
    horizon: Duration,
    keys: BTreeMap<String, History>,
    version: u64,
}

fn body(key: &str, version: u64) -> Bytes {
    let pattern = Body::Pattern { seed: version + 1, skip: 0, len: 500 + version % 3000 }.bytes();
    [format!("{key} {version}\n").as_bytes(), &pattern].concat().into()
}

/// The version that some bytes are, all of them.
fn version(key: &str, bytes: &[u8]) -> Option<u64> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let version = line.strip_prefix(key)?.trim_start().parse().ok()?;
    (body(key, version) == bytes).then_some(version)
}

impl<'a> Task<'a> {
    pub(crate) fn new(
        number: usize,
        store: &'a BlobStore,
        shared: &'a Shared,
        horizon: Duration,
    ) -> Self {
        Self { number, store, shared, horizon, keys: BTreeMap::new(), version: 0 }
    }

    fn key(&self, number: u64) -> String {
        format!("task-{}/{number}", self.number)
    }

    /// Writes what is not touched again.
    pub(crate) async fn begin(&mut self) -> Checked {
        for number in 0..KEPT {
            self.put(&self.key(KEYS + number), PutCondition::None).await?;
        }
        Ok(())
    }

    /// Does something.
    pub(crate) async fn step(&mut self) -> Checked {
        let key = self.key(self.version % KEYS);
        match self.version % 11 {
            0 | 5 => self.delete(&key).await,
            1 | 6 => self.put(&key, PutCondition::IfAbsent).await,
            2 | 7 => {
                let etag = self.keys.get(&key).and_then(|history| history.etag.clone());
                let condition = etag.map_or(PutCondition::None, PutCondition::IfMatch);
                self.put(&key, condition).await
            }
            3 | 8 => self.look(&key).await.map(drop),
            4 => self.list().await,
            _ => self.put(&key, PutCondition::None).await,
        }?;
        self.version += 1;
        if self.version.is_multiple_of(50) { self.rest().await } else { Ok(()) }
    }

    /// Not so fast: the files that are written are of no use.
    async fn rest(&self) -> Checked {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(())
    }

    /// Looks at all keys; how many were as acknowledged.
    pub(crate) async fn end(&mut self, until: Until) -> Checked<usize> {
        let keys: Vec<_> = self.keys.keys().cloned().collect();
        for key in &keys {
            while !self.look(key).await? {
                if Instant::now() > until.0 {
                    return Err(format!("{key} cannot be read any more").into());
                }
            }
        }
        Ok(keys.len())
    }

    async fn put(&mut self, key: &str, condition: PutCondition) -> Checked {
        self.version += 1;
        let version = self.version;
        let options = PutOptions { condition: condition.clone(), ..PutOptions::default() };
        let put = self.store.put(key, body(key, version), options).await;
        match put {
            Err(error) if error.kind() == ErrorKind::ConditionNotMet => {
                self.not_met(key, &condition)
            }
            put => self.written(key, Some(version), put.map(|PutResult { etag }| Some(etag))),
        }
    }

    async fn delete(&mut self, key: &str) -> Checked {
        let deleted = self.store.delete(key, DeleteOptions::default()).await;
        self.written(key, None, deleted.map(|()| None))
    }

    fn written(
        &mut self,
        key: &str,
        state: State,
        result: Result<Option<String>, Error>,
    ) -> Checked {
        match result {
            Ok(etag) => {
                self.acknowledge(key, state, etag);
                Ok(())
            }
            Err(error) => {
                let effect = error.effect();
                self.failed(error)?;
                if effect != Effect::None {
                    let history = self.keys.entry(key.to_owned()).or_insert_with(History::new);
                    history.perhaps.push(state);
                    history.etag = None;
                }
                Ok(())
            }
        }
    }

    /// It may not hold only where the object is not what the task takes it for.
    fn not_met(&mut self, key: &str, condition: &PutCondition) -> Checked {
        let absent = *condition == PutCondition::IfAbsent;
        let allowed = self.allowed(key);
        let history = self.keys.entry(key.to_owned()).or_insert_with(History::new);
        history.etag = None;
        let fits = if absent { allowed.iter().any(Option::is_some) } else { allowed.len() > 1 };
        if fits { Ok(()) } else { Err(format!("{key} is another: {history:?}").into()) }
    }

    /// Reads it, and compares it with what was acknowledged; false where it cannot be read now.
    async fn look(&mut self, key: &str) -> Checked<bool> {
        let (state, etag) = match self.store.get(key, GetOptions::default()).await {
            Ok(object) => match version(key, &object.bytes) {
                Some(version) => (Some(version), Some(object.meta.etag)),
                None => return Err(format!("{key} has bytes that nobody wrote").into()),
            },
            Err(error) if error.code() == ErrorCode::NotFound => (None, None),
            Err(error) => return self.failed(error).map(|()| false),
        };
        let allowed = self.allowed(key);
        if !allowed.contains(&state) {
            let history = self.keys.get(key);
            return Err(format!("{key} is {state:?}, not one of {allowed:?}: {history:?}").into());
        }
        self.acknowledge(key, state, etag);
        Ok(true)
    }

    async fn list(&mut self) -> Checked {
        let prefix = format!("task-{}/", self.number);
        let options = ListOptions { prefix, ..ListOptions::default() };
        let pages = self.store.list(options)?.into_stream().try_collect::<Vec<_>>().await;
        let pages = match pages {
            Ok(pages) => pages,
            Err(error) => return self.failed(error),
        };
        self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
        let found: Vec<_> = pages.into_iter().flat_map(|page| page.objects).collect();
        for key in self.keys.keys() {
            let there = found.iter().any(|object| object.key == *key);
            if !self.allowed(key).iter().any(|state| state.is_some() == there) {
                return Err(format!("{key} is listed: {there}; {:?}", self.keys.get(key)).into());
            }
        }
        Ok(())
    }

    fn acknowledge(&mut self, key: &str, state: State, etag: Option<String>) {
        self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
        let history = self.keys.entry(key.to_owned()).or_insert_with(History::new);
        history.perhaps.clear();
        history.etag = etag;
        if self.shared.killed().is_some() {
            // There is one kill only, so this stays.
            history.acknowledged.clear();
        }
        history.acknowledged.push((Instant::now(), state));
    }

    /// What a key may be now.
    fn allowed(&self, key: &str) -> Vec<State> {
        let Some(history) = self.keys.get(key) else { return vec![None] };
        let mut allowed = history.perhaps.clone();
        allowed.push(history.acknowledged.last().and_then(|(_, state)| *state));
        if let Some(killed) = self.shared.killed().filter(|_| !self.horizon.is_zero()) {
            let sure = killed.checked_sub(self.horizon).unwrap_or(killed);
            // What was the state at that time, and all that it became afterwards.
            let all = history.acknowledged.iter().rev();
            let first = all.clone().position(|(at, _)| *at <= sure);
            let count = first.map_or(usize::MAX, |position| position + 1);
            allowed.extend(all.take(count).map(|(_, state)| *state));
            if first.is_none() {
                allowed.push(None);
            }
        }
        allowed
    }

    /// Only what a server that is not there may cause.
    fn failed(&self, error: Error) -> Checked {
        self.shared.failed.fetch_add(1, Ordering::Relaxed);
        if self.shared.killed().is_some() && error.code() == ErrorCode::Unavailable {
            return Ok(());
        }
        Err(error.into())
    }
}

impl History {
    fn new() -> Self {
        Self { acknowledged: Vec::new(), perhaps: Vec::new(), etag: None }
    }
}
