//! The counters of one thread, and the slots that it keeps. It alone changes them, so that counting
//! takes no atomic change and no lock; whoever asks adds up those of all threads.
//!
//! A thread takes a block at its first count and gives it back when it ends, and the next thread
//! goes on counting in it. Blocks are never freed. What is counted on a thread whose locals are
//! gone, as by a static destructor, goes to [`SHARED`].

use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::chain::Chain;
use super::names::{self, MOST};
use crate::crossing::operation::Spec;
use crate::crossing::pool::Kept;

/// Success, and an error of each code.
pub(super) const OUTCOMES: usize = 17;
/// Drains of 0, 1, 2, 3 to 4, … 129 to 256 and more completions.
pub(super) const SIZES: usize = 11;

/// How often an operation has ended in each way; success is 0, an error is the number of its code.
pub(super) type Ends = [AtomicU64; OUTCOMES];

/// What is counted beside the ends of operations.
pub(super) struct Counters {
    pub(super) queue_entered: AtomicU64,
    pub(super) queue_left: AtomicU64,
    pub(super) wakeups: AtomicU64,
    pub(super) drained: AtomicU64,
    pub(super) drains: [AtomicU64; SIZES],
}

/// # Invariants
/// Who holds the block (has `held` made true) alone adds to its counters and touches `places` and
/// `kept`.
pub(super) struct Block {
    held: AtomicBool,
    pub(super) kept: Kept,
    places: UnsafeCell<[Place; PLACES]>,
    pub(super) ends: [Ends; MOST + 1],
    pub(super) counters: Counters,
}

// SAFETY: the invariant, for `places` and `kept`; the rest is shared by its type.
unsafe impl Sync for Block {}

/// Where the counters of an operation are, by the addresses of its names.
#[derive(Clone, Copy)]
struct Place {
    key: Key,
    ends: &'static Ends,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key(usize, usize);

/// Places in a block; a power of two, beyond the names there are so that few must share.
const PLACES: usize = 256;
/// How many places an operation may be in.
const TRIES: usize = 4;

impl Key {
    /// No name lies at the address 0.
    const NONE: Self = Self(0, 0);

    /// Of the start and the length of each name: parts of one text may start alike. Addresses have
    /// 48 bits, and no name has more bytes than the other 16 can count.
    #[inline]
    fn of(spec: &Spec) -> Self {
        let key = |text: &str| text.as_ptr().addr() ^ text.len().rotate_right(16);
        Self(key(spec.service), key(spec.operation))
    }

    #[inline]
    fn place(self) -> usize {
        const ODD: usize = 0x9e37_79b9_7f4a_7c15;
        (self.0 ^ self.1.rotate_left(7)).wrapping_mul(ODD) >> (usize::BITS - PLACES.ilog2())
    }
}

impl Block {
    const fn new(held: bool) -> Self {
        Self {
            held: AtomicBool::new(held),
            kept: Kept::new(),
            places: UnsafeCell::new([const { Place { key: Key::NONE, ends: &NONE } }; PLACES]),
            ends: [const { [const { AtomicU64::new(0) }; OUTCOMES] }; MOST + 1],
            counters: Counters {
                queue_entered: AtomicU64::new(0),
                queue_left: AtomicU64::new(0),
                wakeups: AtomicU64::new(0),
                drained: AtomicU64::new(0),
                drains: [const { AtomicU64::new(0) }; SIZES],
            },
        }
    }

    fn take(&self) -> bool {
        !self.held.load(Ordering::Relaxed) && !self.held.swap(true, Ordering::Acquire)
    }

    fn give_back(&self) {
        self.held.store(false, Ordering::Release);
    }
}

/// Of a place that is free.
static NONE: Ends = [const { AtomicU64::new(0) }; OUTCOMES];
static BLOCKS: Chain<Block> = Chain::new();
/// Of those that have no block, so it is added to atomically.
static SHARED: Block = Block::new(true);

thread_local! {
    /// The block that this thread holds. Without a destructor, so that it can be asked to the very
    /// end.
    static HELD: Cell<Option<&'static Block>> = const { Cell::new(None) };
    static CLAIM: Claim = const { Claim };
}

struct Claim;

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(block) = HELD.take() {
            // SAFETY: this thread holds the block.
            unsafe { block.kept.give_back_all() };
            block.give_back();
        }
    }
}

