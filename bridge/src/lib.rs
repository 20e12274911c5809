//! The seam between an async Rust core and a C++ service.
//!
//! [`crossing`] is how things cross; the other modules are what crosses, one file per building
//! block. This is the only crate with `cxx` and `unsafe`.

mod blob;
pub mod crossing;
mod identity;
mod secrets;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    //! Doors to what is private, for the fuzz targets alone: no promise is made for any of it.
    pub use crate::blob::fuzzing as blob;
    pub use crate::crossing::fuzzing as crossing;
}
pub mod thread_safety;

pub use blob::BlobStore;
#[cfg(feature = "held-clock")]
pub use crossing::{Delay, HeldClock, delay};
pub use crossing::{
    Exclusive, Handler, Held, LentBuffer, OnCancel, OwnText, RawBuffer, RawBytes, RawCall,
    RawError, RawHandler, RawRuntime, Runtime, Spec, StreamTicket, Ticket, entry, error_code,
    error_kind, op, own_text, owned_text, stream, sync, text,
};
pub use thread_safety::{ThreadSafety, thread_safety};
pub use tombolo::{
    Call, CallOptions, Effect, Error, ErrorCode, ErrorKind, Placement, Result, TraceParent,
};
