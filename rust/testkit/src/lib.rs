//! Conformance suites for the building blocks: tables of cases that are pure data.
//!
//! [`blob::cases`] is the table for blobs. [`blob::run_case`] runs a case against a store from
//! Rust; the program `blob-cases` prints the same table as C++, where `cpp/test` runs it through
//! the seam. `secrets` and `secret-cases` are the same for secrets. A backend declares its
//! capabilities, and they decide which cases are registered.
#![forbid(unsafe_code)]

pub mod blob;
#[cfg(feature = "servers")]
pub mod faults;
mod literal;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(feature = "servers")]
pub mod servers;
