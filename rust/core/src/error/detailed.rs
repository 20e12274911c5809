//! What is known about an error beyond a code and a literal.

use std::sync::Arc;

use super::PlainError;

type Cause = Arc<dyn std::error::Error + Send + Sync + 'static>;

/// An error that is more than a plain one: a message made for it, attempts, where it comes from, a
/// cause. One pointer, which is how it crosses the seam.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
#[repr(transparent)]
pub struct DetailedError(Arc<Body>);

#[derive(Clone, Debug, thiserror::Error)]
#[error("{}{} ({})", origin(.service, .operation), .message.as_deref().unwrap_or(.plain.message), .plain.code.name())]
pub(super) struct Body {
    /// The message, too, unless `message` has it.
    pub(super) plain: PlainError,
    /// A message that was made for this error.
    pub(super) message: Option<String>,
    pub(super) attempts: u32,
    pub(super) service_status: u32,
    pub(super) service: &'static str,
    pub(super) operation: &'static str,
    pub(super) request_id: String,
    #[source]
    pub(super) cause: Option<Cause>,
}

fn origin(service: &str, operation: &str) -> String {
    if service.is_empty() { String::new() } else { format!("{service}.{operation}: ") }
}

impl DetailedError {
    #[cold]
    pub(super) fn new(plain: PlainError, message: Option<String>) -> Self {
        Self(Arc::new(Body {
            plain,
            message,
            attempts: 1,
            service_status: 0,
            service: "",
            operation: "",
            request_id: String::new(),
            cause: None,
        }))
    }

    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Body)) {
        change(Arc::make_mut(&mut self.0));
    }

    /// Its code and what else a plain error has; the message may be another.
    #[must_use]
    pub fn plain(&self) -> &PlainError {
        &self.0.plain
    }

    /// As `Error::attempts`.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// As `Error::service_status`.
    #[must_use]
    pub fn service_status(&self) -> u32 {
        self.0.service_status
    }

    /// As `Error::service`.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// As `Error::operation`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// As `Error::message`.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.message.as_deref().unwrap_or(self.0.plain.message)
    }

    /// As `Error::request_id`.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// As `Error::cause`.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }
}
