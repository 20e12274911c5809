//! One operation against wakes, cancels and starts: it completes once, and its slot is given back
//! once.

use loom::thread::JoinHandle;

use crate::operation::Operation;
use crate::seeded::{Bug, seed};
use crate::{large_model, model};

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

/// A worker, the thread that starts an operation on it and waits, and another that cancels.
fn on_a_worker() {
    let operation = Operation::new(0);
    let starter = operation.elsewhere(Operation::start_and_wait);
    let other = operation.elsewhere(Operation::cancel_on_worker);
    operation.run_to_the_end(false);
    join([starter, other]);
    operation.check();
}

/// A ticket that goes away while late wakers are still about.
fn last_reference() {
    let operation = Operation::new(0);
    assert!(operation.start_here());
    let threads = [(); 2].map(|()| operation.elsewhere(Operation::clone_and_wake));
    operation.release();
    join(threads);
    operation.check_given_back();
}

#[test]
fn a_wake_during_the_first_poll_is_not_lost() {
    model(|| started_here(1, &[Operation::sign_and_wake]));
}

#[test]
fn a_wake_during_a_later_poll_is_not_lost() {
    large_model(|| pending(2, &[Operation::sign_and_wake, Operation::sign_and_wake]));
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
fn a_cancel_races_a_finish_on_the_caller() {
    model(|| started_here(0, &[Operation::cancel]));
}

#[test]
fn a_cancel_races_a_worker_that_answers_elsewhere() {
    large_model(on_a_worker);
}

#[test]
fn the_last_reference_gives_the_slot_back() {
    model(last_reference);
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

#[test]
#[should_panic(expected = "deadlock")]
fn a_wake_that_is_not_written_is_found() {
    seed(Bug::UnwrittenWake);
    large_model(|| pending(2, &[Operation::sign_and_wake, Operation::sign_and_wake]));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_state_that_orders_nothing_is_found() {
    seed(Bug::RelaxedState);
    model(|| started_here(1, &[Operation::cancel]));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_release_that_orders_nothing_is_found() {
    seed(Bug::RelaxedRelease);
    model(last_reference);
}
