//! Events in spans of every shape.

use tombolo_bridge::{Placement, Spec, Ticket, op};
use tracing::{Span, field, info, info_span};

use crate::logs::{Emits, Panics};

#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
    }

    extern "Rust" {
        fn emit_in_spans(depth: usize);
        fn emit_in_deep_spans(depth: usize);
        fn emit_in_long_spans(depth: usize, bytes: usize);
        fn emit_in_a_root();
        fn emit_in_a_span_that_is_recorded_twice();
        fn emit_in_a_clone_of_a_span();
        fn emit_of_a_span_that_is_gone();
        fn emit_out_of_order();
        fn emit_in_a_span_that_emits();
        fn emit_in_a_span_that_panics();
        fn emitting_in_a_span(on_worker: bool) -> Ticket;
    }
}

fn emit_in_spans(depth: usize) {
    if depth == 0 {
        return info!("within");
    }
    let span = info_span!("level", depth, later = field::Empty);
    span.record("later", "known");
    span.in_scope(|| emit_in_spans(depth - 1));
}

fn emit_in_a_root() {
    let _around = info_span!("around").entered();
    info!(parent: None, "on its own");
    let other = info_span!(parent: None, "other");
    info!(parent: &other, "in the other");
}

/// Each span is held by the one within it alone.
fn emit_in_deep_spans(depth: usize) {
    let mut span = Span::none();
    for level in 0..depth {
        span = info_span!(parent: &span, "level", level);
    }
    span.in_scope(|| info!("deep down"));
}

fn emit_in_long_spans(depth: usize, bytes: usize) {
    if depth == 0 {
        return info!("within");
    }
    let text = "x".repeat(bytes);
    info_span!("long", text).in_scope(|| emit_in_long_spans(depth - 1, bytes));
}

fn emit_in_a_span_that_is_recorded_twice() {
    let span = info_span!("span", other = 1, later = field::Empty);
    span.record("later", "known");
    span.record("later", "known better");
    span.in_scope(|| info!("within"));
}

fn emit_in_a_clone_of_a_span() {
    let span = info_span!("span");
    let clone = span.clone();
    drop(span);
    clone.in_scope(|| info!("within"));
}

/// While there is another, where it was.
fn emit_of_a_span_that_is_gone() {
    let gone = info_span!("gone").id();
    let _other = info_span!("other");
    info!(parent: gone, "of one that is gone");
}

/// What was entered first is left first.
fn emit_out_of_order() {
    let (first, second) = (info_span!("first"), info_span!("second"));
    let first = first.enter();
    let _second = second.enter();
    drop(first);
    info!("in the second");
}

/// When it is made, and when more becomes known of it.
fn emit_in_a_span_that_emits() {
    let span = info_span!("span", value = ?Emits, later = field::Empty);
    span.record("later", field::debug(Emits));
    span.in_scope(|| info!("within"));
}

fn emit_in_a_span_that_panics() {
    info_span!("made", value = ?Panics).in_scope(|| info!("in the first"));
    let span = info_span!("recorded", later = field::Empty);
    span.record("later", field::debug(Panics));
    span.in_scope(|| info!("in the second"));
}

/// Emits in a span of its own, before a hop and after it.
fn emitting_in_a_span(on_worker: bool) -> Ticket {
    let placement = if on_worker { Placement::Worker } else { Placement::Caller };
    op(Spec::read("test", "emitting").on(placement), || {
        Ok(async {
            let span = info_span!("inner");
            span.in_scope(|| info!("at first"));
            tokio::task::yield_now().await;
            span.in_scope(|| info!("after a hop"));
            Ok(())
        })
    })
}
