//! A synchronous function and an operation that is ready, each of which may fail with a plain error: a
//! code and a literal.

use tombolo_bridge::{Error, ErrorCode, RawError, Result, Spec, Ticket, entry, op};

use super::{READ, plain};

/// A bridge of its own, as a core may have several.
#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo::detail"]
        type RawError = tombolo_bridge::RawError;
    }

    extern "Rust" {
        fn checked_add(x: u64, y: u64, sum: &mut u64) -> RawError;
        fn ready_sum(x: u64, y: u64) -> Ticket;
    }
}

const SUM: Spec = plain(READ);

/// The expected error of a caller's mistake: a code and a message that is always the same.
fn sum(x: u64, y: u64) -> Result<u64> {
    x.checked_add(y).ok_or_else(|| Error::new(ErrorCode::OutOfRange, "the sum does not fit"))
}

fn checked_add(x: u64, y: u64, out: &mut u64) -> RawError {
    match entry(|| sum(x, y)) {
        Ok(value) => {
            *out = value;
            RawError::NONE
        }
        Err(error) => error.into(),
    }
}

fn ready_sum(x: u64, y: u64) -> Ticket {
    op(SUM, || Ok(async move { sum(x, y) }))
}
