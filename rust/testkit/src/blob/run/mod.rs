//! Runs a case against a store, from Rust.

mod listing;
mod reading;
mod writing;

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use tombolo::blob::{
    BlobReader, BlobStore, BlobWriter, CopyOptions, DeleteOptions, PresignMethod, PutCondition,
    PutOptions, PutResult,
};
use tombolo::{Effect, Error};

use super::case::{Case, Condition, Expect, Outcome, Presign, Step, Tag, Transfer, WriteOptions};

/// Opens the store of a case; a store that persists comes back with what it held.
pub type OpenStore<'a> = &'a (dyn Fn() -> tombolo::Result<BlobStore> + Sync);

/// Which step of which case did not come out as it should, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The case.
    pub case: String,
    /// The step, from 0 on; `None` for the opening.
    pub step: Option<usize>,
    /// The step as data.
    pub what: String,
    /// What came instead.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "case {}", self.case)?;
        if let Some(step) = self.step {
            write!(f, ", step {step}")?;
        }
        write!(f, ": {}\n  {}", self.why, self.what)
    }
}

impl std::error::Error for Failure {}

/// Why a step failed.
type Checked<T = ()> = std::result::Result<T, String>;

/// Runs the steps of `case` in order on the store that `open` gives, which must be empty.
///
/// # Errors
/// The first step that does not come out as it should.
pub async fn run_case(open: OpenStore<'_>, case: &Case) -> Result<(), Failure> {
    let failure = |step, what: String, why| Failure { case: case.name.clone(), step, what, why };
    let mut runner = Runner::new(open).map_err(|why| failure(None, String::new(), why))?;
    for (at, step) in case.steps.iter().enumerate() {
        runner.run(step).await.map_err(|why| {
            let what: String = format!("{step:?}").chars().take(2000).collect();
            failure(Some(at), what, why)
        })?;
    }
    Ok(())
}

/// The state of a case.
struct Runner<'a> {
    open: OpenStore<'a>,
    store: BlobStore,
    tags: BTreeMap<u32, String>,
    readers: BTreeMap<u32, (BlobReader, Vec<u8>)>,
    writers: BTreeMap<u32, BlobWriter>,
}

impl<'a> Runner<'a> {
    fn new(open: OpenStore<'a>) -> Checked<Self> {
        let store = open().map_err(|e| format!("the store does not open: {e}"))?;
        let (tags, readers, writers) = Default::default();
        Ok(Self { open, store, tags, readers, writers })
    }

    async fn run(&mut self, step: &Step) -> Checked {
        match step {
            Step::Put { key, body, options } => self.put(key, body, options).await,
            Step::PutMany { keys, body } => self.put_many(keys, body).await,
            Step::Read(read) => self.read(read).await,
            Step::OpenReader { slot, read } => self.open_reader(*slot, read).await,
            Step::ReadChunk { slot } => self.read_chunk(*slot).await,
            Step::ReadRest { slot, body } => self.read_rest(*slot, body).await,
            Step::DropReader { slot } => taken(&mut self.readers, *slot).map(drop),
            Step::OpenWriter { slot, key, options } => self.open_writer(*slot, key, options).await,
            Step::Write { slot, body, expect } => self.write(*slot, body, expect).await,
            Step::Finish { slot, expect, save } => self.finish(*slot, expect, *save).await,
            Step::DropWriter { slot } => taken(&mut self.writers, *slot).map(drop),
            Step::Delete { key, if_match, expect } => self.delete(key, if_match, expect).await,
            Step::DeleteMany { outcomes, expect } => self.delete_many(outcomes, expect).await,
            Step::Copy(transfer) => self.copy(transfer).await,
            Step::Rename(transfer) => self.rename(transfer).await,
            Step::List(listing) => self.list(listing).await,
            Step::Presign(presign) => self.presign(presign).await,
            Step::Reopen => self.reopen(),
            Step::TagsDiffer { a, b } => self.tags_differ(*a, *b),
        }
    }

    async fn delete(&self, key: &str, if_match: &Tag, expect: &Expect) -> Checked {
        let options = DeleteOptions { if_match: self.tag(if_match)? };
        let result = self.store.delete(key, options).await;
        self.expected(result, expect, "delete").map(drop)
    }

    async fn delete_many(&self, outcomes: &[Outcome], expect: &Expect) -> Checked {
        let keys = outcomes.iter().map(|outcome| outcome.key.clone()).collect();
        let result = self.store.delete_many(keys).await;
        let Some(found) = self.expected(result, expect, "delete_many")? else { return Ok(()) };
        same("the number of outcomes", &found.len(), &outcomes.len())?;
        for (found, wanted) in found.into_iter().zip(outcomes) {
            same("the key of an outcome", &found.key, &wanted.key)?;
            self.expected(found.result, &wanted.expect, "delete_many")
                .map_err(|why| format!("{:?}: {why}", wanted.key))?;
        }
        Ok(())
    }

    async fn copy(&mut self, transfer: &Transfer) -> Checked {
        let Transfer { from, to, if_absent, expect, save } = transfer;
        let result = self.store.copy(from, to, CopyOptions { if_absent: *if_absent }).await;
        let put = self.expected(result, expect, "copy")?;
        self.save(*save, put.map(|put: PutResult| put.etag))
    }

