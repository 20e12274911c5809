//! The file that says which format a folder has: only what a store writes is taken.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::blob::folder::fuzzing::{format, format_text};

fuzz_target!(|bytes: &[u8]| {
    if let Some(version) = format(bytes) {
        assert_eq!(format_text(version).as_bytes(), bytes);
    }
});
