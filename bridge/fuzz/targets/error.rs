//! Errors of C++'s, such as a handler answers with: numbers that mean nothing, and text that is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::{ErrorCode, ErrorKind};
use tombolo_bridge::fuzzing::crossing::error;

fuzz_target!(|input: (u32, u32, &[u8])| {
    let (code, kind, message) = input;
    let error = error(code, kind, message).expect("an error");
    if (1..=16).contains(&code) {
        assert_eq!(error.code() as u32, code);
    } else {
        assert_eq!(error.code(), ErrorCode::Unknown);
    }
    if kind < 10 {
        assert_eq!(error.kind() as u32, kind);
    } else {
        assert_eq!(error.kind(), ErrorKind::General);
    }
    match std::str::from_utf8(message) {
        Ok(text) => assert_eq!(error.message(), text),
        Err(_) => assert!(error.message().contains('\u{fffd}')),
    }
    assert_eq!(error.clone().message(), error.message());
});
