//! Whether what happened may happen.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tombolo::{Effect, Error, ErrorCode, ErrorKind};
use tombolo_testkit::faults::table::{Cell, Outcome, Step};

use super::operate::{self, Got};

/// How late an operation may end after its deadline. On a machine with nothing else to do it is a few
/// milliseconds; a hang has no end.
const MAX_OVERSHOOT: Duration = Duration::from_secs(10);

static OVERSHOOT: AtomicU64 = AtomicU64::new(0);
static CELLS: AtomicUsize = AtomicUsize::new(0);
static UNNOTICED: AtomicUsize = AtomicUsize::new(0);

/// What is at a key: bytes and etag, if there is an object.
pub(crate) type State = Option<(Bytes, String)>;

/// How an operation ended.
pub(crate) enum End {
    Answered(Result<Got, Error>),
    /// So long after its deadline.
    Deadline(Duration),
}

/// All that was seen of a cell.
pub(crate) struct Evidence {
    pub(crate) end: End,
    pub(crate) sent_again: bool,
    /// The source's etag before, where there is a source.
    pub(crate) source_etag: String,
    pub(crate) before: State,
    pub(crate) after: State,
    /// Whether the source is there afterwards.
    pub(crate) source_is_there: bool,
}

/// What the runs together have shown.
pub(crate) fn tell() {
    println!(
        "cells: {}; the longest time past a deadline: {} ms; wrong bytes that only a checksum could \
         tell: {}",
        CELLS.load(Ordering::Relaxed),
        OVERSHOOT.load(Ordering::Relaxed) / 1000,
        UNNOTICED.load(Ordering::Relaxed),
    );
}

pub(crate) fn judge(cell: &Cell, evidence: &Evidence) -> Result<(), String> {
    CELLS.fetch_add(1, Ordering::Relaxed);
    let Cell { step, outcome, .. } = *cell;
    expected(outcome, evidence)?;
    match &evidence.end {
        End::Answered(Ok(got)) => success(step, outcome, got, evidence),
        End::Answered(Err(error)) => failure(step, error.effect(), evidence),
        End::Deadline(_) => failure(step, Effect::Unknown, evidence),
    }
}

/// Whether it is what the table says.
fn expected(outcome: Outcome, evidence: &Evidence) -> Result<(), String> {
    let is =
        |error: &Error, code, retryable| error.code() == code && error.retryable() == retryable;
    let is_as_told = match (&evidence.end, outcome) {
        (End::Deadline(late), Outcome::Deadline) => {
            let late_us = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
            OVERSHOOT.fetch_max(late_us, Ordering::Relaxed);
            *late < MAX_OVERSHOOT
        }
        (End::Answered(Ok(_)), Outcome::AtOnce) => !evidence.sent_again,
        (End::Answered(Ok(_)), Outcome::Again) => evidence.sent_again,
        (End::Answered(Ok(_)), Outcome::Unknown | Outcome::AsTold | Outcome::Checksum) => true,
        (End::Answered(Err(error)), outcome) => match outcome {
            Outcome::Unknown => {
                let passing =
                    is(error, ErrorCode::Unavailable, true) || error.code() == ErrorCode::Aborted;
                passing && error.effect() == Effect::Unknown
            }
            Outcome::Unreached => {
                is(error, ErrorCode::Unavailable, true) && error.effect() == Effect::None
            }
            Outcome::Aborted => {
                is(error, ErrorCode::Aborted, true) && error.effect() == Effect::None
            }
            Outcome::NotMet => error.kind() == ErrorKind::ConditionNotMet,
            Outcome::Broken => is(error, ErrorCode::Internal, false),
            Outcome::Checksum => error.code() == ErrorCode::DataLoss,
            _ => false,
        },
        _ => false,
    };
    if is_as_told { Ok(()) } else { Err(format!("not {outcome:?}: {}", shown(evidence))) }
}

fn shown(evidence: &Evidence) -> String {
    let again = if evidence.sent_again { ", sent again" } else { "" };
    match &evidence.end {
        End::Deadline(late) => format!("it ended {late:?} after its deadline{again}"),
        End::Answered(Ok(got)) => {
            let got: String = format!("{got:?}").chars().take(80).collect();
            format!("it succeeded{again}: {got}")
        }
        End::Answered(Err(error)) => {
            format!("{error}, effect {:?}, retryable {}{again}", error.effect(), error.retryable())
        }
    }
}

/// What is told is so.
fn success(step: Step, outcome: Outcome, got: &Got, evidence: &Evidence) -> Result<(), String> {
    let etag_is = |etag: &str, own: &str| outcome == Outcome::AsTold || etag == own;
    let holds = match got {
        Got::Bytes(bytes, _) if outcome == Outcome::Checksum => {
            if *bytes != operate::source() {
                UNNOTICED.fetch_add(1, Ordering::Relaxed);
            }
            true
        }
        Got::Bytes(bytes, etag) => {
            *bytes == operate::source() && etag_is(etag, &evidence.source_etag)
        }
        Got::Meta(etag, size) => {
            *size == operate::source().len() as u64 && etag_is(etag, &evidence.source_etag)
        }
        Got::Listed(right) => *right,
        Got::Written(etag) => {
            let is_there = match &evidence.after {
                Some((bytes, own)) => {
                    Some(bytes) == operate::new(step).as_ref() && etag_is(etag, own)
                }
                None => false,
            };
            is_there && (!is_rename(step) || !evidence.source_is_there)
        }
        Got::Deleted => evidence.after.is_none(),
    };
    if holds { Ok(()) } else { Err(format!("what is told is not so: {}", shown(evidence))) }
}

fn is_rename(step: Step) -> bool {
    matches!(step, Step::RenameLook | Step::RenameCopy | Step::RenameDelete)
}

/// No success is lost, and nothing is half done.
fn failure(step: Step, effect: Effect, evidence: &Evidence) -> Result<(), String> {
    let unchanged = evidence.after == evidence.before;
    let bytes = |state: &State| state.as_ref().map(|(bytes, _)| bytes.clone());
    let done = bytes(&evidence.after) == operate::new(step) && !unchanged;
    if !unchanged && !done {
        return Err(format!("neither done nor undone: {}", shown(evidence)));
    }
    if effect == Effect::None && !unchanged {
        return Err(format!("a success is lost: {}", shown(evidence)));
    }
    if is_rename(step) && !evidence.source_is_there && !done {
        return Err(format!("an object is lost: {}", shown(evidence)));
    }
    Ok(())
}
