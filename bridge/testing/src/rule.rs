//! One rule of a script: which calls it is for, and what becomes of them.

use std::fmt;
use std::time::Duration;

use tombolo::blob::Key;
use tombolo::{Effect, Error, ErrorCode, ErrorKind, Result};

use crate::asked::{Asked, Kind};
use crate::gate::Gate;

/// The keys that a rule is for.
#[derive(Debug)]
pub(crate) enum Keys {
    Any,
    Exactly(String),
    Under(String),
}

/// Which of its calls a rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Always,
    /// So many, as they come.
    Next(u64),
    /// That one alone, counted from 1.
    Nth(u64),
}

/// The error that a call is to fail with.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: ErrorCode,
    pub(crate) kind: ErrorKind,
    pub(crate) effect: Effect,
    /// As the code has it, unless it is said.
    pub(crate) retryable: Option<bool>,
    pub(crate) message: String,
    /// The call is made all the same, before it fails.
    pub(crate) applied: bool,
}

impl Fault {
    pub(crate) fn error(&self) -> Error {
        let error = Error::new(self.code, self.message.clone())
            .with_kind(self.kind)
            .with_effect(self.effect);
        match self.retryable {
            Some(retryable) => error.with_retryable(retryable),
            None => error,
        }
    }
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What the store in memory answers.
    Real,
    Fail(Fault),
    Panic(String),
    /// The body, cut to so many bytes.
    Cut(u64),
    /// The body, with the lowest bit of the byte at this place turned over.
    Flip(u64),
}

/// A rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// None for any.
    pub(crate) kind: Option<Kind>,
    pub(crate) keys: Keys,
    /// Only calls on a stream that has had so many items.
    pub(crate) after: u64,
    pub(crate) times: Times,
    pub(crate) delay: Duration,
    pub(crate) gate: Option<Gate>,
    pub(crate) answer: Answer,
}

impl Rule {
    pub(crate) fn matches(&self, asked: &Asked) -> bool {
        let of_kind = self.kind.is_none_or(|kind| kind == asked.kind);
        let of_keys = match &self.keys {
            Keys::Any => true,
            Keys::Exactly(key) => asked.keys().any(|one| one == key),
            Keys::Under(prefix) => asked.keys().any(|one| one.starts_with(prefix.as_str())),
        };
        of_kind && of_keys && (self.after == 0 || asked.before.is_some_and(|n| n >= self.after))
    }

    /// Refuses what could never come true.
    pub(crate) fn check(&self) -> Result<()> {
        self.check_keys()?;
        if matches!(self.times, Times::Next(0) | Times::Nth(0)) {
            return Err(impossible("times", "calls are counted from 1"));
        }
        if self.after > 0 && !self.kind.is_some_and(Kind::is_of_stream) {
            let why = "only read, write, finish and list are calls on a stream";
            return Err(impossible("after", why));
        }
        match &self.answer {
            Answer::Fail(fault) => self.check_fault(fault),
            Answer::Cut(_) | Answer::Flip(_) if !self.kind.is_some_and(Kind::has_body) => {
                Err(impossible("body", "only get and read answer with one"))
            }
            Answer::Cut(0) if self.kind == Some(Kind::Read) => {
                Err(impossible("body", "a chunk is never empty; fail the read instead"))
            }
            Answer::Real if self.delay.is_zero() && self.gate.is_none() => {
                Err(impossible("answer", "it changes nothing: it has no delay and no gate"))
            }
            Answer::Real | Answer::Panic(_) | Answer::Cut(_) | Answer::Flip(_) => Ok(()),
        }
    }

    fn check_keys(&self) -> Result<()> {
        match &self.keys {
            // A listing is asked for by a prefix, which may be empty.
            Keys::Exactly(key) if self.kind != Some(Kind::List) => {
                Key::new(key.as_str()).map(|_| ())
            }
            Keys::Under(prefix) if prefix.is_empty() => {
                Err(impossible("prefix", "it is empty; leave it out for any key"))
            }
            Keys::Exactly(text) | Keys::Under(text) if text.contains('\0') => {
                Err(impossible("key", "it holds a NUL, and no key does"))
            }
            Keys::Exactly(text) | Keys::Under(text) if text.len() > Key::MAX_LEN => {
                Err(impossible("key", "it is longer than any key"))
            }
            Keys::Any | Keys::Exactly(_) | Keys::Under(_) => Ok(()),
        }
    }

    fn check_fault(&self, fault: &Fault) -> Result<()> {
        let writes = self.kind.is_none_or(Kind::writes);
        if fault.effect != Effect::None && !writes {
            return Err(impossible("effect", "a read has none"));
        }
        match (fault.effect, fault.applied) {
            (Effect::None, true) => {
                Err(impossible("applied", "the error says that there was no effect"))
            }
            (Effect::Done, false) => {
                Err(impossible("applied", "the error says that the effect is there"))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn impossible(what: &str, why: &str) -> Error {
    Error::invalid_argument(what, why)
}

impl fmt::Display for Rule {
    /// As in `the first 2 get of "a/b": fail with unavailable`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            Times::Always => write!(f, "every ")?,
            Times::Next(n) => write!(f, "the next {n} ")?,
            Times::Nth(n) => write!(f, "number {n} of ")?,
        }
        f.write_str(self.kind.map_or("call", Kind::name))?;
        match &self.keys {
            Keys::Any => {}
            Keys::Exactly(key) => write!(f, " of {key:?}")?,
            Keys::Under(prefix) => write!(f, " under {prefix:?}")?,
        }
        if self.after > 0 {
            write!(f, " after {} items", self.after)?;
        }
        f.write_str(": ")?;
        if !self.delay.is_zero() {
            write!(f, "after {:?} ", self.delay)?;
        }
        if self.gate.is_some() {
            f.write_str("at a gate ")?;
        }
        match &self.answer {
            Answer::Real => f.write_str("answer"),
            Answer::Fail(fault) => write!(f, "fail with {}", fault.code.name()),
            Answer::Panic(_) => f.write_str("panic"),
            Answer::Cut(size) => write!(f, "cut the body to {size} bytes"),
            Answer::Flip(at) => write!(f, "spoil byte {at} of the body"),
        }
    }
}
