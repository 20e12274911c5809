//! Logs: events of `tracing`, the core's and the crossing's own, on their way to a function of C++.
//!
//! An event is made into a record on the thread that emits it, and put into a buffer without waiting
//! for anybody; what does not fit is dropped and counted. C++ is told that there are records by an
//! operation of its queue, as handlers are, and takes them one by one within a drain.
//!
//! | file | what it does |
//! |---|---|
//! | `filter`, `fields`, `spans`, `record` | which events; their text, capped; where they are from; all of it |
//! | `mute` | what must not be logged, since it comes of logging |
//! | `outlet` | the buffer, and the one sink there may be |
//! | `subscriber` | what `tracing` calls |
//! | `trace`, `events` | what the crossing itself has to say |
//! | `lazily` | the span of an operation, made when something asks for it |
//! | `ffi` | what C++ calls |

mod events;
mod ffi;
mod fields;
mod filter;
mod lazily;
mod mute;
mod outlet;
mod record;
mod spans;
mod subscriber;
mod trace;

pub(crate) use events::{queue_shut_down, runtime_failed, runtime_started};
pub(crate) use outlet::{Outlet, counts};
pub(crate) use trace::Trace;

use tracing::level_filters::LevelFilter;

/// What a sink wants, read and written again: for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(super) fn targets_again(targets: &str) -> tombolo::Result<String> {
    filter::Filter::parse(LevelFilter::INFO, targets).map(|filter| filter.again())
}

/// The target of the crossing's own events, and of the span of each operation.
const TARGET: &str = "tombolo::crossing";
/// The name of that span.
const OPERATION: &str = "operation";

/// Whether anybody listens to anything: one relaxed load. No subscriber has ever been set, or the
/// sink is gone, where it answers false.
#[inline]
pub(crate) fn heard() -> bool {
    LevelFilter::current() != LevelFilter::OFF
}

/// Whether the span of an operation can wait until something asks for it, where somebody listens: our
/// own subscriber asks where it matters, and nobody wants to hear of each operation's begin and end.
/// An operation that is started where logging is muted is marked by its span, so it needs one.
pub(crate) fn is_lazy() -> bool {
    LevelFilter::current() < LevelFilter::TRACE && subscriber::is_ours() && !mute::is_on()
}
