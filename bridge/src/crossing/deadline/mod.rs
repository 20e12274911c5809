//! The deadlines of all operations that are pending, on a thread of their own: they fire even if
//! no queue is drained, and wait for no I/O. An operation of a worker ends there, so not before the
//! poll in which that worker is.
//!
//! The table is also the list of what is in flight, since every operation has a deadline.

mod wheel;

use std::sync::{Arc, PoisonError, TryLockError};
use std::time::Duration;
#[cfg(test)]
use std::time::Instant;

use super::guard::contain;
use super::name::Name;
use super::operation::Spec;
use super::options::Options;
use super::port::Port;
use super::seeded::{Bug, seeded};
use super::slot::{Reason, SlotRef};
use super::state::Phase;
use super::sync::{Condvar, Mutex, MutexGuard};
use super::{clock, fork, thread};

use wheel::Entry;
pub(crate) use wheel::{Link, Times, Wheel};

/// The longest deadline; what is longer is cut to it, so that times can always be added.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// What is shorter is counted from the very moment. For others some milliseconds do not matter.
const SHORT: Duration = Duration::from_secs(10);

pub(crate) struct Table {
    wheel: Wheel,
    /// When the thread looks again by itself; `None`: when it is told.
    next_look: Option<u64>,
}

impl Table {
    /// Everything that is in flight.
    pub(crate) fn each(&self) -> impl Iterator<Item = Entry> {
        self.wheel.iter()
    }

    fn in_flight(&self) -> impl Iterator<Item = InFlight> {
        let now = clock::now();
        self.each().map(move |Entry { slot, times, is_overdue }| InFlight {
            spec: slot.spec(),
            runtime: slot.runtime().name(),
            age: now.saturating_duration_since(clock::at(times.started)),
            left: match is_overdue {
                true => Duration::ZERO,
                false => clock::at(times.deadline).saturating_duration_since(now),
            },
            phase: slot.slot().state.phase(),
        })
    }
}

static TABLE: Mutex<Table> = Mutex::new(Table { wheel: Wheel::new(), next_look: None });
pub(super) static EARLIER: Condvar = Condvar::new();

type Guard = MutexGuard<'static, Table>;