/// Every block, that of the threads without one among them.
pub(super) fn all() -> impl Iterator<Item = &'static Block> {
    BLOCKS.iter().chain([&SHARED])
}

#[cold]
fn claim() -> Option<&'static Block> {
    CLAIM.try_with(|_| ()).ok()?;
    let block = BLOCKS.find_or_add(Block::take, |_| Some(Block::new(true)));
    HELD.set(block);
    block
}

/// What this thread keeps, if it has a block.
#[inline]
pub(super) fn kept() -> Option<&'static Kept> {
    HELD.get().map(|block| &block.kept)
}

/// What this thread keeps; none as it ends.
#[cold]
pub(super) fn claim_kept() -> Option<&'static Kept> {
    HELD.get().or_else(claim).map(|block| &block.kept)
}

/// Adds to the counter that `which` chooses.
#[inline]
pub(super) fn add(which: impl Fn(&'static Counters) -> &'static AtomicU64, count: u64) {
    match HELD.get() {
        Some(block) => add_alone(which(&block.counters), count),
        None => add_first(&which, count),
    }
}

#[cold]
fn add_first(which: &dyn Fn(&'static Counters) -> &'static AtomicU64, count: u64) {
    match claim() {
        Some(block) => add_alone(which(&block.counters), count),
        None => _ = which(&SHARED.counters).fetch_add(count, Ordering::Relaxed),
    }
}

/// Adds to a counter of a block that this thread holds.
#[inline]
fn add_alone(counter: &AtomicU64, count: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
}

/// Counts the end of an operation.
#[inline(always)]
pub(super) fn end(spec: &Spec, outcome: usize) {
    if let Some(block) = HELD.get() {
        let key = Key::of(spec);
        // SAFETY: this thread holds the block, and this borrow ends before the next.
        let places = unsafe { &*block.places.get() };
        if let Some(place) = places.get(key.place())
            && place.key == key
        {
            if let Some(counter) = place.ends.get(outcome) {
                add_alone(counter, 1);
            }
            return;
        }
    }
    end_slowly(spec, outcome);
}

#[cold]
#[inline(never)]
fn end_slowly(spec: &Spec, outcome: usize) {
    let Some(block) = HELD.get().or_else(claim) else {
        let ends = SHARED.ends.get(names::number(spec));
        if let Some(counter) = ends.and_then(|ends| ends.get(outcome)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        return;
    };
    if let Some(counter) = block.ends_of(spec).and_then(|ends| ends.get(outcome)) {
        add_alone(counter, 1);
    }
}

impl Block {
    /// The counters of an operation, which are remembered in one of its places. By the holder.
    fn ends_of(&'static self, spec: &Spec) -> Option<&'static Ends> {
        let key = Key::of(spec);
        // SAFETY: the holder's, and this borrow ends with this function.
        let places = unsafe { &mut *self.places.get() };
        let mut tries = (0..TRIES).map(|further| (key.place() + further) % PLACES);
        let known = tries.clone().filter_map(|at| places.get(at)).find(|place| place.key == key);
        if let Some(place) = known {
            return Some(place.ends);
        }
        let ends = self.ends.get(names::number(spec))?;
        let free = tries.find(|at| places.get(*at).is_some_and(|place| place.key == Key::NONE));
        if let Some(place) = places.get_mut(free.unwrap_or(key.place())) {
            *place = Place { key, ends };
        }
        Some(ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_come_and_go_share_their_blocks() {
        for _ in 0..1000 {
            std::thread::spawn(|| add(|counters| &counters.drained, 1)).join().unwrap();
        }
        let blocks = all().count();
        assert!(blocks < 500, "{blocks} blocks, and a thousand threads one after the other");
    }
}
