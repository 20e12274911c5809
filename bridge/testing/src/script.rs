//! The script of a fake: its rules, how often each was used, and the calls that came.

use std::sync::Arc;

use tombolo::{Error, ErrorCode, Result};

use crate::asked::{Asked, Outcome};
use crate::rule::{Rule, Times};

struct Planned {
    rule: Arc<Rule>,
    /// How many calls it was for.
    matched: u64,
    /// How many of them it has answered.
    used: u64,
}

impl Planned {
    /// Counts a call that the rule is for. True if the rule wants to answer it.
    fn count(&mut self) -> bool {
        self.matched += 1;
        match self.rule.times {
            Times::Always => true,
            Times::Next(n) => self.used < n,
            Times::Nth(n) => self.matched == n,
        }
    }

    fn complaint(&self) -> Option<String> {
        let (used, rule) = (self.used, &self.rule);
        let wanted = match rule.times {
            Times::Always | Times::Nth(_) => 1,
            Times::Next(n) => n,
        };
        if used >= wanted {
            return None;
        }
        let matched = self.matched;
        Some(format!("used {used} times, with {matched} calls that match: {rule}"))
    }
}

/// The script. Rules stand in the order in which they were added; the first that wants a call has it.
#[derive(Default)]
pub(crate) struct Script {
    rules: Vec<Planned>,
    /// The rules that could never come true. While there is one, every call fails with it.
    bad: Vec<Error>,
    calls: Vec<Asked>,
    /// How many calls were cleared before the first of `calls`.
    cleared: u64,
}

impl Script {
    /// Adds a rule. One that is impossible is kept as an error.
    pub(crate) fn add(&mut self, rule: Result<Rule>) {
        let checked = rule.and_then(|rule| {
            let named = |error: Error| {
                let message = format!("an impossible rule: {}; it is: {rule}", error.message());
                Error::new(ErrorCode::InvalidArgument, message)
            };
            rule.check().map_err(named)?;
            Ok(rule)
        });
        match checked {
            Ok(rule) => self.rules.push(Planned { rule: Arc::new(rule), matched: 0, used: 0 }),
            Err(error) => self.bad.push(error),
        }
    }

    /// Records a call: its number, and the rule that has it.
    ///
    /// # Errors
    /// The impossible rule, if there is one.
    pub(crate) fn begin(&mut self, asked: Asked) -> Result<(u64, Option<Arc<Rule>>)> {
        if let Some(bad) = self.bad.first() {
            return Err(bad.clone());
        }
        let mut chosen = None;
        for planned in self.rules.iter_mut().filter(|planned| planned.rule.matches(&asked)) {
            // A rule counts its calls also where another has answered them.
            if planned.count() && chosen.is_none() {
                planned.used += 1;
                chosen = Some(Arc::clone(&planned.rule));
            }
        }
        let number = self.cleared + self.calls.len() as u64;
        self.calls.push(Asked { scripted: chosen.is_some(), ..asked });
        Ok((number, chosen))
    }

    /// Says how a call has ended, unless it was cleared.
    pub(crate) fn end(
        &mut self,
        number: u64,
        outcome: Outcome,
        received: u64,
        error: Option<&Error>,
    ) {
        let at = number.checked_sub(self.cleared).and_then(|at| usize::try_from(at).ok());
        if let Some(call) = at.and_then(|at| self.calls.get_mut(at)) {
            (call.outcome, call.received) = (outcome, received);
            call.error = error.map(|error| (error.code(), error.effect()));
        }
    }

    pub(crate) fn calls(&self) -> &[Asked] {
        &self.calls
    }

    pub(crate) fn clear_calls(&mut self) {
        self.cleared += self.calls.len() as u64;
        self.calls.clear();
    }

    pub(crate) fn clear_rules(&mut self) {
        self.rules.clear();
        self.bad.clear();
    }

    /// # Errors
    /// `invalid_argument` for rules that are impossible, else `failed_precondition` for rules that
    /// were not used, or not as often as they say. All of them are named.
    pub(crate) fn verify(&self) -> Result<()> {
        if let Some(first) = self.bad.first() {
            let all: Vec<&str> = self.bad.iter().map(Error::message).collect();
            return Err(Error::new(first.code(), all.join("; ")));
        }
        let complaints = self.rules.iter().enumerate().filter_map(|(at, planned)| {
            planned.complaint().map(|complaint| format!("rule {} was {complaint}", at + 1))
        });
        let all: Vec<String> = complaints.collect();
        if all.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorCode::FailedPrecondition, all.join("; ")))
    }
}
