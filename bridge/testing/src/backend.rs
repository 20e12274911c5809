//! The fake: a store in memory that does to each call what the script says.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tombolo::blob::{
    Backend, BackendWriter, BlobReader, BoxFuture, Buffer, Capabilities, CopyOptions,
    DeleteOptions, DeleteOutcome, Filled, GetOptions, HeadOptions, Key, ListOptions, Lister,
    Object, ObjectMeta, PutOptions, PutResult, memory,
};
use tombolo::{Error, Placement, Result};

use crate::answered::{Answered, spoil};
use crate::asked::{Asked, Kind, Outcome};
use crate::rule::{Answer, Rule};
use crate::script::Script;
use crate::stream::{FakeWriter, chunks, pages};

/// What a fake is made of. Shared by its handle in C++, its stores, readers, writers and listings.
pub(crate) struct Fake {
    inner: Arc<dyn Backend>,
    script: Mutex<Script>,
    /// The most bytes of a chunk that is read; 0: as the store in memory has it.
    chunk_size: usize,
}

impl Fake {
    pub(crate) fn open(chunk_size: usize) -> Result<Arc<Self>> {
        let inner = memory::open("", memory::MemoryOptions::default())?;
        Ok(Arc::new(Self { inner, script: Mutex::default(), chunk_size }))
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what the script says with a call; `real` makes it.
    pub(crate) async fn act<T: Answered>(
        &self,
        asked: Asked,
        real: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let (number, rule) = self.script().begin(asked)?;
        let mut ending = Ending { fake: self, number, outcome: None };
        let answer = match rule {
            Some(rule) => follow(&rule, real).await,
            None => real.await,
        };
        ending.outcome = Some(match &answer {
            Ok(value) if value.is_end() => (Outcome::End, 0, None),
            Ok(value) => (Outcome::Value, value.received(), None),
            Err(error) => (Outcome::Error, 0, Some(error.clone())),
        });
        answer
    }
}

#[expect(clippy::panic, reason = "a rule asks for it")]
async fn follow<T: Answered>(rule: &Rule, real: impl Future<Output = Result<T>>) -> Result<T> {
    if !rule.delay.is_zero() {
        tombolo_bridge::delay(rule.delay).await;
    }
    if let Some(gate) = &rule.gate {
        gate.pass().await;
    }
    match &rule.answer {
        Answer::Fail(fault) => {
            if fault.applied {
                real.await?;
            }
            Err(fault.error())
        }
        Answer::Panic(message) => panic!("{message}"),
        Answer::Real => real.await,
        answer @ (Answer::Cut(_) | Answer::Flip(_)) => spoil(answer, real.await?),
    }
}

/// Records how a call has ended, also where it is dropped or panics.
struct Ending<'a> {
    fake: &'a Fake,
    number: u64,
    outcome: Option<(Outcome, u64, Option<Error>)>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let unheard = if std::thread::panicking() { Outcome::Panic } else { Outcome::Dropped };
        let (outcome, received, error) = self.outcome.take().unwrap_or((unheard, 0, None));
        self.fake.script().end(self.number, outcome, received, error.as_ref());
    }
}

/// The fake as a store.
pub(crate) struct FakeBackend(pub(crate) Arc<Fake>);

impl FakeBackend {
    fn call<'a, T: Answered + Send + 'a>(
        &'a self,
        asked: Asked,
        real: BoxFuture<'a, Result<T>>,
    ) -> BoxFuture<'a, Result<T>> {
        Box::pin(self.0.act(asked, real))
    }

    fn inner(&self) -> &dyn Backend {
        &*self.0.inner
    }
}

impl Backend for FakeBackend {
    fn service(&self) -> &'static str {
        "blob.fake"
    }

    /// As a store in the cloud: nothing is done at once, and a clock that is advanced can wait until
    /// the workers have done what there is to do, whoever drains what.
    fn placement(&self) -> Placement {
        Placement::Worker
    }

    fn capabilities(&self) -> Capabilities {
        self.inner().capabilities()
    }

    fn get(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<Object>> {
        let asked = Asked::new(Kind::Get, key.as_str());
        self.call(asked, self.inner().get(key, options))
    }

    fn get_into(
        &self,
        key: Key,
        buffer: Buffer,
        options: GetOptions,
    ) -> BoxFuture<'_, Result<Filled<Buffer>>> {
        let asked = Asked::new(Kind::GetInto, key.as_str());
        self.call(asked, self.inner().get_into(key, buffer, options))
    }

    fn head(&self, key: Key, options: HeadOptions) -> BoxFuture<'_, Result<ObjectMeta>> {
        let asked = Asked::new(Kind::Head, key.as_str());
        self.call(asked, self.inner().head(key, options))
    }

    fn put(&self, key: Key, body: Bytes, options: PutOptions) -> BoxFuture<'_, Result<PutResult>> {
        let asked = Asked::new(Kind::Put, key.as_str()).sending(body.len());
        self.call(asked, self.inner().put(key, body, options))
    }

    fn reader(&self, key: Key, options: GetOptions) -> BoxFuture<'_, Result<BlobReader>> {
        let asked = Asked::new(Kind::OpenReader, key.as_str());
        let name = key.as_str().to_owned();
        let opened = self.call(asked, self.inner().reader(key, options));
        Box::pin(async move {
            let reader = opened.await?;
            let chunks = chunks(Arc::clone(&self.0), name, reader.chunks, self.0.chunk_size);
            Ok(BlobReader { chunks, ..reader })
        })
    }

    fn writer(
        &self,
        key: Key,
        options: PutOptions,
    ) -> BoxFuture<'_, Result<Box<dyn BackendWriter>>> {
        let asked = Asked::new(Kind::OpenWriter, key.as_str());
        let name = key.as_str().to_owned();
        let opened = self.call(asked, self.inner().writer(key, options));
        Box::pin(async move {
            let writer = FakeWriter::new(Arc::clone(&self.0), name, opened.await?);
            Ok(Box::new(writer) as Box<dyn BackendWriter>)
        })
    }

    fn delete(&self, key: Key, options: DeleteOptions) -> BoxFuture<'_, Result<()>> {
        let asked = Asked::new(Kind::Remove, key.as_str());
        self.call(asked, self.inner().delete(key, options))
    }

    fn delete_many(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Vec<DeleteOutcome>>> {
        let mut names = keys.iter().map(|key| key.as_str().to_owned());
        let first = names.next().unwrap_or_default();
        let asked = Asked::new(Kind::RemoveMany, &first).with_others(names.collect());
        self.call(asked, self.inner().delete_many(keys))
    }

    fn copy(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        let asked = Asked::new(Kind::Copy, from.as_str()).with_others(vec![to.as_str().to_owned()]);
        self.call(asked, self.inner().copy(from, to, options))
    }

    fn rename(&self, from: Key, to: Key, options: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        let asked =
            Asked::new(Kind::Rename, from.as_str()).with_others(vec![to.as_str().to_owned()]);
        self.call(asked, self.inner().rename(from, to, options))
    }

    fn list(&self, options: ListOptions) -> Lister {
        let prefix = options.prefix.clone();
        pages(Arc::clone(&self.0), prefix, self.inner().list(options))
    }
}
