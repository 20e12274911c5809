//! A timing wheel of operations: entering, leaving and finding what is due take the same time however
//! many there are, and no memory, since each slot has its link in itself.
//!
//! Hierarchical, as by Varghese and Lauck (1987): 64 lists of a millisecond each, 64 of 64
//! milliseconds, and so on. What stands in a coarser list moves to a finer one when its time comes
//! near. A list says only where an entry stands; it is due by its deadline, to the nanosecond.
//!
//! Times are nanoseconds since some moment, and a millisecond here is 2^20 of them.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use crate::crossing::slot::{Slot, SlotRef};

const TICK_BITS: u32 = 20;
/// Lists of one wheel, as a power of two.
const BITS: u32 = 6;
const LISTS: usize = 1 << BITS;
/// Enough for every time that there is.
const WHEELS: usize = (u64::BITS - TICK_BITS).div_ceil(BITS) as usize;
/// The list of those whose deadline has passed.
const OVERDUE: usize = WHEELS * LISTS;
/// That of a slot which stands in none.
const NOWHERE: usize = usize::MAX;
/// How many entries one call of [`Wheel::expire`] moves: others wait for the lock meanwhile.
const MOST_MOVES: usize = 256;

/// A slot's place in the wheel, which nobody else touches.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    before: Option<NonNull<Slot>>,
    after: Option<NonNull<Slot>>,
    list: usize,
    times: Times,
}

/// When an operation was started, and when its time is over.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) started: u64,
    pub(crate) deadline: u64,
}

impl Link {
    pub(crate) const NONE: Self =
        Self { before: None, after: None, list: NOWHERE, times: Times { started: 0, deadline: 0 } };
}

/// An operation that stands in the wheel.
pub(crate) struct Entry {
    pub(crate) slot: ManuallyDrop<SlotRef>,
    pub(crate) times: Times,
    pub(crate) is_overdue: bool,
}

#[derive(Clone, Copy)]
struct List {
    first: Option<NonNull<Slot>>,
    last: Option<NonNull<Slot>>,
}

/// Where a list stands, and when its time begins.
struct Next {
    wheel: usize,
    list: usize,
    begins: u64,
}

/// See the module documentation. Every entry carries a reference to its slot.
pub(crate) struct Wheel {
    /// The tick up to which lists are empty; its own may not be.
    now: u64,
    len: usize,
    /// By wheel: which of its lists are not empty.
    occupied: [u64; WHEELS],
    lists: [List; WHEELS * LISTS + 1],
}

// SAFETY: it owns counted references, which are `Send`.
unsafe impl Send for Wheel {}
// SAFETY: what is borrowed of it is only read.
unsafe impl Sync for Wheel {}

impl Wheel {
    pub(crate) const fn new() -> Self {
        Self {
            now: 0,
            len: 0,
            occupied: [0; WHEELS],
            lists: [List { first: None, last: None }; WHEELS * LISTS + 1],
        }
    }

    /// How many entries there are, overdue ones included.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Enters an operation that has no entry.
    pub(crate) fn insert(&mut self, slot: SlotRef, times: Times) {
        let slot = slot.into_raw();
        self.write(slot, |link| link.times = times);
        let list = self.list_for(times.deadline);
        self.append(list, slot);
        self.len += 1;
    }

    /// Gives back the reference of an operation's entry, if it has one.
    pub(crate) fn remove(&mut self, slot: &SlotRef) -> Option<SlotRef> {
        let slot = NonNull::from(slot.slot());
        if self.read(slot).list == NOWHERE {
            return None;
        }
        self.unlink(slot);
        self.len -= 1;
        // SAFETY: `insert` gave this reference up, and the entry is gone.
        Some(unsafe { SlotRef::from_raw(slot) })
    }

    /// Finds what is due by `now`, in no order, and by which deadline. It stands among what is overdue
    /// from then on. True if there may be more: others get at the lock first.
    pub(crate) fn expire(&mut self, now: u64, due: &mut Vec<(u64, SlotRef)>) -> bool {
        let tick = now >> TICK_BITS;
        let mut moves = 0;
        while moves < MOST_MOVES
            && let Some(next) = self.next_list().filter(|next| next.begins <= tick)
        {
            self.now = next.begins;
            moves += self.empty(&next, now, MOST_MOVES - moves, due);
            if next.wheel == 0 && self.is_occupied(&next) {
                break; // its tick is not over
            }
        }
        let more = moves >= MOST_MOVES;
        if !more {
            self.now = self.now.max(tick);
        }
        more
    }

    /// Moves what is due in a list, and what can stand in a finer one, up to so many. How many it were.
    fn empty(
        &mut self,
        from: &Next,
        now: u64,
        most: usize,
        due: &mut Vec<(u64, SlotRef)>,
    ) -> usize {
        let mut moved = 0;
        let mut next = self.first_in(from.list);
        while let Some(slot) = next.filter(|_| moved < most) {
            let Link { after, times: Times { deadline, .. }, .. } = self.read(slot);
            next = after;
            let to = match deadline <= now {
                true => OVERDUE,
                false if from.wheel > 0 => self.list_for(deadline),
                false => continue,
            };
            self.unlink(slot);
            self.append(to, slot);
            if to == OVERDUE {
                due.push((deadline, SlotRef::clone(&self.entry(slot).slot)));
            }
            moved += 1;
        }
        moved
    }

