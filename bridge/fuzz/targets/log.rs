//! The targets that a log sink wants: what is taken means the same when it is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo_bridge::fuzzing::crossing::log_targets;

fuzz_target!(|bytes: &[u8]| {
    match log_targets(bytes) {
        Ok(again) => assert_eq!(log_targets(again.as_bytes()).ok(), Some(again)),
        Err(error) => {
            assert!(error.message().starts_with("targets: "), "{error}");
            tombolo_fuzz::check_error(&error, bytes.len());
        }
    }
});
