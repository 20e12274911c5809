//! One operation against wakes, cancels and starts: it completes once, and its slot is given back
//! once.

use loom::thread::JoinHandle;

use crate::model;
use crate::operation::Operation;
use crate::seeded::{Bug, seed};

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        assert!(thread.join().is_ok(), "a thread of the model panicked");
    }
}

/// Starts an operation here, while other threads do each its part.
fn started_here(needs: usize, parts: &[fn(&Operation)]) {
    let operation = Operation::new(needs);
    let threads: Vec<_> = parts.iter().map(|part| operation.elsewhere(*part)).collect();
    let done = operation.start_here();
    operation.run_to_the_end(done);
    join(threads);
    operation.check();
}

/// The same by way of the inbox, as on a worker.
fn started_there(needs: usize, parts: &[fn(&Operation)]) {
    let operation = Operation::new(needs);
    let threads: Vec<_> = parts.iter().map(|part| operation.elsewhere(*part)).collect();
    operation.start_there();
    operation.run_to_the_end(false);
    join(threads);
    operation.check();
}

/// The same with an operation that is pending already when the others begin.
fn pending(needs: usize, parts: &[fn(&Operation)]) {
    let operation = Operation::new(needs);
    assert!(!operation.start_here());
    let threads: Vec<_> = parts.iter().map(|part| operation.elsewhere(*part)).collect();
    operation.run_to_the_end(false);
    join(threads);
    operation.check();
}

/// The same on a worker. Nobody has a waker before the first poll.
fn pending_there(needs: usize, parts: &[fn(&Operation)]) {
    let operation = Operation::new(needs);
    operation.start_there();
    assert!(!operation.drain());
    let threads: Vec<_> = parts.iter().map(|part| operation.elsewhere(*part)).collect();
    operation.run_to_the_end(false);
    join(threads);
    operation.check();
}

#[test]
fn a_wake_during_the_first_poll_is_not_lost() {
    model(|| started_here(1, &[Operation::sign_and_wake]));
}

#[test]
fn a_wake_during_a_later_poll_is_not_lost() {
    model(|| pending(2, &[Operation::sign_and_wake, Operation::sign_and_wake]));
}

#[test]
fn a_cancel_races_a_start_on_the_caller() {
    model(|| started_here(1, &[Operation::cancel]));
}

#[test]
fn a_cancel_races_a_start_on_a_worker() {
    model(|| started_there(1, &[Operation::cancel_on_worker]));
}

#[test]
fn a_cancel_races_a_wake_on_the_caller() {
    model(|| pending(1, &[Operation::cancel, Operation::sign_and_wake]));
}

#[test]
fn a_cancel_races_a_wake_on_a_worker() {
    model(|| pending_there(1, &[Operation::cancel_on_worker, Operation::sign_and_wake]));
}

#[test]
fn a_deadline_races_a_token() {
    model(|| pending(1, &[Operation::cancel, Operation::cancel]));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_wake_is_found() {
    seed(Bug::LostWake);
    model(|| started_here(1, &[Operation::sign_and_wake]));
}

#[test]
#[should_panic]
fn a_double_completion_is_found() {
    seed(Bug::DoubleCompletion);
    model(|| started_here(1, &[Operation::cancel]));
}

#[test]
#[should_panic(expected = "never given back")]
fn a_leak_is_found() {
    seed(Bug::Leak);
    model(|| started_here(1, &[Operation::sign_and_wake]));
}
