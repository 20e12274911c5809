//! Events of every shape, on the thread that asks for them and in operations.

use std::fmt;

use tombolo_bridge::{Placement, Spec, Ticket, op};
use tracing::{Level, Span, debug, error, event, field, info, info_span, trace, warn};

use crate::operations::panic_now;

#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
    }

    extern "Rust" {
        fn emit(text: &[u8]);
        fn emit_at_every_level();
        fn emit_of_another_target();
        fn emit_values();
        fn emit_many(count: u64);
        fn emit_long(bytes: usize);
        fn emit_a_debug_that_emits();
        fn emit_a_debug_that_panics();
        fn emit_without_a_listener(times: u64) -> u64;
        fn emitting(on_worker: bool) -> Ticket;
        fn emitting_at_once() -> Ticket;
    }
}

fn emit(text: &[u8]) {
    info!(text = %String::from_utf8_lossy(text), "said");
}

fn emit_at_every_level() {
    error!("an error");
    warn!("a warning");
    info!("a piece of information");
    debug!("a detail");
    trace!("a step");
}

fn emit_of_another_target() {
    info!(target: "elsewhere", "an event of elsewhere");
    info!(target: "elsewhere::within", "an event within elsewhere");
}

fn emit_values() {
    info!(
        text = "größe \"quoted\"\n",
        debug = ?Some(1),
        shown = %'x',
        signed = -7,
        unsigned = u64::MAX,
        real = 0.5,
        yes = true,
        large = u128::MAX,
        small = i128::MIN,
        error = &fmt::Error as &(dyn std::error::Error + 'static),
        empty = field::Empty,
        "values of every {}",
        "kind"
    );
}

/// Numbered, so that order and losses can be seen.
fn emit_many(count: u64) {
    (0..count).for_each(|number| info!(number, "one of many"));
}

fn emit_long(bytes: usize) {
    // Of two bytes each, and one before them, so that an even cap falls within one.
    info!(text = %format!("x{}", "ü".repeat(bytes / 2)), "something long");
}

/// A value whose `Debug` emits.
pub(crate) struct Emits;

impl fmt::Debug for Emits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!("from within a Debug");
        f.write_str("emitted")
    }
}

fn emit_a_debug_that_emits() {
    info!(value = ?Emits, "its Debug emits");
}

/// A value whose `Debug` panics.
pub(crate) struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic_now("in a Debug").map_err(|_| fmt::Error)
    }
}

fn emit_a_debug_that_panics() {
    info!(value = ?Panics, "its Debug panics");
}

/// Answers how often a value was asked for: not at all while nobody listens.
fn emit_without_a_listener(times: u64) -> u64 {
    let mut asked = 0;
    for number in 0..times {
        event!(
            Level::ERROR,
            number = {
                asked += 1;
                number
            },
            "nobody hears this"
        );
    }
    asked
}

/// Emits in its only poll.
fn emitting_at_once() -> Ticket {
    let spec = Spec::read("test", "emitting").on(Placement::Caller).without_runtime();
    op(spec, || {
        Ok(async {
            info!("at once");
            info_span!("inner").in_scope(|| info!("in a span within"));
            Ok(())
        })
    })
}

/// Emits when it begins, after a hop, and in blocking work.
fn emitting(on_worker: bool) -> Ticket {
    let placement = if on_worker { Placement::Worker } else { Placement::Caller };
    op(Spec::read("test", "emitting").on(placement), || {
        Ok(async {
            info!("at first");
            tokio::task::yield_now().await;
            info!("after a hop");
            let span = Span::current();
            let blocking = tokio::task::spawn_blocking(move || {
                span.in_scope(|| info!("in blocking work"));
            });
            let _ = blocking.await;
            Ok(())
        })
    })
}
