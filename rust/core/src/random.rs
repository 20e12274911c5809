//! Random bits from the kernel.

use rustix::rand::{GetRandomFlags, getrandom};

use crate::{Error, ErrorCode, Result};

/// 128 random bits.
///
/// # Errors
/// `internal` if the kernel has no random bytes to give, which Linux excludes after boot.
pub(crate) fn bits() -> Result<[u8; 16]> {
    let mut bits = [0u8; 16];
    // Reads of up to 256 bytes are never cut short (getrandom(2)), only interrupted before boot
    // has gathered entropy.
    let read = rustix::io::retry_on_intr(|| getrandom(&mut bits, GetRandomFlags::empty()))
        .map_err(|e| none().with_cause(std::io::Error::from(e)))?;
    if read == bits.len() { Ok(bits) } else { Err(none()) }
}

/// A random number from 0 to 1, for waits that are to differ.
///
/// # Errors
/// As [`bits`].
#[cfg(any(feature = "cloud", feature = "identity"))]
pub(crate) fn fraction() -> Result<f64> {
    let [a, b, c, d, ..] = bits()?;
    Ok(f64::from(u32::from_le_bytes([a, b, c, d])) / f64::from(u32::MAX))
}

fn none() -> Error {
    Error::new(ErrorCode::Internal, "the kernel has no random bytes")
}
