//! What must happen when something goes wrong in the middle of an operation.
//!
//! The table is data: a row for each fault, a column for each group of steps that behave alike, and
//! one [`Outcome`] where they meet. `tests/cloud_faults` runs all of it; the guide shows it.

mod cells;
mod step;

use std::time::Duration;

use super::fault::{Answered, Fault};
use crate::servers::Kind;

pub use cells::{Cell, cells, markdown};
pub use step::{Group, Step};

/// A fault of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// `429` with `Retry-After: 1`; the server has seen nothing.
    Throttled,
    /// `503` in the service's words; the server has seen nothing.
    Busy,
    /// `503` of a gateway, after the server has done as it was asked.
    BusyGateway,
    /// `500` in the service's words; the server has seen nothing.
    Failed,
    /// `500` of a gateway, after the server has done as it was asked.
    FailedGateway,
    /// A reset before the server has seen anything.
    Reset,
    /// A reset in place of the answer.
    LostAnswer,
    /// The connection ends within the head of the answer.
    CutHead,
    /// The connection ends within the body of the answer.
    CutBody,
    /// As before, and in the meantime the object is another: the rest comes with another etag.
    Replaced,
    /// No answer; the server has seen nothing.
    Silence,
    /// No answer, though the server has done as it was asked.
    SilenceAfter,
    /// The answer stops within its body.
    Stall,
    /// The answer comes in 40 pieces.
    Drip,
    /// `Content-Length` is larger than the body.
    Longer,
    /// `Content-Length` is smaller than the body.
    Shorter,
    /// The answer comes twice.
    Twice,
    /// Another etag in the answer's head.
    OtherEtag,
    /// A bit of the body is turned over.
    Flipped,
    /// The service's name has no address.
    Unresolved,
    /// Nobody listens.
    Refused,
    /// The certificate is for another name.
    OtherName,
    /// The certificate is by an authority that is not trusted.
    UnknownAuthority,
    /// Plain text where TLS was to be.
    PlainText,
    /// A connection, and no word of TLS by it.
    NoHandshake,
}

/// What must happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not arise: no such request, or no body to spoil.
    Absent,
    /// Success, without sending anything twice.
    AtOnce,
    /// Success, after the request was sent again.
    Again,
    /// `unavailable` (retryable) or `aborted`, effect unknown; or success, where the client can find
    /// out.
    Unknown,
    /// `unavailable`, retryable, without effect.
    Unreached,
    /// `aborted`, retryable, without effect: another version is there.
    Aborted,
    /// `failed_precondition`, without effect: an etag that was told is not the object's.
    NotMet,
    /// `internal`: the answer is none of the service. Effect unknown, but for a read.
    Broken,
    /// The deadline ends it.
    Deadline,
    /// Success, and the etag is as it was told: nothing else names it.
    AsTold,
    /// Only a checksum could tell: `data_loss` or success with the right bytes where there is one,
    /// and else wrong bytes, unnoticed.
    Checksum,
}

