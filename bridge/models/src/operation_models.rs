//! One operation against wakes, cancels, deadlines and starts: it completes once, and its slot is
//! given back once.

use tombolo::Placement;

use crate::consumers::{Worker, check, check_table, expire_what_is_due, queue, serve};
use crate::crossing::seeded::{Bug, Weak, seed, weaken};
use crate::operation::Operation;
use crate::threads::Threads;
use crate::{large_model, model};

/// What other threads do with an operation.
type Part = fn(&Operation);

fn all_elsewhere(operation: &Operation, threads: &Threads, parts: &[Part]) {
    for part in parts {
        operation.elsewhere(threads, *part);
    }
}

/// Starts an operation on this thread's queue, while other threads give `signs` from its first poll
/// on, and do each its part.
fn started_here(needs: usize, signs: usize, parts: &[Part]) {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Caller, needs, Some((threads.clone(), signs)));
    all_elsewhere(&operation, &threads, parts);
    if operation.start(&queue) {
        serve(&queue, || operation.was_called());
    }
    assert!(operation.is_done());
    operation.take();
    threads.join();
    check(&queue);
}

/// As [`started_here`], of an operation whose value is wanted where it is ready at once.
fn started_for_its_value(needs: usize, signs: usize, parts: &[Part]) {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Caller, needs, Some((threads.clone(), signs)));
    all_elsewhere(&operation, &threads, parts);
    if let Some((operation, started)) = operation.start_into(&queue) {
        if started {
            serve(&queue, || operation.was_called());
        }
        assert!(operation.is_done());
        operation.take();
    }
    threads.join();
    check(&queue);
}

/// The same by way of the inbox of a worker, which is this thread.
fn started_there(needs: usize, parts: &[Part]) {
    let (mut worker, threads) = (Worker::new(), Threads::new());
    let operation = Operation::new(Placement::Worker, needs, None);
    all_elsewhere(&operation, &threads, parts);
    operation.start_direct();
    worker.work(|| operation.was_called());
    assert!(operation.is_done());
    threads.join();
}

/// The same with an operation that is pending already when the others begin.
fn pending(needs: usize, signs: usize, parts: &[Part]) {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Caller, needs, None);
    assert!(operation.start(&queue));
    operation.signs.give_by(&threads, signs);
    all_elsewhere(&operation, &threads, parts);
    serve(&queue, || operation.was_called());
    operation.take();
    threads.join();
    check(&queue);
}

/// The same on a worker.
fn pending_there(needs: usize, signs: usize, parts: &[Part]) {
    let (mut worker, threads) = (Worker::new(), Threads::new());
    let operation = Operation::new(Placement::Worker, needs, None);
    operation.start_direct();
    worker.turn();
    assert!(!operation.is_done());
    operation.signs.give_by(&threads, signs);
    all_elsewhere(&operation, &threads, parts);
    worker.work(|| operation.was_called());
    threads.join();
}

/// Starts an operation whose deadline passes at once, while other threads give `signs` and do each
/// its part.
fn expiring(signs: usize, parts: &[Part]) {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Caller, 1, Some((threads.clone(), signs)));
    operation.expire_at_once();
    all_elsewhere(&operation, &threads, &[expire_what_is_due]);
    all_elsewhere(&operation, &threads, parts);
    if operation.start(&queue) {
        serve(&queue, || operation.was_called());
    }
    operation.take();
    threads.join();
    check(&queue);
}

/// The same on a worker.
fn expiring_there(needs: usize) {
    let (mut worker, threads) = (Worker::new(), Threads::new());
    let operation = Operation::new(Placement::Worker, needs, None);
    operation.expire_at_once();
    all_elsewhere(&operation, &threads, &[expire_what_is_due]);
    operation.start_direct();
    worker.work(|| operation.was_called());
    threads.join();
    check_table();
}

/// A worker, the thread that starts an operation on it and waits, and another that cancels.
fn on_a_worker() {
    let (mut worker, threads) = (Worker::new(), Threads::new());
    let operation = Operation::new(Placement::Worker, 0, None);
    operation.elsewhere(&threads, Operation::start_and_wait);
    operation.elsewhere(&threads, Operation::cancel);
    worker.work(|| operation.signs.ended());
    threads.join();
}

/// A thread that starts an operation on a worker that begins only now.
fn worker_begins() {
    let (mut worker, threads) = (Worker::new(), Threads::new());
    let operation = Operation::new(Placement::Worker, 0, None);
    operation.elsewhere(&threads, Operation::start_direct);
    worker.work(|| operation.was_called());
    threads.join();
}

/// A thread that blocks while others do each its part.
fn awaited(needs: usize, signs: usize, parts: &[Part]) {
    let threads = Threads::new();
    let operation = Operation::new(Placement::Caller, needs, Some((threads.clone(), signs)));
    all_elsewhere(&operation, &threads, parts);
    operation.start_and_wait();
    threads.join();
    check_table();
}

