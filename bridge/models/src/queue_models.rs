//! A queue against pushes, its shutdown and its end: each operation is answered once, who sleeps is
//! told, and the descriptor comes to rest.

use std::sync::Arc;

use tombolo::Placement;

use crate::consumers::{
    Worker, check, check_table, close, drain, drain_one, expire_what_is_due, queue, serve, serve_by,
};
use crate::crossing::queue::Queue;
use crate::crossing::seeded::{Bug, Weak, seed, weaken};
use crate::model;
use crate::operation::Operation;
use crate::threads::Threads;

/// Lets the worker work on a thread of its own, until it has let go of `operation`.
fn work_elsewhere(mut worker: Worker, operation: &Operation, threads: &Threads) {
    operation.elsewhere(threads, move |operation| worker.work(|| operation.signs.ended()));
}

/// Drains what two threads push, and sleeps in between.
fn two_pushers(edge_triggered: bool) {
    let (queue, threads) = (queue(edge_triggered), Threads::new());
    let operations = [(); 2].map(|()| Operation::new(Placement::Caller, 1, None));
    for operation in &operations {
        assert!(operation.start(&queue));
        operation.signs.give_by(&threads, 1);
    }
    serve(&queue, || operations.iter().all(Operation::was_called));
    threads.join();
    if edge_triggered {
        check_table(); // whoever watches a descriptor by its edges never reads it
    } else {
        check(&queue);
    }
}

/// Each drain ends with its first completion, and leaves what it has taken to the next.
fn cut_short() {
    let (queue, threads) = (queue(false), Threads::new());
    let operations = [(); 2].map(|()| Operation::new(Placement::Caller, 1, None));
    for operation in &operations {
        assert!(operation.start(&queue));
        operation.signs.give_by(&threads, 1);
    }
    serve_by(drain_one, &queue, || operations.iter().all(Operation::was_called));
    threads.join();
    check(&queue);
}

/// An operation is started on a queue that another thread shuts down.
fn shut_down(placement: Placement) {
    let (queue, threads) = (Arc::new(queue(false)), Threads::new());
    let operation = Operation::new(placement, 1, None);
    let worker = Worker::new();
    let shared = Arc::clone(&queue);
    threads.spawn(move || shared.shut_down());
    if operation.start_and_deliver(&queue) && placement == Placement::Worker {
        work_elsewhere(worker, &operation, &threads);
    }
    serve(&queue, || operation.was_called());
    threads.join();
    check(&queue);
}

/// The same, where the other thread starts it.
fn shut_down_here() {
    let (queue, threads) = (Arc::new(queue(false)), Threads::new());
    let operation = Operation::new(Placement::Caller, 1, None);
    let shared = Arc::clone(&queue);
    operation.elsewhere(&threads, move |operation| {
        operation.start_and_deliver(&shared);
    });
    queue.shut_down();
    serve(&queue, || operation.was_called());
    threads.join();
    check(&queue);
}

/// A queue is destroyed while a worker finishes an operation of it.
fn destroyed() {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Worker, 0, None);
    let worker = Worker::new();
    assert!(operation.start(&queue));
    work_elsewhere(worker, &operation, &threads);
    end(queue, &operation);
    threads.join();
    check_table();
}

/// A queue is destroyed while the deadline passes of an operation of it, whose worker is busy.
fn destroyed_when_expired() {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Worker, 1, None);
    let mut worker = Worker::new();
    operation.expire_at_once();
    assert!(operation.start(&queue));
    operation.elsewhere(&threads, expire_what_is_due);
    end(queue, &operation);
    worker.work(|| operation.signs.ended());
    threads.join();
    check_table();
}

/// The end of a queue, which waits for nobody.
fn end(queue: Queue, operation: &Operation) {
    close(&queue);
    assert!(operation.was_called(), "its completion was lost");
    operation.take();
    drop(queue);
}

/// A queue is destroyed while an operation that it polls is woken.
fn destroyed_when_woken() {
    let (queue, threads) = (queue(false), Threads::new());
    let operation = Operation::new(Placement::Caller, 1, None);
    assert!(operation.start(&queue));
    operation.signs.give_by(&threads, 1);
    end(queue, &operation);
    threads.join();
    check_table();
}

/// Another thread drains too, once.
fn two_consumers() {
    let (queue, threads) = (Arc::new(queue(false)), Threads::new());
    let operation = Operation::new(Placement::Caller, 1, None);
    assert!(operation.start(&queue));
    operation.signs.give_by(&threads, 1);
    let shared = Arc::clone(&queue);
    threads.spawn(move || drain(&shared));
    drain(&queue);
    threads.join();
    serve(&queue, || operation.was_called());
    check(&queue);
}

#[test]
fn each_sleep_is_ended_by_one_signal_and_counted_once() {
    model(|| two_pushers(false));
}

#[test]
fn the_sleep_of_an_edge_triggered_queue_is_ended() {
    model(|| two_pushers(true));
}

#[test]
fn what_a_drain_leaves_is_signalled_again() {
    model(cut_short);
}

#[test]
fn a_shutdown_races_a_start_on_the_caller() {
    model(|| shut_down(Placement::Caller));
}

#[test]
fn a_shutdown_races_a_start_on_a_worker() {
    model(|| shut_down(Placement::Worker));
}

#[test]
fn a_shutdown_races_a_start_elsewhere() {
    model(shut_down_here);
}

#[test]
fn the_end_of_a_queue_races_a_worker_that_finishes() {
    model(destroyed);
}

#[test]
fn the_end_of_a_queue_races_a_wake() {
    model(destroyed_when_woken);
}

#[test]
fn a_queue_has_one_consumer_at_a_time() {
    model(two_consumers);
}

#[test]
fn the_end_of_a_queue_races_a_deadline() {
    model(destroyed_when_expired);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_sleep_that_does_not_look_again_is_found() {
    weaken(Weak::Sleep);
    model(|| two_pushers(false));
}

#[test]
#[should_panic(expected = "readable for ever")]
fn a_signal_that_is_not_counted_is_found() {
    seed(Bug::UncountedSignal);
    model(|| two_pushers(false));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_start_that_does_not_see_the_shutdown_is_found() {
    seed(Bug::LateStart);
    model(|| shut_down(Placement::Caller));
}

#[test]
#[should_panic(expected = "its completion was lost")]
fn an_operation_that_leaves_the_table_too_early_is_found() {
    seed(Bug::EarlyDisarm);
    model(destroyed);
}

#[test]
#[should_panic(expected = "its completion was lost")]
fn an_operation_that_is_lost_when_it_expires_is_found() {
    seed(Bug::LostOverdue);
    model(destroyed_when_expired);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_drain_that_does_not_see_the_last_one_is_found() {
    weaken(Weak::Draining);
    model(two_consumers);
}
