//! The timing wheel against what it stands for: a table sorted by deadline. Here and not beside the
//! wheel, which the models compile with loom's cells.

use std::collections::BTreeMap;
use std::future::{Pending, pending};

use tombolo::Result;

use super::abi::Ticket;
use super::deadline::{Times, Wheel};
use super::operation::{Spec, op};
use super::slot::SlotRef;

const SECOND: u64 = 1_000_000_000;

/// Operations that never start, so that they stand in no other table.
fn endless() -> Ticket {
    op::<u64, Pending<Result<u64>>>(Spec::read("test", "endless"), || Ok(pending()))
}

fn enter(wheel: &mut Wheel, ticket: &Ticket, deadline: u64) {
    wheel.insert(SlotRef::clone(&ticket.slot()), Times { started: 0, deadline });
}

/// What is due, by address.
fn expire(wheel: &mut Wheel, now: u64) -> Vec<usize> {
    let mut due = Vec::new();
    while wheel.expire(now, &mut due) {}
    due.sort_by_key(|(deadline, _)| *deadline);
    due.iter().map(|(_, slot)| address(slot)).collect()
}

fn address(slot: &SlotRef) -> usize {
    std::ptr::from_ref(slot.slot()).addr()
}

/// Numbers that look like chance and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) % end
    }

    /// From nanoseconds to a year, as likely on each scale.
    fn time(&mut self) -> u64 {
        let scale = self.below(55);
        self.below(2 << scale)
    }
}

#[test]
fn what_is_due_is_found_as_in_a_sorted_table() {
    let mut numbers = Numbers(1);
    let tickets: Vec<_> = (0..600).map(|_| endless()).collect();
    let mut wheel = Wheel::new();
    let mut sorted = BTreeMap::new();
    let mut standing: Vec<Option<u64>> = vec![None; tickets.len()];
    let mut now = 0;
    for _ in 0..60_000 {
        let which = usize::try_from(numbers.below(600)).unwrap();
        let at = address(&tickets[which].slot());
        match standing[which].take() {
            Some(deadline) => {
                let removed = wheel.remove(&tickets[which].slot());
                assert!(removed.is_some());
                sorted.remove(&(deadline, at));
            }
            None => {
                let deadline = now + numbers.time();
                enter(&mut wheel, &tickets[which], deadline);
                sorted.insert((deadline, at), ());
                standing[which] = Some(deadline);
            }
        }
        if numbers.below(50) == 0 {
            let first = sorted.keys().next().map(|(deadline, _)| *deadline);
            let look = wheel.next_look();
            assert!(look <= first, "it would look too late: {look:?}, {first:?}");
            assert_eq!(look.is_some(), first.is_some());
            // To the very moment as often as to any other.
            now = match first.filter(|_| numbers.below(2) == 0) {
                Some(first) => first.max(now),
                None => now + numbers.time(),
            };
            let found = expire(&mut wheel, now);
            let later = sorted.split_off(&(now + 1, 0));
            let due: Vec<_> = std::mem::replace(&mut sorted, later).into_keys().collect();
            let mut sorted_found = found.clone();
            let mut due_at: Vec<_> = due.iter().map(|(_, at)| *at).collect();
            sorted_found.sort_unstable();
            due_at.sort_unstable();
            assert_eq!(sorted_found, due_at, "at {now}");
        }
    }
    let overdue = wheel.iter().filter(|entry| entry.is_overdue).count();
    assert_eq!(wheel.len(), overdue + sorted.len());
    assert_eq!(wheel.iter().count(), wheel.len());
    for ticket in &tickets {
        drop(wheel.remove(&ticket.slot()));
    }
    assert_eq!((wheel.len(), wheel.next_look()), (0, None));
}

#[test]
fn a_deadline_is_met_to_the_nanosecond_and_in_order() {
    let mut wheel = Wheel::new();
    let tickets: Vec<_> = (0..4).map(|_| endless()).collect();
    for (ticket, after) in tickets.iter().zip([3, 1, 2, 70 * SECOND]) {
        enter(&mut wheel, ticket, 10 * SECOND + after);
    }
    let at = |which: usize| address(&tickets[which].slot());
    assert!(expire(&mut wheel, 10 * SECOND).is_empty());
    assert_eq!(wheel.next_look(), Some(10 * SECOND + 1), "the rest of this millisecond");
    assert_eq!(expire(&mut wheel, 10 * SECOND + 2), [at(1), at(2)]);
    assert_eq!(expire(&mut wheel, 10 * SECOND + 3), [at(0)]);
    assert!(expire(&mut wheel, 80 * SECOND - 1).is_empty());
    assert_eq!(expire(&mut wheel, 80 * SECOND), [at(3)]);
    assert!(expire(&mut wheel, u64::MAX).is_empty(), "each is due once");
    tickets.iter().for_each(|ticket| assert!(wheel.remove(&ticket.slot()).is_some()));
    tickets.iter().for_each(|ticket| assert!(wheel.remove(&ticket.slot()).is_none()));
}

#[test]
fn many_that_come_near_at_once_are_moved_a_part_at_a_time() {
    let mut wheel = Wheel::new();
    let tickets: Vec<_> = (0..1000).map(|_| endless()).collect();
    for (ticket, after) in tickets.iter().zip(0..) {
        enter(&mut wheel, ticket, 60 * SECOND + after);
    }
    let late = endless();
    let mut due = Vec::new();
    assert!(wheel.expire(60 * SECOND - 1, &mut due), "they move to a finer list");
    enter(&mut wheel, &late, 60 * SECOND - 1); // it goes before what was not moved yet
    assert!(wheel.next_look() < Some(60 * SECOND));
    let mut calls = 1;
    while wheel.expire(60 * SECOND - 1, &mut due) {
        calls += 1;
    }
    let due: Vec<_> = due.iter().map(|(_, slot)| address(slot)).collect();
    assert_eq!(due, [address(&late.slot())]);
    assert!(calls >= 3, "{calls} calls");
    assert_eq!(expire(&mut wheel, 61 * SECOND).len(), 1000);
    drop(wheel.remove(&late.slot()));
    tickets.iter().for_each(|ticket| drop(wheel.remove(&ticket.slot())));
    assert_eq!(wheel.len(), 0);
}
