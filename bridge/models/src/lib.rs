//! Models of the crossing: loom runs them in every interleaving of their threads that three
//! preemptions (two for the largest) can make, under every order of memory that the atomics allow.
//!
//! What runs is the library's own code, compiled here with loom's atomics, cells and locks in the
//! place of std's; `crossing.rs` says what stands in for the rest. Every model checks that each
//! operation completes once and that its slot is given back once, after which it is not touched.
//!
//! Each bug of the library's `bug.rs`, and each weak order of `seeded.rs`, must make a model fail.
//!
//! What loom does not see: `Arc`s and the values behind them are std's, and a reference into a cell
//! counts as used when it is made, not for as long as it lives.
//!
//! `cargo test -p tombolo-models`; LOOM_MAX_PREEMPTIONS=4 looks deeper, and takes far longer.

#![cfg(test)]

mod consumers;
#[expect(dead_code, reason = "the library uses more of it than the models")]
mod crossing;
mod future;
mod handler_models;
mod inbox_models;
mod operation;
mod operation_models;
mod queue_models;
mod threads;

/// Runs a model in every interleaving of its threads that three preemptions can make.
fn model(body: impl Fn() + Send + Sync + 'static) {
    check(3, body);
}

/// The same with two preemptions, for the models that would take most of the time with three.
fn large_model(body: impl Fn() + Send + Sync + 'static) {
    check(2, body);
}

fn check(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // It holds what LOOM_MAX_PREEMPTIONS says, if that is set.
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(move || {
        crossing::pool::check(); // of the execution before, when all its threads have ended
        body();
    });
    crossing::pool::check();
}
