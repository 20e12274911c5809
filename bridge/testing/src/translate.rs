//! Rules and calls, between what crosses and what is within.

use std::time::Duration;

use tombolo::{Effect, Error, Result};
use tombolo_bridge::{error_code, error_kind, owned_text};

use crate::asked::{Asked, Kind};
use crate::ffi;
use crate::gate::Gate;
use crate::rule::{Answer, Fault, Keys, Rule, Times, impossible};

impl ffi::Rule<'_> {
    pub(crate) fn to_core(&self, gate: Option<Gate>) -> Result<Rule> {
        let kind = match self.call {
            0 => None,
            number => Some(Kind::of(number).ok_or_else(|| no_such("call", number))?),
        };
        let times = match self.times {
            0 => Times::Always,
            1 => Times::Next(self.count),
            _ => Times::Nth(self.count),
        };
        let delay = u64::try_from(self.delay_ns).map(Duration::from_nanos);
        let delay = delay.map_err(|_| impossible("delay", "it is negative"))?;
        let (keys, answer) = (self.keys()?, self.answer()?);
        Ok(Rule { kind, keys, after: self.after, times, delay, gate, answer })
    }

    fn keys(&self) -> Result<Keys> {
        let text = || owned_text("key", self.key);
        match self.keys {
            0 => Ok(Keys::Any),
            1 => text().map(Keys::Exactly),
            _ => text().map(Keys::Under),
        }
    }

    fn answer(&self) -> Result<Answer> {
        match self.answer {
            0 => Ok(Answer::Real),
            1 => self.fault().map(Answer::Fail),
            2 => owned_text("message", self.message).map(Answer::Panic),
            3 => Ok(Answer::Cut(self.place)),
            _ => Ok(Answer::Flip(self.place)),
        }
    }

    fn fault(&self) -> Result<Fault> {
        let effect = match self.effect {
            0 => Effect::None,
            1 => Effect::Unknown,
            2 => Effect::Done,
            number => return Err(no_such("effect", number)),
        };
        let retryable = match self.retryable {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        Ok(Fault {
            code: error_code(self.code).ok_or_else(|| no_such("code", self.code))?,
            kind: error_kind(self.kind).ok_or_else(|| no_such("kind", self.kind))?,
            effect,
            retryable,
            message: owned_text("message", self.message)?,
            applied: self.applied,
        })
    }
}

fn no_such(what: &str, number: u32) -> Error {
    impossible(what, &format!("there is none with the number {number}"))
}

impl From<&Asked> for ffi::Asked {
    fn from(asked: &Asked) -> Self {
        Self {
            call: asked.kind as u32,
            key: asked.key.clone(),
            others: asked.others.clone(),
            sent: asked.sent,
            received: asked.received,
            outcome: asked.outcome as u32,
            code: asked.error.map_or(0, |(code, _)| code as u32),
            effect: asked.error.map_or(0, |(_, effect)| effect as u32),
            scripted: asked.scripted,
        }
    }
}