    async fn rename(&mut self, transfer: &Transfer) -> Checked {
        let Transfer { from, to, if_absent, expect, save } = transfer;
        let result = self.store.rename(from, to, CopyOptions { if_absent: *if_absent }).await;
        let put = self.expected(result, expect, "rename")?;
        self.save(*save, put.map(|put: PutResult| put.etag))
    }

    async fn presign(&self, presign: &Presign) -> Checked {
        let expires_in = std::time::Duration::from_secs(presign.seconds);
        for method in [PresignMethod::Get, PresignMethod::Put, PresignMethod::Delete] {
            let result = self.store.presign(&presign.key, method, expires_in).await;
            if let Some(url) = self.expected(result, &presign.expect, "presign")? {
                holds(url.starts_with("http"), || format!("{method:?}: the URL is {url:?}"))?;
            }
        }
        Ok(())
    }

    fn reopen(&mut self) -> Checked {
        self.readers.clear();
        self.writers.clear();
        // The old handle goes first: what does not persist goes with it.
        let nothing = BlobStore::open("mem:").map_err(|e| e.to_string())?;
        drop(std::mem::replace(&mut self.store, nothing));
        self.store = (self.open)().map_err(|e| format!("the store does not open again: {e}"))?;
        Ok(())
    }

    fn tags_differ(&self, a: u32, b: u32) -> Checked {
        let (first, second) = (self.saved(a)?, self.saved(b)?);
        holds(first != second, || format!("both etags are {first:?}"))
    }

    fn saved(&self, register: u32) -> Checked<&String> {
        self.tags.get(&register).ok_or_else(|| format!("the register {register} is empty"))
    }

    fn tag(&self, tag: &Tag) -> Checked<Option<String>> {
        match tag {
            Tag::None => Ok(None),
            Tag::Literal(text) => Ok(Some(text.clone())),
            Tag::Saved(register) => self.saved(*register).cloned().map(Some),
        }
    }

    fn save(&mut self, register: Option<u32>, etag: Option<String>) -> Checked {
        let Some(etag) = etag else { return Ok(()) };
        holds(!etag.is_empty(), || "the etag is empty".to_owned())?;
        if let Some(register) = register {
            self.tags.insert(register, etag);
        }
        Ok(())
    }

    fn put_options(&self, options: &WriteOptions) -> Checked<PutOptions> {
        let condition = match &options.condition {
            Condition::Always => PutCondition::None,
            Condition::IfAbsent => PutCondition::IfAbsent,
            Condition::IfMatch(tag) => {
                PutCondition::IfMatch(self.tag(tag)?.ok_or("IfMatch needs an etag")?)
            }
        };
        let (content_type, metadata) = (options.content_type.clone(), options.metadata.clone());
        Ok(PutOptions { condition, content_type, metadata })
    }

    /// The value of a success that was expected; `None` for an error that was.
    fn expected<T>(
        &self,
        result: tombolo::Result<T>,
        expect: &Expect,
        operation: &str,
    ) -> Checked<Option<T>> {
        match (result, expect.code) {
            (Ok(value), None) => Ok(Some(value)),
            (Ok(_), Some(code)) => Err(format!("it succeeded in place of {}", code.name())),
            (Err(error), None) => Err(format!("it failed: {error:?}")),
            (Err(error), Some(code)) => {
                same("the code", &error.code(), &code)
                    .and_then(|()| same("the kind", &error.kind(), &expect.kind))
                    .and_then(|()| self.origin(&error, operation))
                    .and_then(|()| names(&error, &expect.naming))
                    .map_err(|why| format!("{why}, in {error:?}"))?;
                Ok(None)
            }
        }
    }

    fn origin(&self, error: &Error, operation: &str) -> Checked {
        same("the service", &error.service(), &self.store.service())?;
        same("the operation", &error.operation(), &operation)?;
        same("the effect", &error.effect(), &Effect::None)
    }
}

fn names(error: &Error, text: &str) -> Checked {
    holds(error.message().contains(text), || format!("the message does not contain {text:?}"))
}

fn holds(condition: bool, why: impl FnOnce() -> String) -> Checked {
    if condition { Ok(()) } else { Err(why()) }
}

fn same<T: PartialEq + fmt::Debug>(what: &str, found: &T, wanted: &T) -> Checked {
    holds(found == wanted, || format!("{what} is {found:?} in place of {wanted:?}"))
}

/// Bytes are compared without printing megabytes of them.
fn same_bytes(found: &[u8], wanted: &[u8]) -> Checked {
    if found == wanted {
        return Ok(());
    }
    let at = found.iter().zip(wanted).position(|(a, b)| a != b);
    let at = at.unwrap_or_else(|| found.len().min(wanted.len()));
    Err(format!("{} bytes in place of {}, different at {at}", found.len(), wanted.len()))
}

fn taken<T>(slots: &mut BTreeMap<u32, T>, slot: u32) -> Checked<T> {
    slots.remove(&slot).ok_or_else(|| format!("the slot {slot} is empty"))
}

fn at<T>(slots: &mut BTreeMap<u32, T>, slot: u32) -> Checked<&mut T> {
    slots.get_mut(&slot).ok_or_else(|| format!("the slot {slot} is empty"))
}

fn body(body: &super::Body) -> Bytes {
    Bytes::from(body.bytes())
}
