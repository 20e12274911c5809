//! The deadlines of all operations that are pending, on a thread of their own: they fire even if
//! no queue is drained, and wait for no I/O. An operation of a worker ends there, so not before the
//! poll in which that worker is.
//!
//! The table is also the list of what is in flight, since every operation has a deadline.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, TryLockError};
use std::time::{Duration, Instant};

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

/// The longest deadline; what is longer is cut to it, so that times can always be added.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) type Key = (Instant, usize);

pub(super) struct Entry {
    pub(super) slot: SlotRef,
    started: Instant,
}

pub(crate) struct Table {
    /// By deadline, then by the slot's address, which is unique while the slot is here.
    pub(super) pending: BTreeMap<Key, Entry>,
    /// Those whose deadline has passed, until they are answered: a worker may not let go at once.
    pub(super) overdue: BTreeMap<Key, Entry>,
    /// When the thread looks again by itself; `None`: when it is told.
    next_look: Option<Instant>,
}

impl Table {
    fn in_flight(&self) -> impl Iterator<Item = InFlight> {
        let now = clock::now();
        self.overdue.iter().chain(&self.pending).map(move |((deadline, _), entry)| InFlight {
            spec: entry.slot.spec(),
            runtime: entry.slot.runtime().name(),
            age: now.saturating_duration_since(entry.started),
            left: deadline.saturating_duration_since(now),
            phase: entry.slot.slot().state.phase(),
        })
    }
}

static TABLE: Mutex<Table> =
    Mutex::new(Table { pending: BTreeMap::new(), overdue: BTreeMap::new(), next_look: None });
pub(super) static EARLIER: Condvar = Condvar::new();

pub(crate) fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(slot: &SlotRef, deadline: Instant) -> Key {
    (deadline, std::ptr::from_ref(slot.slot()).addr())
}

/// Enters an operation; it is cancelled with `Reason::Deadline` after `timeout`.
pub(crate) fn arm(slot: SlotRef, timeout: Duration) -> Instant {
    let started = clock::now();
    let deadline = started + timeout.min(LONGEST);
    let key = key(&slot, deadline);
    slot.load().enter();
    let mut table = table();
    table.pending.insert(key, Entry { slot, started });
    if table.next_look.is_none_or(|look| deadline < look) {
        table.next_look = Some(deadline);
        EARLIER.notify_one();
    }
    deadline
}

/// Removes an operation that has finished and is answered.
pub(crate) fn disarm(slot: &SlotRef, deadline: Instant) {
    let key = key(slot, deadline);
    let mut table = table();
    let removed = table.pending.remove(&key).or_else(|| table.overdue.remove(&key));
    drop(table);
    if removed.is_some() {
        slot.load().leave();
    }
    drop(removed); // outside the lock: it may be the last reference
}

/// How many operations are pending; none in a forked child.
#[must_use]
pub fn in_flight() -> usize {
    if fork::is_child() {
        return 0; // the lock may be held by a thread that does not exist here
    }
    let table = table();
    table.pending.len() + table.overdue.len()
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
    table().in_flight().collect()
}

/// As [`all_in_flight`], for debuggers: takes no memory, and answers false where it would have to
/// wait for the lock.
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
    let all = table.pending.values().chain(table.overdue.values());
    all.filter(|entry| are(&entry.slot)).map(|entry| entry.slot.clone()).collect()
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
pub(crate) fn turn(mut table: MutexGuard<'static, Table>) -> MutexGuard<'static, Table> {
    if clock::is_held() {
        return EARLIER.wait(table).unwrap_or_else(PoisonError::into_inner);
    }
    let now = clock::now();
    let due = expired(&mut table, now);
    if !due.is_empty() {
        drop(table);
        due.into_iter().for_each(|slot| slot.cancel(Reason::Deadline));
        return self::table();
    }
    let first = table.pending.keys().next().map(|(deadline, _)| *deadline);
    // With an empty table it still looks once more at the time it had in mind: an operation that
    // comes before then, with a later deadline, needs no wake-up of this thread.
    table.next_look = first.or(table.next_look.filter(|look| *look > now));
    match table.next_look {
        Some(look) => {
            let (table, _) =
                EARLIER.wait_timeout(table, look - now).unwrap_or_else(PoisonError::into_inner);
            table
        }
        None => EARLIER.wait(table).unwrap_or_else(PoisonError::into_inner),
    }
}

/// Those whose deadline has passed by then; they stay in the table until they are answered.
pub(super) fn expired(table: &mut Table, now: Instant) -> Vec<SlotRef> {
    let mut due = Vec::new();
    while let Some(entry) = table.pending.first_entry() {
        if entry.key().0 > now {
            break;
        }
        let (key, entry) = entry.remove_entry();
        due.push(entry.slot.clone());
        if !seeded(Bug::LostOverdue) {
            table.overdue.insert(key, entry);
        }
    }
    due
}

/// When an operation in flight will be cancelled.
#[cfg(test)]
pub(crate) fn armed_for(slot: &SlotRef) -> Option<Instant> {
    let (_, this) = key(slot, Instant::now());
    table().pending.keys().find(|(_, at)| *at == this).map(|(deadline, _)| *deadline)
}
