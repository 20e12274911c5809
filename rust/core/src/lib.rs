//! The building blocks of Tombolo in safe Rust, usable from Rust alone.
//!
//! Every operation answers with [`Result`], whose [`Error`] carries the same stable codes on every
//! backend. Operations are plain futures: dropping one cancels it. They need a tokio runtime in
//! context, which the seam (crate `tombolo-bridge`) provides for C++ callers.
#![forbid(unsafe_code)]

pub mod blob;
mod call;
mod error;
#[cfg(feature = "fault-injection")]
mod fault;
pub mod identity;
#[cfg(feature = "net")]
mod net;
pub mod panic;
mod placement;
mod random;
#[cfg(feature = "secrets")]
pub mod secrets;
mod url;

pub use call::{Call, CallOptions, TraceParent};
pub use error::{DetailedError, Effect, Error, ErrorCode, ErrorKind, PlainError, Result};
pub use placement::Placement;
