//! What went wrong between here and the service.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// The request has not reached the service.
pub(super) fn connecting(error: impl Into<Box<dyn Error + Send + Sync>>) -> HttpError {
    HttpError::new_boxed(HttpErrorKind::Connect, error.into())
}

/// A request that cannot be sent.
pub(super) fn bad_request(error: impl Into<Box<dyn Error + Send + Sync>>) -> HttpError {
    HttpError::new_boxed(HttpErrorKind::Unknown, error.into())
}

pub(super) fn bad(what: &'static str) -> HttpError {
    bad_request(what)
}

/// An error of a connection that was made.
pub(super) fn of_hyper(error: hyper::Error) -> HttpError {
    HttpError::new(kind(&error), error)
}

fn kind(error: &hyper::Error) -> HttpErrorKind {
    if error.is_timeout() {
        return HttpErrorKind::Timeout;
    }
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause.map(io::Error::kind) {
        Some(io::ErrorKind::TimedOut) => HttpErrorKind::Timeout,
        Some(_) => HttpErrorKind::Interrupted,
        None if error.is_parse() => HttpErrorKind::Decode,
        None => HttpErrorKind::Request,
    }
}
