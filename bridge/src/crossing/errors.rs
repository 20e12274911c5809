//! The bridge of errors: what `cpp/src` asks of one. Every body that could panic is contained.

use tombolo::{Error, ErrorCode, ErrorKind};

use super::abi::RawError;
use super::codes;
use super::operation::quietly;

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    /// What is known about an error beside its texts.
    struct ErrorFacts {
        code: u32,
        kind: u32,
        effect: u32,
        attempts: u32,
        service_status: u32,
        retryable: bool,
    }

    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo::detail"]
        type RawError = super::RawError;
    }

    extern "Rust" {
        fn error_new(code: u32, kind: u32, message: &[u8]) -> RawError;
        fn error_share(error: &RawError) -> RawError;
        fn error_drop(error: RawError);
        fn error_facts(error: &RawError) -> ErrorFacts;
        fn error_message(error: &RawError) -> &[u8];
        fn error_service(error: &RawError) -> &[u8];
        fn error_operation(error: &RawError) -> &[u8];
        fn error_request_id(error: &RawError) -> &[u8];
        fn error_causes(error: &RawError) -> Vec<String>;
    }
}

use bridge::ErrorFacts;

pub(super) fn error_new(code: u32, kind: u32, message: &[u8]) -> RawError {
    let message = String::from_utf8_lossy(message).into_owned();
    let code = codes::code(code).unwrap_or(ErrorCode::Unknown);
    let kind = codes::kind(kind).unwrap_or(ErrorKind::General);
    Error::new(code, message).with_kind(kind).into()
}

fn error_share(error: &RawError) -> RawError {
    error.get().map_or(RawError::NONE, |error| error.clone().into())
}

fn error_drop(error: RawError) {
    quietly((), || drop(error));
}

fn error_facts(error: &RawError) -> ErrorFacts {
    let none = ErrorFacts {
        code: 0,
        kind: 0,
        effect: 0,
        attempts: 0,
        service_status: 0,
        retryable: false,
    };
    error.get().map_or(none, |error| ErrorFacts {
        code: error.code() as u32,
        kind: error.kind() as u32,
        effect: error.effect() as u32,
        attempts: error.attempts(),
        service_status: error.service_status(),
        retryable: error.retryable(),
    })
}

fn error_message(error: &RawError) -> &[u8] {
    error.get().map_or(b"", |error| error.message().as_bytes())
}

fn error_service(error: &RawError) -> &[u8] {
    error.get().map_or(b"", |error| error.service().as_bytes())
}

fn error_operation(error: &RawError) -> &[u8] {
    error.get().map_or(b"", |error| error.operation().as_bytes())
}

fn error_request_id(error: &RawError) -> &[u8] {
    error.get().map_or(b"", |error| error.request_id().as_bytes())
}

fn error_causes(error: &RawError) -> Vec<String> {
    let chain = || {
        let first = error.get().and_then(std::error::Error::source);
        std::iter::successors(first, |cause| cause.source()).map(ToString::to_string).collect()
    };
    quietly(Vec::new(), chain)
}