/// An operation that is given up while the worker has it.
fn given_up() {
    let (mut worker, threads) = (Worker::new(), Threads::new());
    let operation = Operation::new(Placement::Worker, 0, None);
    operation.start_direct();
    operation.elsewhere(&threads, Operation::abandon);
    worker.work(|| operation.signs.ended());
    threads.join();
    assert!(operation.was_called(), "its completion was lost");
    check_table();
}

/// A ticket that goes away while late wakers are still about.
fn last_reference() {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Caller, 0, None);
    assert!(!operation.start(&queue));
    all_elsewhere(&operation, &threads, &[Operation::wake as Part; 2]);
    drop(operation);
    threads.join();
}

#[test]
fn a_wake_during_the_first_poll_is_not_lost() {
    model(|| started_here(1, 1, &[]));
}

#[test]
fn a_wake_during_the_first_poll_of_what_nobody_else_knows_is_not_lost() {
    model(|| started_for_its_value(1, 1, &[]));
}

#[test]
fn a_waker_outlives_an_operation_whose_value_was_given() {
    model(|| started_for_its_value(0, 2, &[]));
}

#[test]
fn a_cancel_races_a_start_for_the_value() {
    model(|| started_for_its_value(0, 0, &[Operation::cancel]));
    large_model(|| started_for_its_value(1, 1, &[Operation::cancel]));
}

#[test]
fn a_reference_given_back_races_a_start_for_the_value() {
    model(|| started_for_its_value(0, 0, &[|_| ()]));
}

#[test]
fn a_wake_during_a_later_poll_is_not_lost() {
    large_model(|| pending(2, 2, &[]));
}

#[test]
fn a_cancel_races_a_start_on_the_caller() {
    model(|| started_here(1, 0, &[Operation::cancel]));
}

#[test]
fn a_cancel_races_a_start_on_a_worker() {
    model(|| started_there(1, &[Operation::cancel]));
}

#[test]
fn a_cancel_races_a_wake_on_the_caller() {
    model(|| pending(1, 1, &[Operation::cancel]));
}

#[test]
fn a_cancel_races_a_wake_on_a_worker() {
    model(|| pending_there(1, 1, &[Operation::cancel]));
}

#[test]
fn a_deadline_races_a_token() {
    model(|| expiring(0, &[Operation::cancel]));
}

#[test]
fn a_cancel_races_a_finish_on_the_caller() {
    model(|| started_here(0, 0, &[Operation::cancel]));
}

#[test]
fn a_cancel_races_a_worker_that_answers_elsewhere() {
    large_model(on_a_worker);
}

#[test]
fn who_finds_a_sleeper_finds_its_waker() {
    model(worker_begins);
}

#[test]
fn a_thread_that_blocks_is_told() {
    model(|| awaited(1, 1, &[]));
}

#[test]
fn a_cancel_races_a_wake_of_a_thread_that_blocks() {
    large_model(|| awaited(1, 1, &[Operation::cancel]));
}

#[test]
fn a_deadline_races_a_finish_on_the_caller() {
    large_model(|| expiring(1, &[]));
}

#[test]
fn a_deadline_races_a_finish_on_a_worker() {
    model(|| expiring_there(0));
}

#[test]
fn who_gives_up_an_operation_or_who_finishes_it_tells() {
    model(given_up);
}

#[test]
fn the_last_reference_gives_the_slot_back() {
    model(last_reference);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_wake_is_found() {
    seed(Bug::LostWake);
    model(|| started_here(1, 1, &[]));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_push_that_does_not_acquire_is_found() {
    weaken(Weak::BlindPush);
    model(worker_begins);
}

#[test]
#[should_panic]
fn a_second_runner_is_found() {
    seed(Bug::TwoRunners);
    model(|| started_here(1, 0, &[Operation::cancel]));
}

#[test]
#[should_panic(expected = "completed twice")]
fn a_double_completion_is_found() {
    seed(Bug::DoubleCompletion);
    model(given_up);
}

#[test]
#[should_panic(expected = "never given back")]
fn a_leak_is_found() {
    seed(Bug::Leak);
    model(|| started_here(1, 1, &[]));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_wake_that_is_not_written_is_found() {
    weaken(Weak::UnwrittenWake);
    model(|| pending(2, 2, &[]));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_state_that_orders_nothing_is_found() {
    weaken(Weak::State);
    model(|| started_here(1, 0, &[Operation::cancel]));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_release_that_orders_nothing_is_found() {
    weaken(Weak::Release);
    model(last_reference);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_look_that_does_not_acquire_is_found() {
    weaken(Weak::Alone);
    model(|| started_for_its_value(0, 0, &[|_| ()]));
}
