//! Three bugs that must be found: one behind a word that only who watches the comparisons can guess,
//! a panic that is contained, and a read beyond a buffer. `scripts/fuzz` asks for each of them.
#![no_main]

use std::hint::black_box;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match std::env::var("TOMBOLO_FUZZ_CANARY").as_deref() {
        Ok("guided") => assert_ne!(data, b"tombolo!", "the canary's word"),
        Ok("contained") if data.len() > 3 => {
            let _ = std::panic::catch_unwind(|| panic!("the canary's panic"));
        }
        Ok("overflow") if data.len() > 3 => {
            let copy = black_box(data.to_vec());
            // SAFETY: none; AddressSanitizer must say so.
            black_box(unsafe { *copy.as_ptr().add(black_box(copy.len())) });
        }
        _ => {}
    }
});
