//! What a service answers, as our errors.

use http::{Method, StatusCode};
use object_store::client::{HttpError, HttpErrorKind};

use super::call::{Call, Repeat};
use crate::{Effect, Error, ErrorCode, ErrorKind, Result};

/// How much of a service's own message is passed on.
const MAX_MESSAGE: usize = 300;

/// What Azurite says, with a status of 500, of what it has not.
const NOT_SUPPORTED: &str = "FeatureNotSupported";

/// An answer other than success.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The service's own word for it, such as `NoSuchKey`, or empty.
    pub(super) code: String,
    /// The service's own message, or empty.
    pub(super) message: String,
    pub(super) request_id: String,
}

impl Refusal {
    /// Whether the same request may succeed later.
    pub(super) fn is_passing(&self) -> bool {
        match self.code.as_str() {
            "RequestTimeout" | "OperationTimedOut" | "ServerBusy" => true,
            NOT_SUPPORTED => false,
            _ => {
                matches!(self.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
                    || self.is_of_other_bytes()
            }
        }
    }

    /// Whether the service has refused it before it did anything. A gateway answers 503 as well, where
    /// the service may have done it and only its answer was lost; it does not speak the service's words.
    pub(super) fn was_not_begun(&self) -> bool {
        match self.status.as_u16() {
            429 => true,
            503 => !self.code.is_empty(),
            _ => self.is_of_other_bytes(),
        }
    }

    /// Whether another request on the same object is in the way.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self.code.as_str(), "ConditionalRequestConflict" | "OperationAborted")
    }

    /// Whether the service has got other bytes than were sent, as it found by a checksum. They changed
    /// on the way, so the next attempt may get through.
    fn is_of_other_bytes(&self) -> bool {
        matches!(
            self.code.as_str(),
            "BadDigest"
                | "XAmzContentSHA256Mismatch"
                | "XAmzContentChecksumMismatch"
                | "Md5Mismatch"
                | "Crc64Mismatch"
        )
    }

    /// The error of `call`.
    pub(super) fn into_error(self, call: &Call) -> Error {
        let (code, kind) = self.meaning();
        // Bytes that have changed in each attempt will change in the next as well.
        let retryable =
            code != ErrorCode::DataLoss && (self.is_passing() || code == ErrorCode::Aborted);
        let effect = match call.repeat {
            Repeat::Reads => Effect::None,
            _ if self.is_passing() && !self.was_not_begun() => Effect::Unknown,
            _ => Effect::None,
        };
        Error::new(code, self.text(&call.key, code, kind))
            .with_kind(kind)
            .with_retryable(retryable)
            .with_effect(effect)
            .with_service_status(self.status.as_u16().into())
            .with_request_id(self.request_id)
    }

    /// What it says of a delete of `key` among others. What is not there is deleted.
    pub(super) fn of_delete(self, key: &str) -> Result<()> {
        let call = Call::write(Method::DELETE, String::new(), key, Repeat::Idempotent);
        match self.into_error(&call) {
            error if error.code() == ErrorCode::NotFound => Ok(()),
            error => Err(error),
        }
    }

    fn text(&self, key: &str, code: ErrorCode, kind: ErrorKind) -> String {
        let status = self.status.as_u16();
        match (code, kind) {
            (ErrorCode::NotFound, _) => format!("there is no object {key:?}"),
            (_, ErrorKind::NotModified) => format!("the object {key:?} is unchanged"),
            (_, ErrorKind::ConditionNotMet) => {
                format!(
                    "the object {key:?} is not as the condition wants it ({status} {})",
                    self.code
                )
            }
            (ErrorCode::DataLoss, _) => format!(
                "the object {key:?}: the service got other bytes than were sent, as their checksum \
                 told it ({status} {})",
                self.code
            ),
            (ErrorCode::OutOfRange, _) => {
                format!("range: it begins beyond the end of the object {key:?}")
            }
            _ if key.is_empty() => format!("the service answered {}", self.words()),
            _ => format!("the object {key:?}: the service answered {}", self.words()),
        }
    }

    /// The service's own words, in one line.
    fn words(&self) -> String {
        let line = self.message.lines().next().unwrap_or_default();
        let line: String = line.chars().filter(|c| !c.is_control()).take(MAX_MESSAGE).collect();
        let status = self.status.as_u16();
        match (self.code.as_str(), line.as_str()) {
            ("", "") => format!("{status}"),
            (code, "") => format!("{status} {code}"),
            ("", line) => format!("{status}: {line}"),
            (code, line) => format!("{status} {code}: {line}"),
        }
    }

    /// By the service's word where one means more than its status, else by the status.
    fn meaning(&self) -> (ErrorCode, ErrorKind) {
        let code = match self.code.as_str() {
            "BlobAlreadyExists" | "TargetConditionNotMet" | "SourceConditionNotMet" => {
                return (ErrorCode::FailedPrecondition, ErrorKind::ConditionNotMet);
            }
            "LeaseIdMissing"
            | "LeaseIdMismatchWithBlobOperation"
            | "NoSuchBucket"
            | "ContainerNotFound"
            | "PermanentRedirect" => ErrorCode::FailedPrecondition,
            "ConditionalRequestConflict"
            | "OperationAborted"
            | "InvalidBlockList"
            | "InvalidBlobOrBlock"
            | "NoSuchUpload"
            | "InvalidPart" => ErrorCode::Aborted,
            _ if self.is_of_other_bytes() => ErrorCode::DataLoss,
            NOT_SUPPORTED => ErrorCode::Unimplemented,
            "RequestTimeout" => ErrorCode::Unavailable,
            "AuthenticationFailed"
            | "ExpiredToken"
            | "InvalidAccessKeyId"
            | "InvalidToken"
            | "NoAuthenticationInformation"
            | "SignatureDoesNotMatch"
            | "RequestTimeTooSkewed"
            | "InvalidAuthenticationInfo" => ErrorCode::Unauthenticated,
            "ContainerBeingDeleted" | "ServerBusy" => ErrorCode::Unavailable,
            _ => return self.meaning_of_status(),
        };
        (code, ErrorKind::General)
    }