impl Name {
    /// Its name in the names of tests.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Busy => "busy",
            Self::BusyGateway => "busy_gateway",
            Self::Failed => "failed",
            Self::FailedGateway => "failed_gateway",
            Self::Reset => "reset",
            Self::LostAnswer => "lost_answer",
            Self::CutHead => "cut_head",
            Self::CutBody => "cut_body",
            Self::Replaced => "replaced",
            Self::Silence => "silence",
            Self::SilenceAfter => "silence_after",
            Self::Stall => "stall",
            Self::Drip => "drip",
            Self::Longer => "longer",
            Self::Shorter => "shorter",
            Self::Twice => "twice",
            Self::OtherEtag => "other_etag",
            Self::Flipped => "flipped",
            Self::Unresolved => "unresolved",
            Self::Refused => "refused",
            Self::OtherName => "other_name",
            Self::UnknownAuthority => "unknown_authority",
            Self::PlainText => "plain_text",
            Self::NoHandshake => "no_handshake",
        }
    }

    /// What the guide says it is.
    #[must_use]
    pub fn means(self) -> &'static str {
        match self {
            Self::Throttled => "`429`, `Retry-After: 1`",
            Self::Busy => "`503` in the service's words",
            Self::BusyGateway => "`503` of a gateway, after the effect",
            Self::Failed => "`500` in the service's words",
            Self::FailedGateway => "`500` of a gateway, after the effect",
            Self::Reset => "reset before the service saw it",
            Self::LostAnswer => "reset after the effect",
            Self::CutHead => "end within the answer's head",
            Self::CutBody => "end within the answer's body",
            Self::Replaced => "the same, and the object is replaced",
            Self::Silence => "no answer, without effect",
            Self::SilenceAfter => "no answer, after the effect",
            Self::Stall => "silence within the answer's body",
            Self::Drip => "an answer in 40 pieces",
            Self::Longer => "`Content-Length` too large",
            Self::Shorter => "`Content-Length` too small",
            Self::Twice => "the answer twice",
            Self::OtherEtag => "another etag in the answer",
            Self::Flipped => "a bit of the body turned over",
            Self::Unresolved => "a name without address",
            Self::Refused => "nobody listens",
            Self::OtherName => "a certificate for another name",
            Self::UnknownAuthority => "one of an unknown authority",
            Self::PlainText => "no TLS at a port of TLS",
            Self::NoHandshake => "silence at a port of TLS",
        }
    }

    /// What a proxy is to do with the request; `None` where none comes through.
    #[must_use]
    pub fn fault(self, kind: Kind) -> Option<Fault> {
        let answered = |status, code, retry_after| Answered { status, code, retry_after };
        let busy = if kind == Kind::Azurite { "ServerBusy" } else { "SlowDown" };
        Some(match self {
            Self::Throttled => Fault::Answer(answered(429, "TooManyRequests", Some(1))),
            Self::Busy => Fault::Answer(answered(503, busy, None)),
            Self::BusyGateway => Fault::AnswerAfter(answered(503, "", None)),
            Self::Failed => Fault::Answer(answered(500, "InternalError", None)),
            Self::FailedGateway => Fault::AnswerAfter(answered(500, "", None)),
            Self::Reset => Fault::Reset,
            Self::LostAnswer => Fault::ResetAfter,
            Self::CutHead => Fault::CutHead(20),
            Self::CutBody | Self::Replaced => Fault::CutBody(100),
            Self::Silence => Fault::Stall,
            Self::SilenceAfter => Fault::StallAfter,
            Self::Stall => Fault::StallBody(100),
            Self::Drip => Fault::Drip(40, Duration::from_millis(5)),
            Self::Longer => Fault::Longer(10),
            Self::Shorter => Fault::Shorter(10),
            Self::Twice => Fault::Twice,
            Self::OtherEtag => Fault::OtherEtag,
            Self::Flipped => Fault::Flip(1),
            Self::Unresolved
            | Self::Refused
            | Self::OtherName
            | Self::UnknownAuthority
            | Self::PlainText
            | Self::NoHandshake => return None,
        })
    }

    /// Whether it is one of the way to the service, so that no request gets there.
    #[must_use]
    pub fn is_of_the_way(self) -> bool {
        self.fault(Kind::Azurite).is_none()
    }

    /// Whether only an answer with a body can have it.
    #[must_use]
    pub fn is_of_a_body(self) -> bool {
        use Name::{CutBody, Flipped, Longer, Replaced, Shorter, Stall};
        matches!(self, CutBody | Replaced | Stall | Longer | Shorter | Flipped)
    }
}

impl Outcome {
    /// Its word in the guide.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "–",
            Self::AtOnce => "ok",
            Self::Again => "again",
            Self::Unknown => "unknown",
            Self::Unreached => "unreached",
            Self::Aborted => "aborted",
            Self::NotMet => "not met",
            Self::Broken => "broken",
            Self::Deadline => "deadline",
            Self::AsTold => "as told",
            Self::Checksum => "checksum",
        }
    }
}
