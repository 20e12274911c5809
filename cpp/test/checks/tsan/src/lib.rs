//! Writes to memory on demand, with a lock and without.

use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

static LOCK: Mutex<()> = Mutex::new(());

/// Adds one to what `number` points to.
///
/// # Safety
/// `number` is valid. That nobody else touches it is what ThreadSanitizer must find untrue.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn add_in_rust(number: *mut u64) {
    // SAFETY: as above.
    unsafe { *black_box(number) += 1 };
}

/// The same under a lock of Rust's library.
///
/// # Safety
/// `number` is valid, and touched nowhere but here.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn add_locked_in_rust(number: *mut u64) {
    let _locked = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: as above.
    unsafe { add_in_rust(number) };
}
