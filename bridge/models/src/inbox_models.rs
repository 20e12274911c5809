//! The inbox against pushes, sleep and its end: no node is lost, and who sleeps is told.

use std::sync::Arc;

use loom::thread::{self, JoinHandle};

use crate::crossing::inbox::{Inbox, Kind, Node, Pushed};
use crate::crossing::seeded::{Weak, weaken};
use crate::model;

/// A thread that pushes one node and tells the consumer if it sleeps. Its answer: what it found.
fn pusher(inbox: &Arc<Inbox>) -> JoinHandle<Pushed> {
    let (inbox, consumer) = (Arc::clone(inbox), thread::current());
    thread::spawn(move || {
        let node = Box::into_raw(Box::new(Node::new(Kind::Run)));
        // SAFETY: the node is new, and whoever takes it frees it.
        let pushed = unsafe { inbox.push(node) };
        match pushed {
            Pushed::Asleep => consumer.unpark(),
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

#[test]
fn no_node_is_lost_and_who_sleeps_is_told() {
    model(two_pushers);
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
    weaken(Weak::Sleep);
    model(two_pushers);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_push_that_does_not_publish_is_found() {
    weaken(Weak::SecretPush);
    model(two_pushers);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_take_that_does_not_acquire_is_found() {
    weaken(Weak::BlindTake);
    model(two_pushers);
}
