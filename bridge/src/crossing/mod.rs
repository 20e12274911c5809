//! How things cross between C++ and async Rust, whatever it is that crosses.
//!
//! A crate with a core of its own writes a `cxx` bridge whose functions return [`Ticket`]s made by
//! [`op`] and [`StreamTicket`]s made by [`stream()`]; C++ wraps these as `tombolo::Operation<T>` and
//! `tombolo::Stream<T>`. The crate needs no `unsafe`.

mod abi;
mod bug;
mod bytes;
mod clock;
mod codes;
mod deadline;
#[cfg(test)]
mod deadline_tests;
mod diagnostics;
mod erased;
mod errors;
mod eventfd;
mod exclusive;
mod ffi;
mod fork;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod guard;
mod handler;
mod held;
#[cfg(feature = "held-clock")]
mod held_clock;
mod inbox;
mod lent;
mod load;
mod log;
mod metrics;
mod name;
mod operation;
mod options;
mod own_text;
mod patience;
mod pool;
mod port;
mod queue;
mod raw;
mod raw_error;
mod runtime;
mod seeded;
mod slot;
mod state;
#[cfg(test)]
mod state_tests;
mod stream;
mod sync;
mod text;
mod thread;
mod wait;
mod waker;
mod wanted;
#[cfg(test)]
mod wheel_tests;
mod worker;

/// What stands behind types of C++, for `thread_safety.rs` alone.
pub(crate) mod behind {
    pub(crate) use super::handler::{Call as Reply, Waiting as Handler};
    pub(crate) use super::log::Outlet as LogSink;
    pub(crate) use super::queue::Queue;
    pub(crate) use super::stream::StreamHandle as Stream;
    pub(crate) use ::bytes::Bytes;
}

pub use abi::{
    Completion, RawBuffer, RawBytes, RawCall, RawError, RawHandler, RawRuntime, StreamTicket,
    Ticket,
};
pub use codes::{code as error_code, kind as error_kind};
pub use deadline::in_flight;
pub use exclusive::{Exclusive, OnCancel};
pub use guard::{entry, panics_contained};
pub use handler::Handler;
pub use held::Held;
#[cfg(feature = "held-clock")]
pub use held_clock::{Delay, HeldClock, delay};
pub use lent::LentBuffer;
pub use metrics::slots_in_use;
pub use operation::{Spec, op};
pub use own_text::{OwnText, own_text};
pub(crate) use raw::free;
pub use raw::sync;
pub use runtime::Runtime;
pub use stream::stream;
pub use text::{owned_text, text};
