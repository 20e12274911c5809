//! The numbers of codes, kinds and effects, for the way back into Rust. C++ has the same in `error.hpp`.

use tombolo::{Effect, ErrorCode, ErrorKind};

const CODES: [ErrorCode; 16] = [
    ErrorCode::Cancelled,
    ErrorCode::Unknown,
    ErrorCode::InvalidArgument,
    ErrorCode::DeadlineExceeded,
    ErrorCode::NotFound,
    ErrorCode::AlreadyExists,
    ErrorCode::PermissionDenied,
    ErrorCode::ResourceExhausted,
    ErrorCode::FailedPrecondition,
    ErrorCode::Aborted,
    ErrorCode::OutOfRange,
    ErrorCode::Unimplemented,
    ErrorCode::Internal,
    ErrorCode::Unavailable,
    ErrorCode::DataLoss,
    ErrorCode::Unauthenticated,
];

const KINDS: [ErrorKind; 10] = [
    ErrorKind::General,
    ErrorKind::Panic,
    ErrorKind::Exception,
    ErrorKind::Forked,
    ErrorKind::Poisoned,
    ErrorKind::Shutdown,
    ErrorKind::ConditionNotMet,
    ErrorKind::NotModified,
    ErrorKind::InvalidText,
    ErrorKind::WouldDeadlock,
];

const EFFECTS: [Effect; 3] = [Effect::None, Effect::Unknown, Effect::Done];

/// The code with this number.
#[must_use]
pub fn code(number: u32) -> Option<ErrorCode> {
    CODES.into_iter().find(|code| *code as u32 == number)
}

/// The kind with this number.
#[must_use]
pub fn kind(number: u32) -> Option<ErrorKind> {
    KINDS.into_iter().find(|kind| *kind as u32 == number)
}

/// The effect with this number.
pub(crate) fn effect(number: u32) -> Option<Effect> {
    EFFECTS.into_iter().find(|effect| *effect as u32 == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new code must be given a number here; without a catch-all, it does not compile otherwise.
    fn pinned_code(code: ErrorCode) -> u32 {
        match code {
            ErrorCode::Cancelled => 1,
            ErrorCode::Unknown => 2,
            ErrorCode::InvalidArgument => 3,
            ErrorCode::DeadlineExceeded => 4,
            ErrorCode::NotFound => 5,
            ErrorCode::AlreadyExists => 6,
            ErrorCode::PermissionDenied => 7,
            ErrorCode::ResourceExhausted => 8,
            ErrorCode::FailedPrecondition => 9,
            ErrorCode::Aborted => 10,
            ErrorCode::OutOfRange => 11,
            ErrorCode::Unimplemented => 12,
            ErrorCode::Internal => 13,
            ErrorCode::Unavailable => 14,
            ErrorCode::DataLoss => 15,
            ErrorCode::Unauthenticated => 16,
        }
    }

    fn pinned_kind(kind: ErrorKind) -> u32 {
        match kind {
            ErrorKind::General => 0,
            ErrorKind::Panic => 1,
            ErrorKind::Exception => 2,
            ErrorKind::Forked => 3,
            ErrorKind::Poisoned => 4,
            ErrorKind::Shutdown => 5,
            ErrorKind::ConditionNotMet => 6,
            ErrorKind::NotModified => 7,
            ErrorKind::InvalidText => 8,
            ErrorKind::WouldDeadlock => 9,
        }
    }

    fn pinned_effect(effect: Effect) -> u32 {
        match effect {
            Effect::None => 0,
            Effect::Unknown => 1,
            Effect::Done => 2,
        }
    }

    #[test]
    fn every_number_is_pinned() {
        for listed in CODES {
            assert_eq!(listed as u32, pinned_code(listed));
            assert_eq!(code(listed as u32), Some(listed));
        }
        for listed in KINDS {
            assert_eq!(listed as u32, pinned_kind(listed));
            assert_eq!(kind(listed as u32), Some(listed));
        }
        for listed in EFFECTS {
            assert_eq!(listed as u32, pinned_effect(listed));
            assert_eq!(effect(listed as u32), Some(listed));
        }
        assert_eq!((code(0), code(17), kind(10), effect(3)), (None, None, None, None));
    }
}
