//! Short words for the parts of a case.

mod read;

use tombolo::{ErrorCode, ErrorKind};

use super::Body;
pub(crate) use read::{absent, get, get_fails, head, open_reader, read, read_rest};

pub(crate) use super::case::{Capability, Expect, Range, ReadHow, Step, Tag};
use super::case::{
    Case, Condition, Listing, Outcome, Presign, Requirement, Transfer, WriteOptions,
};

/// The steps of a case, from whatever can be made into one.
macro_rules! steps {
    ($($step:expr),* $(,)?) => { vec![$(crate::blob::Step::from($step)),*] };
}
pub(crate) use steps;

pub(crate) fn case(name: impl Into<String>, steps: Vec<Step>) -> Case {
    Case { name: name.into(), requires: Vec::new(), steps }
}

impl Case {
    pub(crate) fn needs(mut self, capability: Capability) -> Self {
        self.requires.push(Requirement::Present(capability));
        self
    }

    pub(crate) fn without(mut self, capability: Capability) -> Self {
        self.requires.push(Requirement::Absent(capability));
        self
    }
}

pub(crate) fn pattern(seed: u64, len: u64) -> Body {
    Body::Pattern { seed, skip: 0, len }
}

pub(crate) fn saved(register: u32) -> Tag {
    Tag::Saved(register)
}

pub(crate) fn literal(tag: &str) -> Tag {
    Tag::Literal(tag.to_owned())
}

fn error(code: ErrorCode, kind: ErrorKind, naming: &str) -> Expect {
    Expect { code: Some(code), kind, naming: naming.to_owned() }
}

pub(crate) fn success() -> Expect {
    Expect::default()
}

pub(crate) fn not_found(naming: &str) -> Expect {
    error(ErrorCode::NotFound, ErrorKind::General, naming)
}

pub(crate) fn not_met() -> Expect {
    error(ErrorCode::FailedPrecondition, ErrorKind::ConditionNotMet, "")
}

pub(crate) fn not_modified() -> Expect {
    error(ErrorCode::FailedPrecondition, ErrorKind::NotModified, "")
}

pub(crate) fn closed(naming: &str) -> Expect {
    error(ErrorCode::FailedPrecondition, ErrorKind::General, naming)
}

pub(crate) fn invalid(naming: &str) -> Expect {
    error(ErrorCode::InvalidArgument, ErrorKind::General, naming)
}

pub(crate) fn out_of_range() -> Expect {
    error(ErrorCode::OutOfRange, ErrorKind::General, "range")
}

pub(crate) fn unimplemented(naming: &str) -> Expect {
    error(ErrorCode::Unimplemented, ErrorKind::General, naming)
}

pub(crate) struct PutStep {
    key: String,
    body: Body,
    options: WriteOptions,
}

pub(crate) fn put(key: &str, body: impl Into<Body>) -> PutStep {
    PutStep { key: key.to_owned(), body: body.into(), options: WriteOptions::default() }
}

pub(crate) struct WriterStep {
    slot: u32,
    key: String,
    options: WriteOptions,
}

pub(crate) fn open_writer(slot: u32, key: &str) -> WriterStep {
    WriterStep { slot, key: key.to_owned(), options: WriteOptions::default() }
}

/// The words that a put and a writer share.
macro_rules! write_words {
    ($step:ty) => {
        impl $step {
            pub(crate) fn if_absent(mut self) -> Self {
                self.options.condition = Condition::IfAbsent;
                self
            }
            pub(crate) fn if_match(mut self, tag: Tag) -> Self {
                self.options.condition = Condition::IfMatch(tag);
                self
            }
            pub(crate) fn content_type(mut self, text: &str) -> Self {
                self.options.content_type = text.to_owned();
                self
            }
            pub(crate) fn meta(mut self, name: &str, value: &str) -> Self {
                self.options.metadata.insert(name.to_owned(), value.to_owned());
                self
            }
            pub(crate) fn fails(mut self, expect: Expect) -> Self {
                self.options.expect = expect;
                self
            }
        }
    };
}
write_words!(PutStep);
write_words!(WriterStep);

impl PutStep {
    pub(crate) fn saves(mut self, register: u32) -> Self {
        self.options.save = Some(register);
        self
    }
}

impl From<PutStep> for Step {
    fn from(step: PutStep) -> Self {
        Self::Put { key: step.key, body: step.body, options: step.options }
    }
}

