//! The inbox against pushes, sleep and its end: no node is lost, and who sleeps is told.

use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, JoinHandle};

use crate::inbox::{Inbox, Kind, Node, Pushed};
use crate::model;
use crate::seeded::{Bug, seed};

/// A thread that pushes one node and tells the consumer if it sleeps. Its answer: what it found.
fn pusher(inbox: &Arc<Inbox>) -> JoinHandle<Pushed> {
    let consumer = thread::current();
    pusher_that(inbox, move || consumer.unpark())
}

fn pusher_that(inbox: &Arc<Inbox>, tell: impl FnOnce() + 'static) -> JoinHandle<Pushed> {
    let inbox = Arc::clone(inbox);
    thread::spawn(move || {
        let node = Box::into_raw(Box::new(Node::new(Kind::Run)));
        // SAFETY: the node is new, and whoever takes it frees it.
        let pushed = unsafe { inbox.push(node) };
        match pushed {
            Pushed::Asleep => tell(),
            Pushed::Awake => {}
            // SAFETY: it was not taken, so it is ours.
            Pushed::Closed => drop(unsafe { Box::from_raw(node) }),
        }
        pushed
    })
}

fn take(inbox: &Inbox, close: bool) -> usize {
    let mut list = if close { inbox.close() } else { inbox.take() };
    let mut count = 0;
    while let Some(node) = list.pop() {
        // SAFETY: taken, so it is ours, and made by `Box` in `pusher`.
        drop(unsafe { Box::from_raw(node.as_ptr()) });
        count += 1;
    }
    count
}

fn joined(thread: JoinHandle<Pushed>) -> Pushed {
    thread.join().unwrap_or_else(|_| unreachable!("a pusher does not panic"))
}

/// Takes what two threads push, and sleeps in between.
fn two_pushers() {
    let inbox = Arc::new(Inbox::new());
    let pushers = [pusher(&inbox), pusher(&inbox)];
    let mut left = pushers.len();
    while left > 0 {
        left -= take(&inbox, false);
        if left > 0 && inbox.try_sleep() {
            thread::park();
        }
    }
    assert!(!pushers.map(joined).contains(&Pushed::Closed), "an open inbox refused a node");
    assert_eq!(take(&inbox, false), 0);
}

/// The consumer of `queue.rs`, which counts the signals that it has to read from its descriptor.
fn counts_signals() {
    let inbox = Arc::new(Inbox::new());
    let pushers = [pusher(&inbox), pusher(&inbox)];
    let (mut left, mut asleep, mut owed) = (pushers.len(), true, 0);
    while left > 0 {
        if asleep && !inbox.is_asleep() {
            (asleep, owed) = (false, owed + 1);
        }
        if asleep {
            thread::park();
            continue;
        }
        match take(&inbox, false) {
            0 => asleep = inbox.try_sleep(),
            taken => left -= taken,
        }
    }
    let signals = pushers.map(joined).into_iter().filter(|found| *found == Pushed::Asleep).count();
    assert_eq!(signals, owed, "signals made and signals counted");
}

/// The consumer of `runtime.rs`, which leaves its waker only when it first looks. The pusher that
/// finds it asleep after that must find the waker too.
fn registers_late() {
    let inbox = Arc::new(Inbox::new());
    let registered = Arc::new(AtomicUsize::new(0));
    let (consumer, waker) = (thread::current(), Arc::clone(&registered));
    // Not joined: loom takes an unpark that comes late for the end of the join.
    let _pusher = pusher_that(&inbox, move || {
        if waker.load(Ordering::Acquire) == 1 {
            consumer.unpark();
        }
    });
    registered.store(1, Ordering::Release);
    while take(&inbox, false) == 0 {
        if inbox.try_sleep() {
            thread::park();
        }
    }
}

#[test]
fn no_node_is_lost_and_who_sleeps_is_told() {
    model(two_pushers);
}

#[test]
fn each_sleep_is_ended_by_one_signal_and_counted_once() {
    model(counts_signals);
}

#[test]
fn who_finds_a_sleeper_finds_its_waker() {
    model(registers_late);
}

#[test]
fn a_closed_inbox_takes_a_node_or_refuses_it() {
    model(|| {
        let inbox = Arc::new(Inbox::new());
        let pushers = [pusher(&inbox), pusher(&inbox)];
        let taken = take(&inbox, true);
        let refused = pushers.map(joined).into_iter().filter(|found| *found == Pushed::Closed);
        assert_eq!(taken + refused.count(), 2);
        assert_eq!(take(&inbox, true), 0);
    });
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_sleep_that_does_not_look_again_is_found() {
    seed(Bug::SleepUnseen);
    model(two_pushers);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_push_that_does_not_publish_is_found() {
    seed(Bug::SecretPush);
    model(two_pushers);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_take_that_does_not_acquire_is_found() {
    seed(Bug::BlindTake);
    model(two_pushers);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_push_that_does_not_acquire_is_found() {
    seed(Bug::BlindPush);
    model(registers_late);
}
