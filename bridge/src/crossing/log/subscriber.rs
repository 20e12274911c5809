//! What `tracing` calls. It is set for the whole process when the first sink is opened, and stays:
//! `tracing` takes none back. Without a sink it wants nothing, so that an event costs what it costs
//! where there has never been one.
//!
//! It is not `tracing-subscriber`'s registry, since that panics in a process of more than 4,095
//! threads, and this must not, in a host that has them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tombolo::panic::contain;
use tombolo::{Error, ErrorCode, Result};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as Values};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_core::span::Current;

use super::mute::{self, Muted};
use super::record::Record;
use super::{lazily, outlet, spans};
use crate::crossing::fork;
use crate::crossing::operation::quietly;

/// See the module documentation.
struct ToSink;

static IS_OURS: AtomicBool = AtomicBool::new(false);

/// Whether it is the subscriber of this process.
pub(super) fn is_ours() -> bool {
    IS_OURS.load(Ordering::Relaxed)
}

/// Sets it, once.
///
/// # Errors
/// `failed_precondition` if the process has another subscriber.
pub(super) fn install() -> Result<()> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*installed {
        tracing::dispatcher::set_global_default(Dispatch::new(ToSink)).map_err(|error| {
            let message = "the Rust of this process has a tracing subscriber of its own, which \
                           takes its events; a log sink and that exclude each other";
            Error::new(ErrorCode::FailedPrecondition, message).with_cause(error)
        })?;
        *installed = true;
        IS_OURS.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// Makes a record and hands it on. A value whose `Debug` panics, or logs, is contained.
fn emit(event: &Event<'_>) {
    if mute::is_on() {
        return outlet::emit(None);
    }
    lazily::ask(); // while it is not muted, or its span would be
    let _muted = Muted::new();
    let record = contain(|| Record::of(event)).ok().flatten();
    outlet::emit(record.map(Box::new));
}

impl Subscriber for ToSink {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !fork::is_child() && outlet::wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(outlet::most())
    }

    fn event(&self, event: &Event<'_>) {
        if !fork::is_child() {
            quietly((), || emit(event));
        }
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let none = Id::from_u64(u64::MAX);
        if fork::is_child() {
            return none; // the table's locks may be held by threads that do not exist here
        }
        quietly(none, || {
            lazily::ask();
            spans::add(attributes)
        })
    }

    fn record(&self, id: &Id, values: &Values<'_>) {
        if !fork::is_child() {
            let _muted = Muted::new();
            quietly((), || spans::record(id, values));
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, id: &Id) {
        if !fork::is_child() {
            spans::enter(id);
        }
    }

    fn exit(&self, id: &Id) {
        if !fork::is_child() {
            spans::exit(id);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        if !fork::is_child() {
            spans::hold(id);
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        !fork::is_child() && spans::let_go(&id)
    }

    fn current_span(&self) -> Current {
        let current = if fork::is_child() {
            None
        } else {
            quietly((), lazily::ask);
            spans::current_id()
        };
        current.map_or_else(Current::none, |(id, metadata)| Current::new(id, metadata))
    }
}
