//! The spans that there are, and those that this thread is in.
//!
//! What `tracing` holds of a span is a number, and safe code can make up any: it is looked up in a
//! table, and one that means nothing, or no longer, does no harm. The table's locks are held for
//! moments, by those who make, enter and close spans, never by the service.

use std::cell::RefCell;
use std::iter::successors;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing::span::{Attributes, Id, Record};

use super::fields::{Fields, SPAN};
use super::mute::{self, Muted};
use crate::crossing::thread;

/// How many spans may be within each other; those further out are not known then. Without a bound,
/// the end of the innermost could take more stack than there is.
const DEEPEST: usize = 64;
/// How many there may be in a shard; further ones are not known.
const MOST: usize = 1 << 20;
/// So that threads rarely want the same lock. A power of two.
const SHARDS: usize = 16;

#[derive(Debug)]
pub(super) struct Span {
    pub(super) metadata: &'static Metadata<'static>,
    fields: Mutex<Arc<Fields>>,
    parent: Option<Arc<Span>>,
    depth: usize,
    /// It, or one that it is in, was made where logging would have fed itself.
    pub(super) muted: bool,
}

impl Span {
    fn new(attributes: &Attributes<'_>, parent: Option<Arc<Span>>) -> Self {
        let muted = mute::is_on() || parent.as_ref().is_some_and(|parent| parent.muted);
        let _muted = Muted::new();
        let mut fields = Fields::new(SPAN);
        attributes.record(&mut fields);
        let parent = parent.filter(|parent| parent.depth < DEEPEST);
        Self {
            metadata: attributes.metadata(),
            fields: Mutex::new(Arc::new(fields)),
            depth: parent.as_ref().map_or(0, |parent| parent.depth + 1),
            parent,
            muted,
        }
    }