impl From<WriterStep> for Step {
    fn from(step: WriterStep) -> Self {
        Self::OpenWriter { slot: step.slot, key: step.key, options: step.options }
    }
}

pub(crate) fn write(slot: u32, body: impl Into<Body>) -> Step {
    write_fails(slot, body, success())
}

pub(crate) fn write_fails(slot: u32, body: impl Into<Body>, expect: Expect) -> Step {
    Step::Write { slot, body: body.into(), expect }
}

pub(crate) fn finish(slot: u32) -> Step {
    Step::Finish { slot, expect: success(), save: None }
}

pub(crate) fn finish_fails(slot: u32, expect: Expect) -> Step {
    Step::Finish { slot, expect, save: None }
}

pub(crate) fn delete(key: &str) -> Step {
    Step::Delete { key: key.to_owned(), if_match: Tag::None, expect: success() }
}

pub(crate) fn delete_if(key: &str, tag: Tag, expect: Expect) -> Step {
    Step::Delete { key: key.to_owned(), if_match: tag, expect }
}

pub(crate) fn delete_many<'a>(outcomes: impl IntoIterator<Item = (&'a str, Expect)>) -> Step {
    let outcome = |(key, expect): (&str, _)| Outcome { key: key.to_owned(), expect };
    Step::DeleteMany { outcomes: outcomes.into_iter().map(outcome).collect(), expect: success() }
}

pub(crate) struct TransferStep(fn(Transfer) -> Step, Transfer);

fn transfer(make: fn(Transfer) -> Step, from: &str, to: &str) -> TransferStep {
    let (from, to) = (from.to_owned(), to.to_owned());
    TransferStep(make, Transfer { from, to, if_absent: false, expect: success(), save: None })
}

pub(crate) fn copy(from: &str, to: &str) -> TransferStep {
    transfer(Step::Copy, from, to)
}

pub(crate) fn rename(from: &str, to: &str) -> TransferStep {
    transfer(Step::Rename, from, to)
}

impl TransferStep {
    pub(crate) fn if_absent(mut self) -> Self {
        self.1.if_absent = true;
        self
    }

    pub(crate) fn fails(mut self, expect: Expect) -> Self {
        self.1.expect = expect;
        self
    }

    pub(crate) fn saves(mut self, register: u32) -> Self {
        self.1.save = Some(register);
        self
    }
}

impl From<TransferStep> for Step {
    fn from(step: TransferStep) -> Self {
        step.0(step.1)
    }
}

/// A listing of everything that finds these objects.
pub(crate) fn list<'a>(objects: impl IntoIterator<Item = &'a str>) -> Listing {
    Listing {
        prefix: String::new(),
        delimiter: None,
        start_after: String::new(),
        page_size: 1000,
        objects: objects.into_iter().map(str::to_owned).collect(),
        prefixes: Vec::new(),
        expect: success(),
    }
}

impl Listing {
    pub(crate) fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.to_owned();
        self
    }

    /// With the delimiter, it finds these prefixes.
    pub(crate) fn folders<'a>(mut self, prefixes: impl IntoIterator<Item = &'a str>) -> Self {
        self.delimiter = Some('/');
        self.prefixes = prefixes.into_iter().map(str::to_owned).collect();
        self
    }

    pub(crate) fn start_after(mut self, start: &str) -> Self {
        self.start_after = start.to_owned();
        self
    }

    pub(crate) fn page_size(mut self, size: u64) -> Self {
        self.page_size = size;
        self
    }

    pub(crate) fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    pub(crate) fn fails(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }
}

impl From<Listing> for Step {
    fn from(listing: Listing) -> Self {
        Self::List(listing)
    }
}

/// Puts an empty object under each key.
pub(crate) fn put_all<'a>(keys: impl IntoIterator<Item = &'a str>) -> Step {
    Step::PutMany { keys: keys.into_iter().map(str::to_owned).collect(), body: Body::from("") }
}

/// A presigned URL, for every method, which fails.
pub(crate) fn presign_fails(key: &str, seconds: u64, expect: Expect) -> Step {
    Step::Presign(Presign { key: key.to_owned(), seconds, expect })
}

/// A presigned URL, for every method.
pub(crate) fn presign(key: &str, seconds: u64) -> Step {
    presign_fails(key, seconds, success())
}
