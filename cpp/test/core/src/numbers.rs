//! The numbers that both sides pin, by the names the Rust side gives them.

use tombolo_bridge::{Effect, ErrorCode, ErrorKind};

use super::ffi::Named;

fn named(number: u32, name: impl std::fmt::Debug) -> Named {
    Named { number, name: format!("{name:?}") }
}

/// Every code of an error.
pub(crate) const CODES: [ErrorCode; 16] = {
    use ErrorCode::*;
    [
        Cancelled,
        Unknown,
        InvalidArgument,
        DeadlineExceeded,
        NotFound,
        AlreadyExists,
        PermissionDenied,
        ResourceExhausted,
        FailedPrecondition,
        Aborted,
        OutOfRange,
        Unimplemented,
        Internal,
        Unavailable,
        DataLoss,
        Unauthenticated,
    ]
};

pub(crate) fn error_codes() -> Vec<Named> {
    CODES.into_iter().map(|code| named(code as u32, code)).collect()
}

pub(crate) fn error_kinds() -> Vec<Named> {
    use ErrorKind::*;
    let all = [
        General,
        Panic,
        Exception,
        Forked,
        Poisoned,
        Shutdown,
        ConditionNotMet,
        NotModified,
        InvalidText,
        WouldDeadlock,
    ];
    all.into_iter().map(|kind| named(kind as u32, kind)).collect()
}

pub(crate) fn effects() -> Vec<Named> {
    let all = [Effect::None, Effect::Unknown, Effect::Done];
    all.into_iter().map(|effect| named(effect as u32, effect)).collect()
}