    /// A time at which [`Wheel::expire`] has something to do, and not before.
    pub(crate) fn next_look(&self) -> Option<u64> {
        let next = self.next_list()?;
        if next.wheel == 0 { self.earliest_in(next.list) } else { Some(next.begins << TICK_BITS) }
    }

    fn earliest_in(&self, list: usize) -> Option<u64> {
        self.in_list(list).map(|entry| entry.times.deadline).min()
    }

    /// Everything that stands here, what is overdue first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry> {
        [OVERDUE].into_iter().chain(0..OVERDUE).flat_map(|list| self.in_list(list))
    }

    fn in_list(&self, list: usize) -> impl Iterator<Item = Entry> {
        let after = |slot: &NonNull<Slot>| self.read(*slot).after;
        std::iter::successors(self.first_in(list), after).map(|slot| self.entry(slot))
    }

    fn entry(&self, slot: NonNull<Slot>) -> Entry {
        // SAFETY: what stands in a list has a reference, which is not given up by this.
        let borrowed = ManuallyDrop::new(unsafe { SlotRef::from_raw(slot) });
        let Link { times, list, .. } = self.read(slot);
        Entry { slot: borrowed, times, is_overdue: list == OVERDUE }
    }

    fn first_in(&self, list: usize) -> Option<NonNull<Slot>> {
        self.lists.get(list).and_then(|list| list.first)
    }

    fn is_occupied(&self, list: &Next) -> bool {
        self.first_in(list.list).is_some()
    }

    /// The list of what is due at a time: on the finest wheel that has not gone round by then.
    fn list_for(&self, deadline: u64) -> usize {
        let tick = (deadline >> TICK_BITS).max(self.now);
        let differ = (tick ^ self.now) | (LISTS as u64 - 1);
        let wheel = (u64::BITS - 1 - differ.leading_zeros()) / BITS;
        let list = (tick >> (wheel * BITS)) as usize % LISTS;
        wheel as usize * LISTS + list
    }

    /// The first list that is not empty.
    fn next_list(&self) -> Option<Next> {
        // A coarse list whose time has begun is one of which only a part was moved.
        let begun =
            (1..WHEELS).find(|wheel| self.occupied_at(*wheel) >> self.turned(*wheel) & 1 == 1);
        if let Some(wheel) = begun {
            let list = wheel * LISTS + self.turned(wheel);
            return Some(Next { wheel, list, begins: self.now });
        }
        // No wheel goes round before a coarser one turns, so the finest comes first.
        let wheel = (0..WHEELS).find(|wheel| self.occupied_at(*wheel) != 0)?;
        let list = self.occupied_at(wheel).trailing_zeros() as usize;
        let span = BITS as usize * wheel;
        let begins = (((self.now >> span) & !(LISTS as u64 - 1)) | list as u64) << span;
        Some(Next { wheel, list: wheel * LISTS + list, begins })
    }

    fn occupied_at(&self, wheel: usize) -> u64 {
        self.occupied.get(wheel).copied().unwrap_or_default()
    }

    /// Which list of a wheel it is now.
    fn turned(&self, wheel: usize) -> usize {
        (self.now >> (BITS as usize * wheel)) as usize % LISTS
    }

    fn read(&self, slot: NonNull<Slot>) -> Link {
        // SAFETY: a slot that stands here or is asked for is kept by a reference, and its link is the
        // wheel's.
        unsafe { slot.as_ref() }.link.with(|link| unsafe { *link })
    }

    fn write(&mut self, slot: NonNull<Slot>, change: impl FnOnce(&mut Link)) {
        // SAFETY: as in `read`.
        unsafe { slot.as_ref() }.link.with_mut(|link| change(unsafe { &mut *link }));
    }

    fn append(&mut self, to: usize, slot: NonNull<Slot>) {
        let Some(list) = self.lists.get_mut(to) else { return };
        let last = list.last.replace(slot);
        if last.is_none() {
            list.first = Some(slot);
        }
        if let Some(last) = last {
            self.write(last, |link| link.after = Some(slot));
        }
        self.write(slot, |link| (link.before, link.after, link.list) = (last, None, to));
        if let Some(lists) = self.occupied.get_mut(to / LISTS) {
            *lists |= 1 << (to % LISTS);
        }
    }

    fn unlink(&mut self, slot: NonNull<Slot>) {
        let Link { before, after, list: from, .. } = self.read(slot);
        self.write(slot, |link| link.list = NOWHERE);
        if let Some(before) = before {
            self.write(before, |link| link.after = after);
        }
        if let Some(after) = after {
            self.write(after, |link| link.before = before);
        }
        let Some(list) = self.lists.get_mut(from) else { return };
        if before.is_none() {
            list.first = after;
        }
        if after.is_none() {
            list.last = before;
        }
        if list.first.is_none()
            && let Some(lists) = self.occupied.get_mut(from / LISTS)
        {
            *lists &= !(1 << (from % LISTS));
        }
    }
}
