//! The one error type of Tombolo: a stable code, and what a caller needs to decide what to do next.

mod detailed;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use detailed::DetailedError;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by gRPC's canonical names and numbers
/// (<https://grpc.io/docs/guides/status-codes/>). Stable: a number never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
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
#[repr(u8)]
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
#[repr(u8)]
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
/// Cheap to clone and to move (three words). One of a code and a literal allocates nothing. Build one with
/// [`Error::new`] and the `with_` methods.
#[derive(Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(Repr);

#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
enum Repr {
    Plain(PlainError),
    Detailed(DetailedError),
}

/// All there is to an error that a caller expects: a code, and a message that is always the same. Such
/// an error crosses the seam as this value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({})", .code.name())]
pub struct PlainError {
    /// The stable code.
    pub code: ErrorCode,
    /// The finer cause.
    pub kind: ErrorKind,
    /// What is known about the effect.
    pub effect: Effect,
    /// Whether trying again can help.
    pub retryable: bool,
    /// What was wrong and what to do about it.
    pub message: &'static str,
}

impl PlainError {
    /// As [`Error::new`].
    #[must_use]
    #[inline]
    pub const fn new(code: ErrorCode, message: &'static str) -> Self {
        let retryable = matches!(code, ErrorCode::Unavailable | ErrorCode::Aborted);
        Self { code, kind: ErrorKind::General, effect: Effect::None, retryable, message }
    }
}

impl From<PlainError> for Error {
    #[inline]
    fn from(plain: PlainError) -> Self {
        Self(Repr::Plain(plain))
    }
}

impl From<DetailedError> for Error {
    #[inline]
    fn from(detailed: DetailedError) -> Self {
        Self(Repr::Detailed(detailed))
    }
}

impl Error {
    /// An error with this code and message, effect [`Effect::None`], one attempt. Whether a retry
    /// can help follows from the code until [`Error::with_retryable`] says otherwise.
    ///
    /// A message that is a literal is not copied.
    #[must_use]
    #[inline]
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        match message.into() {
            Cow::Borrowed(message) => PlainError::new(code, message).into(),
            Cow::Owned(message) => {
                DetailedError::new(PlainError::new(code, ""), Some(message)).into()
            }
        }
    }

    /// The argument `name` is wrong, and why.
    #[must_use]
    pub fn invalid_argument(name: &str, why: impl fmt::Display) -> Self {
        Self::new(ErrorCode::InvalidArgument, format!("{name}: {why}"))
    }

    /// The error as a value, if there is nothing else to it.
    ///
    /// # Errors
    /// What else there is, if there is.
    #[inline]
    pub fn into_plain(self) -> std::result::Result<PlainError, DetailedError> {
        match self.0 {
            Repr::Plain(plain) => Ok(plain),
            Repr::Detailed(detailed) => Err(detailed),
        }
    }

    #[inline]
    fn plain(&self) -> &PlainError {
        match &self.0 {
            Repr::Plain(plain) => plain,
            Repr::Detailed(detailed) => detailed.plain(),
        }
    }

    fn detailed(&self) -> Option<&DetailedError> {
        match &self.0 {
            Repr::Plain(_) => None,
            Repr::Detailed(detailed) => Some(detailed),
        }
    }

    fn edit_plain(mut self, change: impl FnOnce(&mut PlainError)) -> Self {
        match &mut self.0 {
            Repr::Plain(plain) => change(plain),
            Repr::Detailed(detailed) => detailed.edit(|body| change(&mut body.plain)),
        }
        self
    }

    fn edit(self, change: impl FnOnce(&mut detailed::Body)) -> Self {
        let mut detailed = self
            .into_plain()
            .map_or_else(|detailed| detailed, |plain| DetailedError::new(plain, None));
        detailed.edit(change);
        detailed.into()
    }

    /// Sets the finer cause.
    #[must_use]
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        self.edit_plain(|b| b.kind = kind)
    }

    /// Sets what is known about the effect.
    #[must_use]
    pub fn with_effect(self, effect: Effect) -> Self {
        self.edit_plain(|b| b.effect = effect)
    }

    /// Sets whether trying again can help.
    #[must_use]
    pub fn with_retryable(self, retryable: bool) -> Self {
        self.edit_plain(|b| b.retryable = retryable)
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
        if !self.service().is_empty() {
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
    #[inline]
    pub fn code(&self) -> ErrorCode {
        self.plain().code
    }

    /// The finer cause.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.plain().kind
    }

    /// What is known about the effect.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.plain().effect
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.plain().retryable
    }

    /// How many attempts were made.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.detailed().map_or(1, DetailedError::attempts)
    }

    /// The number the service answered with, or 0.
    #[must_use]
    pub fn service_status(&self) -> u32 {
        self.detailed().map_or(0, DetailedError::service_status)
    }

    /// The service that answered, such as `blob.folder`, or empty.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.detailed().map_or("", DetailedError::service)
    }

    /// The operation that failed, such as `get`, or empty.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.detailed().map_or("", DetailedError::operation)
    }

    /// What was wrong and what to do about it.
    #[must_use]
    pub fn message(&self) -> &str {
        self.detailed().map_or(self.plain().message, DetailedError::message)
    }

    /// The service's identifier of the request, or empty.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.detailed().map_or("", DetailedError::request_id)
    }

    /// The next link of the cause chain.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.detailed().and_then(DetailedError::cause)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code())
            .field("kind", &self.kind())
            .field("effect", &self.effect())
            .field("retryable", &self.retryable())
            .field("service_status", &self.service_status())
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
    fn an_error_is_three_words() {
        assert_eq!(size_of::<Error>(), 3 * size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), 3 * size_of::<usize>());
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
