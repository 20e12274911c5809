//! Synchronous calls: numbers, handles, failures, references, and calls back into C++; each as a plain
//! cxx function and, where the crossing adds something, as the crossing does it.

use std::hint::black_box;
use std::sync::Arc;

use tombolo_bridge::{Error, ErrorCode, RawError, Result, entry};

/// The calls, as C++ sees them.
#[cxx::bridge(namespace = "tombolo_bench")]
mod ffi {
    unsafe extern "C++" {
        include!("callee.hpp");
        fn called_back(x: u64) -> u64;
        type Callee;
        fn call(self: Pin<&mut Callee>, x: u64) -> u64;
    }

    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo::detail"]
        type RawError = tombolo_bridge::RawError;
    }

    extern "Rust" {
        type Counter;
        fn new_counter() -> Box<Counter>;
        fn add(self: &mut Counter, x: u64) -> u64;
        fn add_contained(self: &mut Counter, x: u64) -> u64;

        fn add_one(x: u64) -> u64;
        fn add_one_contained(x: u64) -> u64;

        fn half_or_throw(x: u64) -> Result<u64>;
        fn half(x: u64, out: &mut u64) -> RawError;
        fn panic_contained() -> RawError;

        fn share_arcs(times: u64) -> u64;
        fn call_functions(times: u64) -> u64;
        fn call_methods(callee: Pin<&mut Callee>, times: u64) -> u64;
    }
}

fn add_one(x: u64) -> u64 {
    x + 1
}

/// As [`add_one`], with a panic contained and a forked child refused.
fn add_one_contained(x: u64) -> u64 {
    entry(|| Ok(black_box(x) + 1)).unwrap_or(0)
}

/// By the raw C ABI.
// SAFETY: no other symbol of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn tombolo_bench_add_one(x: u64) -> u64 {
    x + 1
}

/// A handle with methods.
struct Counter(u64);

fn new_counter() -> Box<Counter> {
    Box::new(Counter(0))
}

impl Counter {
    fn add(&mut self, x: u64) -> u64 {
        self.0 += x;
        self.0
    }

    fn add_contained(&mut self, x: u64) -> u64 {
        entry(|| {
            self.0 += black_box(x);
            Ok(self.0)
        })
        .unwrap_or(0)
    }
}

fn half_of(x: u64) -> Result<u64> {
    if x.is_multiple_of(2) {
        Ok(x / 2)
    } else {
        Err(Error::new(ErrorCode::InvalidArgument, "x: it is odd"))
    }
}

/// As plain cxx has errors: they are thrown.
fn half_or_throw(x: u64) -> Result<u64> {
    half_of(x)
}

/// As the crossing has errors: they are values.
fn half(x: u64, out: &mut u64) -> RawError {
    match entry(|| half_of(x)) {
        Ok(value) => {
            *out = value;
            RawError::NONE
        }
        Err(error) => error.into(),
    }
}

#[expect(clippy::panic, reason = "what a panic costs is measured here")]
fn panic_contained() -> RawError {
    entry::<()>(|| panic!("a bench panics")).err().map_or(RawError::NONE, RawError::from)
}

/// Counts a reference and gives it back, so many times.
fn share_arcs(times: u64) -> u64 {
    let shared = Arc::new(1_u64);
    (0..times).map(|_| *Arc::clone(black_box(&shared))).sum()
}

fn call_functions(times: u64) -> u64 {
    (0..times).fold(0, |x, _| ffi::called_back(x))
}

fn call_methods(mut callee: std::pin::Pin<&mut ffi::Callee>, times: u64) -> u64 {
    (0..times).fold(0, |x, _| callee.as_mut().call(x))
}