pub(crate) fn table() -> Guard {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Enters an operation; it is cancelled with `Reason::Deadline` after `timeout`. When that is, in
/// nanoseconds of the clock.
pub(crate) fn arm(slot: SlotRef, timeout: Duration) -> u64 {
    let (started, late) = match timeout < SHORT {
        true => (clock::nanoseconds(clock::now()), 0),
        false => clock::lately(),
    };
    let timeout = u64::try_from(timeout.min(LONGEST).as_nanos()).unwrap_or(u64::MAX);
    let times = Times { started, deadline: started.saturating_add(late).saturating_add(timeout) };
    let mut table = table();
    slot.load().enter();
    table.wheel.insert(slot, times);
    if table.next_look.is_none_or(|look| times.deadline < look) {
        table.next_look = Some(times.deadline);
        EARLIER.notify_one();
    }
    times.deadline
}

/// Removes an operation that has finished and is answered; the reference that stood here.
pub(crate) fn disarm(slot: &SlotRef) -> Option<SlotRef> {
    let mut table = table();
    let removed = table.wheel.remove(slot)?;
    slot.load().leave();
    Some(removed)
}

/// How many operations are pending; none in a forked child.
#[must_use]
pub fn in_flight() -> usize {
    if fork::is_child() {
        return 0; // the lock may be held by a thread that does not exist here
    }
    table().wheel.len()
}

/// An operation in flight, as it is at this moment.
pub(crate) struct InFlight {
    pub(crate) spec: Spec,
    pub(crate) runtime: Name,
    pub(crate) age: Duration,
    /// Until its deadline; zero for one that is overdue.
    pub(crate) left: Duration,
    pub(crate) phase: Phase,
}

/// Every operation in flight, by deadline; none in a forked child.
pub(crate) fn all_in_flight() -> Vec<InFlight> {
    if fork::is_child() {
        return Vec::new();
    }
    let mut all: Vec<_> = table().in_flight().collect();
    all.sort_by_key(|one| one.left);
    all
}

/// As [`all_in_flight`], for debuggers and in no order: takes no memory, and answers false where it
/// would have to wait for the lock.
pub(crate) fn try_each_in_flight(see: impl FnMut(InFlight)) -> bool {
    if fork::is_child() {
        return true;
    }
    let table = match TABLE.try_lock() {
        Ok(table) => table,
        Err(TryLockError::Poisoned(table)) => table.into_inner(),
        Err(TryLockError::WouldBlock) => return false,
    };
    table.in_flight().for_each(see);
    true
}

/// Every pending operation whose completion goes to `port`.
pub(crate) fn answered_at(port: &Arc<Port>) -> Vec<SlotRef> {
    all_that(|slot| slot.is_answered_at(port))
}

/// Every pending operation of a kind.
pub(crate) fn all_that(are: impl Fn(&SlotRef) -> bool) -> Vec<SlotRef> {
    let table = table();
    let all = table.each().filter(|entry| are(&entry.slot));
    all.map(|entry| SlotRef::clone(&entry.slot)).collect()
}

/// Starts the thread; false if the system has none to give.
pub(crate) fn start_thread(options: &Options) -> bool {
    thread::spawn(options, "timer", watch).is_some()
}

fn watch() {
    loop {
        // The loop never ends; should a bug of ours panic in it, the deadlines go on.
        let _ = contain(|| {
            let mut table = table();
            loop {
                table = turn(table);
            }
        });
    }
}

/// One turn of the thread: it cancels what is due, or waits. While a test holds the clock it only
/// waits, and the test's advances cancel.
pub(crate) fn turn(mut table: Guard) -> Guard {
    if clock::is_held() {
        return EARLIER.wait(table).unwrap_or_else(PoisonError::into_inner);
    }
    let now = clock::nanoseconds(clock::now());
    let due;
    (table, due) = expired(table, now);
    if !due.is_empty() {
        drop(table);
        due.into_iter().for_each(|slot| slot.cancel(Reason::Deadline));
        return self::table();
    }
    // With an empty table it still looks once more at the time it had in mind: an operation that
    // comes before then, with a later deadline, needs no wake-up of this thread.
    table.next_look = table.wheel.next_look().or(table.next_look.filter(|look| *look > now));
    match table.next_look {
        Some(look) => {
            let left = Duration::from_nanos(look.saturating_sub(now));
            let (table, _) =
                EARLIER.wait_timeout(table, left).unwrap_or_else(PoisonError::into_inner);
            table
        }
        None => EARLIER.wait(table).unwrap_or_else(PoisonError::into_inner),
    }
}

/// Those whose deadline has passed by then, in order. They stay in the table until they are answered: a
/// worker may not let go at once.
pub(super) fn expired(mut table: Guard, now: u64) -> (Guard, Vec<SlotRef>) {
    let mut due = Vec::new();
    while table.wheel.expire(now, &mut due) {
        drop(table); // for those that wait for it
        table = self::table();
    }
    if seeded(Bug::LostOverdue) {
        due.iter().for_each(|(_, slot)| drop(table.wheel.remove(slot)));
    }
    due.sort_by_key(|(deadline, _)| *deadline);
    (table, due.into_iter().map(|(_, slot)| slot).collect())
}

/// When an operation in flight will be cancelled.
#[cfg(test)]
pub(crate) fn armed_for(slot: &SlotRef) -> Option<Instant> {
    let table = table();
    let this = table.each().find(|entry| std::ptr::eq(entry.slot.slot(), slot.slot()));
    this.map(|entry| clock::at(entry.times.deadline))
}
