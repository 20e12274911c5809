//! Models of the crossing: loom runs them in every interleaving of their threads that three
//! preemptions (two for the largest) can make, under every order of memory that the atomics allow.
//!
//! The state word and the inbox are the library's own files, compiled here with loom's atomics in
//! the place of std's. `operation.rs` drives them as `slot/`, `queue.rs` and `runtime.rs` do, with
//! a cell in place of the future, so that loom sees two threads at it at once.
//!
//! Each bug of `seeded.rs` must make a model fail.
//!
//! `cargo test -p tombolo-models`; LOOM_MAX_PREEMPTIONS=4 looks deeper, and takes far longer.

#![cfg(test)]

#[path = "../../src/crossing/inbox.rs"]
#[expect(dead_code, reason = "the library uses more of it than the models")]
mod inbox;
mod inbox_models;
mod operation;
mod operation_models;
mod seeded;
#[path = "../../src/crossing/state.rs"]
#[expect(dead_code, reason = "the library uses more of it than the models")]
mod state;
mod sync;

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
    builder.check(body);
}
