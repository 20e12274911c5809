//! The bridge of errors: what `cpp/src` asks of a detailed one. Of a plain one C++ knows
//! everything by itself. Every body that could panic is contained.

use tombolo::{DetailedError, Error, ErrorCode, ErrorKind};

use super::abi::RawError;
use super::codes;
use super::operation::quietly;

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo::detail"]
        type RawError = super::RawError;
    }

    extern "Rust" {
        fn error_new(code: u32, kind: u32, message: &[u8]) -> RawError;
        fn error_share(error: &RawError) -> RawError;
        fn error_drop(error: RawError);
        fn error_attempts(error: &RawError) -> u32;
        fn error_service_status(error: &RawError) -> u32;
        fn error_message(error: &RawError) -> &[u8];
        fn error_service(error: &RawError) -> &[u8];
        fn error_operation(error: &RawError) -> &[u8];
        fn error_request_id(error: &RawError) -> &[u8];
        fn error_causes(error: &RawError) -> Vec<String>;
    }
}

pub(super) fn error_new(code: u32, kind: u32, message: &[u8]) -> RawError {
    let message = String::from_utf8_lossy(message).into_owned();
    let code = codes::code(code).unwrap_or(ErrorCode::Unknown);
    let kind = codes::kind(kind).unwrap_or(ErrorKind::General);
    Error::new(code, message).with_kind(kind).into()
}

fn error_share(error: &RawError) -> RawError {
    error.detailed().map_or(RawError::NONE, |detailed| Error::from(detailed.clone()).into())
}

fn error_drop(error: RawError) {
    quietly((), || drop(error));
}

fn error_attempts(error: &RawError) -> u32 {
    error.detailed().map_or(0, DetailedError::attempts)
}

fn error_service_status(error: &RawError) -> u32 {
    error.detailed().map_or(0, DetailedError::service_status)
}

fn error_message(error: &RawError) -> &[u8] {
    error.detailed().map_or(b"", |error| error.message().as_bytes())
}

fn error_service(error: &RawError) -> &[u8] {
    error.detailed().map_or(b"", |error| error.service().as_bytes())
}

fn error_operation(error: &RawError) -> &[u8] {
    error.detailed().map_or(b"", |error| error.operation().as_bytes())
}

fn error_request_id(error: &RawError) -> &[u8] {
    error.detailed().map_or(b"", |error| error.request_id().as_bytes())
}

fn error_causes(error: &RawError) -> Vec<String> {
    let chain = || {
        let first = error
            .detailed()
            .and_then(DetailedError::cause)
            .map(|cause| cause as &dyn std::error::Error);
        std::iter::successors(first, |cause| cause.source()).map(ToString::to_string).collect()
    };
    quietly(Vec::new(), chain)
}
