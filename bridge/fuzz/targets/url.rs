//! URLs of stores: what is taken means the same when it is written out in full.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::blob::fuzzing;
use tombolo::{ErrorCode, Result};
use tombolo_bridge::text;

fn read(bytes: &[u8]) -> Result<String> {
    fuzzing::url(text("url", bytes)?)
}

fuzz_target!(|bytes: &[u8]| {
    match read(bytes) {
        Ok(full) => assert_eq!(fuzzing::url(&full).ok(), Some(full)),
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
            assert!(error.message().starts_with("url: "), "{error}");
            tombolo_fuzz::check_error(&error, bytes.len());
        }
    }
});
