//! Reads beyond a buffer on demand.

use std::hint::black_box;

/// Reads the byte at `index` of a buffer of 16.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn overflow_in_rust(index: usize) -> u8 {
    let buffer = black_box(vec![7_u8; 16]);
    // SAFETY: none beyond 16; AddressSanitizer must say so.
    unsafe { *buffer.as_ptr().add(black_box(index)) }
}