    fn meaning_of_status(&self) -> (ErrorCode, ErrorKind) {
        let code = match self.status.as_u16() {
            304 => return (ErrorCode::FailedPrecondition, ErrorKind::NotModified),
            412 => return (ErrorCode::FailedPrecondition, ErrorKind::ConditionNotMet),
            301..=399 | 409 => ErrorCode::FailedPrecondition,
            401 => ErrorCode::Unauthenticated,
            403 => ErrorCode::PermissionDenied,
            404 => ErrorCode::NotFound,
            408 | 500 | 502 | 503 | 504 => ErrorCode::Unavailable,
            416 => ErrorCode::OutOfRange,
            429 => ErrorCode::ResourceExhausted,
            405 | 501 => ErrorCode::Unimplemented,
            400..=499 => ErrorCode::InvalidArgument,
            _ => ErrorCode::Unknown,
        };
        (code, ErrorKind::General)
    }
}

/// Whether there was no connection to send the request by.
pub(super) fn was_not_sent(error: &HttpError) -> bool {
    error.kind() == HttpErrorKind::Connect
}

/// No answer came.
pub(super) fn no_answer(error: HttpError, call: &Call) -> Error {
    let (what, effect) = match (was_not_sent(&error), call.repeat) {
        (true, _) => ("the service cannot be reached", Effect::None),
        (_, Repeat::Reads) => ("the service has not answered", Effect::None),
        (_, _) => ("the service has not answered", Effect::Unknown),
    };
    Error::new(ErrorCode::Unavailable, what).with_effect(effect).with_cause(error)
}

/// The answer came in part.
pub(super) fn broken_off(error: HttpError) -> Error {
    Error::new(ErrorCode::Unavailable, "the connection broke in the middle of an answer")
        .with_cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, code: &str, repeat: Repeat) -> Error {
        let refusal = Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            code: code.to_owned(),
            message: "first line\nsecond line".to_owned(),
            request_id: "id-1".to_owned(),
        };
        refusal.into_error(&Call::write(Method::PUT, String::new(), "a\n", repeat))
    }

    #[test]
    fn answers_keep_their_meaning() {
        for (status, word, code) in [
            (404, "NoSuchKey", ErrorCode::NotFound),
            (404, "NoSuchBucket", ErrorCode::FailedPrecondition),
            (403, "AccessDenied", ErrorCode::PermissionDenied),
            (403, "SignatureDoesNotMatch", ErrorCode::Unauthenticated),
            (400, "ExpiredToken", ErrorCode::Unauthenticated),
            (400, "", ErrorCode::InvalidArgument),
            (409, "OperationAborted", ErrorCode::Aborted),
            (409, "BlobAlreadyExists", ErrorCode::FailedPrecondition),
            (412, "PreconditionFailed", ErrorCode::FailedPrecondition),
            (416, "InvalidRange", ErrorCode::OutOfRange),
            (400, "BadDigest", ErrorCode::DataLoss),
            (400, "Crc64Mismatch", ErrorCode::DataLoss),
            (500, "FeatureNotSupported", ErrorCode::Unimplemented),
            (429, "", ErrorCode::ResourceExhausted),
            (500, "InternalError", ErrorCode::Unavailable),
            (501, "NotImplemented", ErrorCode::Unimplemented),
        ] {
            let error = error(status, word, Repeat::Once);
            assert_eq!(error.code(), code, "{status} {word}: {error}");
            assert_eq!((error.service_status(), error.request_id()), (status.into(), "id-1"));
        }
        assert_eq!(error(304, "", Repeat::Reads).kind(), ErrorKind::NotModified);
        assert_eq!(error(412, "", Repeat::Reads).kind(), ErrorKind::ConditionNotMet);
        assert_eq!(error(412, "LeaseIdMissing", Repeat::Once).kind(), ErrorKind::General);
    }

    #[test]
    fn the_effect_is_unknown_only_where_it_is() {
        for (status, code, repeat, effect, retryable) in [
            (500, "", Repeat::Once, Effect::Unknown, true),
            (500, "", Repeat::Reads, Effect::None, true),
            (503, "SlowDown", Repeat::Once, Effect::None, true),
            (503, "", Repeat::Once, Effect::Unknown, true),
            (429, "", Repeat::Once, Effect::None, true),
            (403, "", Repeat::Once, Effect::None, false),
        ] {
            let error = error(status, code, repeat);
            assert_eq!((error.effect(), error.retryable()), (effect, retryable), "{status}");
        }
        let changed = error(400, "BadDigest", Repeat::Once);
        assert_eq!((changed.effect(), changed.retryable()), (Effect::None, false));
    }

    #[test]
    fn messages_are_one_line() {
        let error = error(403, "AccessDenied", Repeat::Reads);
        let text = "the object \"a\\n\": the service answered 403 AccessDenied: first line";
        assert_eq!(error.message(), text);
    }
}
