//! The one error type of Tombolo: a stable code, and what a caller needs to decide what to do next.

use std::fmt;
use std::sync::Arc;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Cause = Arc<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong, by gRPC's canonical names and numbers
/// (<https://grpc.io/docs/guides/status-codes/>). Stable: a number never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ErrorCode {
    /// The operation was cancelled, by its caller or because its queue shut down.
    Cancelled = 1,
    /// The cause is not known.
    Unknown = 2,
    /// An argument is wrong, whatever the state of the system.
    InvalidArgument = 3,
    /// The total deadline passed first.
    DeadlineExceeded = 4,
    /// What was asked for does not exist.
    NotFound = 5,
    /// What was to be created exists.
    AlreadyExists = 6,
    /// The caller is known, but may not do this.
    PermissionDenied = 7,
    /// A ceiling was met: operations in flight, memory, disk space, quota.
    ResourceExhausted = 8,
    /// The state of the system forbids it: a condition on the etag failed, an object is closed.
    FailedPrecondition = 9,
    /// A conflict with a concurrent operation; trying again can help.
    Aborted = 10,
    /// A range lies outside the object.
    OutOfRange = 11,
    /// This backend, or this build, cannot do it.
    Unimplemented = 12,
    /// A broken invariant of ours, a contained panic included.
    Internal = 13,
    /// The service cannot be reached now; trying again can help.
    Unavailable = 14,
    /// Stored data is lost or corrupt.
    DataLoss = 15,
    /// The caller is not known: no credential, or a wrong one.
    Unauthenticated = 16,
}

/// The finer cause where a code alone is not enough to act on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ErrorKind {
    /// Nothing beyond the code.
    #[default]
    General = 0,
    /// A panic was contained at the seam.
    Panic = 1,
    /// A C++ exception was contained at the seam.
    Exception = 2,
    /// Called in a child process after `fork`, where no Tombolo call works.
    Forked = 3,
    /// A panic broke this object earlier; it answers only this from then on.
    Poisoned = 4,
    /// The queue or the runtime is shutting down.
    Shutdown = 5,
    /// A condition of the request on the object's etag or existence did not hold.
    ConditionNotMet = 6,
    /// A conditional read found the object unchanged (HTTP 304).
    NotModified = 7,
    /// Text that is not UTF-8.
    InvalidText = 8,
    /// A wait that could never end was refused.
    WouldDeadlock = 9,
}

/// What is known about the effect of an operation that did not succeed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Effect {
    /// Known to be absent: nothing was changed.
    #[default]
    None = 0,
    /// Cannot be known from here.
    Unknown = 1,
    /// Known to have happened.
    Done = 2,
}

/// An error: code, message and everything known about the failure.
///
/// Cheap to clone and to move (one pointer). Build one with [`Error::new`] and the `with_` methods.
#[derive(Clone, thiserror::Error)]
#[error(transparent)]
#[repr(transparent)]
pub struct Error(Arc<Body>);

#[derive(Clone, Debug, thiserror::Error)]
#[error("{}{message} ({})", origin(.service, .operation), .code.name())]
struct Body {
    code: ErrorCode,
    kind: ErrorKind,
    effect: Effect,
    retryable: bool,
    attempts: u32,
    service_status: u32,
    service: &'static str,
    operation: &'static str,
    message: String,
    request_id: String,
    #[source]
    cause: Option<Cause>,
}

fn origin(service: &str, operation: &str) -> String {
    if service.is_empty() { String::new() } else { format!("{service}.{operation}: ") }
}

impl Error {
    /// An error with this code and message, effect [`Effect::None`], one attempt. Whether a retry
    /// can help follows from the code until [`Error::with_retryable`] says otherwise.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Arc::new(Body {
            code,
            kind: ErrorKind::General,
            effect: Effect::None,
            retryable: matches!(code, ErrorCode::Unavailable | ErrorCode::Aborted),
            attempts: 1,
            service_status: 0,
            service: "",
            operation: "",
            message: message.into(),
            request_id: String::new(),
            cause: None,
        }))
    }

    /// The argument `name` is wrong, and why.
    #[must_use]
    pub fn invalid_argument(name: &str, why: impl fmt::Display) -> Self {
        Self::new(ErrorCode::InvalidArgument, format!("{name}: {why}"))
    }

    fn edit(mut self, change: impl FnOnce(&mut Body)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Sets the finer cause.
    #[must_use]
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        self.edit(|b| b.kind = kind)
    }

    /// Sets what is known about the effect.
    #[must_use]
    pub fn with_effect(self, effect: Effect) -> Self {
        self.edit(|b| b.effect = effect)
    }

    /// Sets whether trying again can help.
    #[must_use]
    pub fn with_retryable(self, retryable: bool) -> Self {
        self.edit(|b| b.retryable = retryable)
    }

    /// Sets how many attempts were made.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        self.edit(|b| b.attempts = attempts)
    }

    /// Sets the number the service itself answered with: an HTTP status, an `errno`, a SQL state.
    #[must_use]
    pub fn with_service_status(self, status: u32) -> Self {
        self.edit(|b| b.service_status = status)
    }

    /// Sets the service's own identifier of the request.
    #[must_use]
    pub fn with_request_id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.edit(|b| b.request_id = id)
    }

    /// Names the service and the operation, unless an inner layer has named them already.
    #[must_use]
    pub fn with_origin(self, service: &'static str, operation: &'static str) -> Self {
        if !self.0.service.is_empty() {
            return self;
        }
        self.edit(|b| (b.service, b.operation) = (service, operation))
    }

    /// Sets the cause, the next link of the chain.
    #[must_use]
    pub fn with_cause(self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.edit(|b| b.cause = Some(Arc::new(cause)))
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The finer cause.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is known about the effect.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// How many attempts were made.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The number the service answered with, or 0.
    #[must_use]
    pub fn service_status(&self) -> u32 {
        self.0.service_status
    }

    /// The service that answered, such as `blob.folder`, or empty.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// The operation that failed, such as `get`, or empty.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// What was wrong and what to do about it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The service's identifier of the request, or empty.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The next link of the cause chain.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code)
            .field("kind", &self.0.kind)
            .field("effect", &self.0.effect)
            .field("retryable", &self.0.retryable)
            .field("service_status", &self.0.service_status)
            .field("text", &format_args!("{self}"))
            .finish_non_exhaustive()
    }
}

impl ErrorCode {
    /// The canonical name in lower case, such as `not_found`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::InvalidArgument => "invalid_argument",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::PermissionDenied => "permission_denied",
            Self::ResourceExhausted => "resource_exhausted",
            Self::FailedPrecondition => "failed_precondition",
            Self::Aborted => "aborted",
            Self::OutOfRange => "out_of_range",
            Self::Unimplemented => "unimplemented",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::DataLoss => "data_loss",
            Self::Unauthenticated => "unauthenticated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn the_text_names_origin_code_and_cause() {
        let e = Error::new(ErrorCode::NotFound, "no object `a`")
            .with_origin("blob.memory", "get")
            .with_origin("outer", "ignored")
            .with_cause(std::io::Error::other("gone"));
        assert_eq!(e.to_string(), "blob.memory.get: no object `a` (not_found)");
        let source = std::error::Error::source(&e).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("gone"));
    }

    #[test]
    fn a_clone_is_unaffected_by_a_later_edit() {
        let a = Error::new(ErrorCode::Unavailable, "down");
        let b = a.clone().with_attempts(7);
        assert_eq!((a.attempts(), b.attempts()), (1, 7));
        assert!(a.retryable());
    }
}