    pub(super) fn fields(&self) -> Arc<Fields> {
        Arc::clone(&self.fields.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// It, and those it is in, from the inside out.
    pub(super) fn and_those_around(self: &Arc<Self>) -> impl Iterator<Item = &Arc<Self>> {
        successors(Some(self), |span| span.parent.as_ref())
    }
}

struct Place {
    /// How often the place was used, so that an old number finds nothing.
    turn: u32,
    holds: usize,
    span: Option<Arc<Span>>,
}

struct Shard {
    places: Vec<Place>,
    free: Vec<u32>,
}

static TABLE: [Mutex<Shard>; SHARDS] =
    [const { Mutex::new(Shard { places: Vec::new(), free: Vec::new() }) }; SHARDS];

/// Where a span is in the table: 32 bits of the turn, 28 of the place, 4 of the shard.
#[derive(Clone, Copy)]
struct Key(u64);

impl Key {
    /// Of a span that is not in the table.
    const NONE: Self = Self(u64::MAX);

    fn new(shard: usize, place: u32, turn: u32) -> Self {
        Self(u64::from(turn) << 32 | u64::from(place) << 4 | shard as u64)
    }

    fn shard(self) -> MutexGuard<'static, Shard> {
        let [first, ..] = &TABLE;
        let shard = TABLE.get(self.0 as usize % SHARDS).unwrap_or(first);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(self) -> Id {
        // Turns begin at 1, so this is never 0, which tracing would refuse by a panic.
        Id::from_u64(self.0.max(1))
    }
}

impl Shard {
    /// The place of a key, if a span of this very key is there.
    fn place(&mut self, key: Key) -> Option<&mut Place> {
        let place = self.places.get_mut((key.0 as u32 >> 4) as usize)?;
        (place.turn == (key.0 >> 32) as u32 && place.span.is_some()).then_some(place)
    }
}

/// Enters a new span, held once.
pub(super) fn add(attributes: &Attributes<'_>) -> Id {
    let parent =
        if attributes.is_contextual() { current() } else { attributes.parent().and_then(find) };
    let span = Arc::new(Span::new(attributes, parent));
    let number = thread::id() % SHARDS;
    let mut shard = Key(number as u64).shard();
    let at = match shard.free.pop() {
        Some(at) => at,
        None if shard.places.len() < MOST => {
            shard.places.push(Place { turn: 0, holds: 0, span: None });
            (shard.places.len() - 1) as u32
        }
        None => return Key::NONE.id(),
    };
    let Some(place) = shard.places.get_mut(at as usize) else { return Key::NONE.id() };
    *place = Place { turn: place.turn.wrapping_add(1).max(1), holds: 1, span: Some(span) };
    Key::new(number, at, place.turn).id()
}

pub(super) fn find(id: &Id) -> Option<Arc<Span>> {
    let key = Key(id.into_u64());
    key.shard().place(key)?.span.clone()
}

/// Another hold on a span.
pub(super) fn hold(id: &Id) {
    let key = Key(id.into_u64());
    if let Some(place) = key.shard().place(key) {
        place.holds += 1;
    }
}

/// Gives a hold back. True if that was the last.
pub(super) fn let_go(id: &Id) -> bool {
    let key = Key(id.into_u64());
    let mut shard = key.shard();
    let Some(place) = shard.place(key) else { return false };
    place.holds -= 1;
    if place.holds > 0 {
        return false;
    }
    let span = place.span.take();
    shard.free.push(key.0 as u32 >> 4);
    drop(shard);
    drop(span); // outside the lock: it may be the last that holds those around it
    true
}

/// Fields that were not known when the span was made.
pub(super) fn record(id: &Id, values: &Record<'_>) {
    let Some(span) = find(id) else { return };
    let mut fields = Fields::clone(&span.fields());
    values.record(&mut fields);
    *span.fields.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(fields);
}

/// Spans by their numbers, in the order they were entered in.
type Entered = RefCell<Vec<(u64, Option<Arc<Span>>)>>;

thread_local! {
    /// Those that this thread has entered.
    static ENTERED: Entered = const { RefCell::new(Vec::new()) };
}

pub(super) fn enter(id: &Id) {
    let span = find(id);
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push((id.into_u64(), span)));
}

pub(super) fn exit(id: &Id) {
    let left = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let at = entered.iter().rposition(|(entered, _)| *entered == id.into_u64());
        at.map(|at| entered.remove(at))
    });
    drop(left);
}

/// How many this thread is in.
pub(super) fn depth() -> usize {
    ENTERED.try_with(|entered| entered.borrow().len()).unwrap_or(0)
}

/// The span that this thread entered last.
pub(super) fn current() -> Option<Arc<Span>> {
    ENTERED.try_with(|entered| entered.borrow().last().and_then(|(_, span)| span.clone())).ok()?
}

/// Its number.
pub(super) fn current_id() -> Option<(Id, &'static Metadata<'static>)> {
    let last = |entered: &Entered| {
        let entered = entered.borrow();
        let (id, span) = entered.last()?;
        Some((Id::from_u64(*id), span.as_ref()?.metadata))
    };
    ENTERED.try_with(last).ok()?
}

#[cfg(test)]
mod tests {
    use tracing::level_filters::LevelFilter;
    use tracing::trace_span;

    use super::super::filter::Filter;
    use super::super::outlet::{Capacity, Outlet};
    use super::*;

    /// How many places this thread's shard has, which other tests' threads may share.
    fn places() -> usize {
        Key(thread::id() as u64).shard().places.len()
    }

    #[test]
    fn the_place_of_a_span_that_is_gone_is_used_again() {
        let filter = Filter::parse(LevelFilter::TRACE, "").unwrap();
        let sink = Outlet::open(filter, Capacity { records: 1, bytes: 1 << 20 }).unwrap();
        let before = places();
        for _ in 0..10_000 {
            assert!(trace_span!("short").id().is_some(), "nobody listens");
        }
        assert!(places() < before + 1000, "{} places for one span", places() - before);
        sink.close();
    }
}
