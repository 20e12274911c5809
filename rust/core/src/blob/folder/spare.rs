//! Memory that reads are answered with, used again when nobody holds the answer any more.
//!
//! New memory costs more than the read that fills it: the allocator gives large pieces back to the
//! system, which hands them out anew page by page, and safe code must zero what it gives to the
//! kernel to fill. So buffers of 32 KiB to 1 MiB are kept, 8 MiB in all, and come back here from the
//! last [`Bytes`] that refers to them, on whatever thread that is dropped.

use std::collections::TryReserveError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Smaller ones are cheap to make.
const SMALLEST: usize = 32 << 10;
/// Larger ones are read on the pool, and are too much to keep.
const LARGEST: usize = 1 << 20;
/// From [`SMALLEST`] to [`LARGEST`], each twice the one before.
const SIZES: usize = 6;
/// How many bytes are kept, of all sizes together: a piece for each of some dozens of connections.
const MOST: usize = 8 << 20;

/// The buffers of a store that nobody uses at the moment.
#[derive(Default)]
pub(super) struct Spares(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    of_size: [Vec<Vec<u8>>; SIZES],
    /// How many bytes they have together.
    bytes: usize,
}

impl Spares {
    /// Memory for `size` bytes, of this size or up to twice as much.
    pub(super) fn take(self: &Arc<Self>, size: usize) -> Result<Filling, TryReserveError> {
        let Some(class) = class(size) else {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(size)?;
            return Ok(Filling { bytes, filled: 0, home: None });
        };
        let mut bytes = self.idle().take(class).unwrap_or_default();
        // Nothing to do for one that was kept.
        bytes.try_reserve_exact((SMALLEST << class).saturating_sub(bytes.len()))?;
        Ok(Filling { bytes, filled: 0, home: Some(self.clone()) })
    }

    fn give_back(&self, bytes: Vec<u8>) {
        let Some(class) = class(bytes.capacity()) else { return };
        let freed = self.idle().put(class, bytes);
        // Memory goes back to the allocator without the lock.
        drop(freed);
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn take(&mut self, class: usize) -> Option<Vec<u8>> {
        let bytes = self.of_size.get_mut(class)?.pop()?;
        self.bytes = self.bytes.saturating_sub(bytes.capacity());
        Some(bytes)
    }

    /// Gives back what there is no room for: those of the sizes that have most, so that what was
    /// needed once does not take the place of what is needed now.
    fn put(&mut self, class: usize, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        self.bytes += bytes.capacity();
        if let Some(kept) = self.of_size.get_mut(class) {
            kept.push(bytes);
        }
        let mut freed = Vec::new();
        while self.bytes > MOST {
            let of_class = |class: &usize| {
                self.of_size.get(*class).map_or(0, |kept| kept.len() * (SMALLEST << *class))
            };
            let most = (0..SIZES).max_by_key(of_class);
            let Some(bytes) = most.and_then(|class| self.take(class)) else { break };
            freed.push(bytes);
        }
        freed
    }
}

/// Which of the sizes that is; `None` for what is not kept.
fn class(size: usize) -> Option<usize> {
    let of = size.checked_next_power_of_two()? / SMALLEST;
    let kept = (SMALLEST..=LARGEST).contains(&size);
    kept.then(|| usize::try_from(of.trailing_zeros()).unwrap_or(SIZES))
}

/// Memory on its way to become [`Bytes`].
pub(super) struct Filling {
    /// Initialised as far as it was ever used; so it may be longer than what was filled.
    bytes: Vec<u8>,
    filled: usize,
    home: Option<Arc<Spares>>,
}

impl Filling {
    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.filled
    }

    /// The next `size` bytes, to be written to and then counted by [`Filling::filled`].
    pub(super) fn next(&mut self, size: usize) -> &mut [u8] {
        let end = self.filled + size;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes.get_mut(self.filled..end).unwrap_or_default()
    }

    /// Of the bytes that [`Filling::next`] gave, the first `size` hold what they should.
    pub(super) fn filled(&mut self, size: usize) {
        self.filled = (self.filled + size).min(self.bytes.len());
    }

    /// What was filled, without a copy.
    pub(super) fn freeze(mut self) -> Bytes {
        if self.home.is_some() {
            return Bytes::from_owner(self);
        }
        self.bytes.truncate(self.filled);
        std::mem::take(&mut self.bytes).into()
    }
}

impl AsRef<[u8]> for Filling {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            home.give_back(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(spares: &Arc<Spares>, size: usize, with: u8) -> Bytes {
        let mut filling = spares.take(size).unwrap();
        filling.next(size).fill(with);
        filling.filled(size);
        filling.freeze()
    }

    #[test]
    fn memory_is_used_again_once_the_last_that_holds_it_is_gone() {
        let spares = Arc::new(Spares::default());
        for size in [SMALLEST, SMALLEST + 1, 256 << 10, LARGEST - 1, LARGEST] {
            let first = filled(&spares, size, 1);
            let (place, part) = (first.as_ptr(), first.slice(size - 1..));
            drop(first);
            let second = filled(&spares, size, 2);
            assert_ne!(second.as_ptr(), place, "a slice still holds it");
            assert_eq!(&part[..], [1]);
            drop(part);
            assert_eq!(filled(&spares, size, 3).as_ptr(), place, "{size}");
            drop(second);
        }
    }

    #[test]
    fn what_is_shorter_than_what_was_there_before_shows_nothing_of_it() {
        let spares = Arc::new(Spares::default());
        drop(filled(&spares, LARGEST, 1));
        let mut filling = spares.take(LARGEST - 5).unwrap();
        filling.next(100).fill(2);
        filling.filled(60);
        assert_eq!(filling.len(), 60);
        let bytes = filling.freeze();
        assert_eq!(bytes, [2; 60][..]);
    }

    #[test]
    fn what_is_kept_is_bounded_and_each_size_has_its_part() {
        let spares = Arc::new(Spares::default());
        for class in (0..SIZES).chain((0..SIZES).rev()) {
            let size = SMALLEST << class;
            let many: Vec<_> = (0..2 * MOST / size).map(|_| filled(&spares, size, 1)).collect();
            drop(many);
            assert_eq!(spares.idle().bytes, MOST, "of {size}");
            let counted = spares.idle().of_size.iter().flatten().map(Vec::capacity).sum::<usize>();
            assert_eq!(counted, MOST);
            // What came last has its part, whatever was kept before.
            assert!(spares.idle().of_size[class].len() * size >= 1 << 20, "of {size}");
        }
        for size in [0, 1, SMALLEST - 1, LARGEST + 1, 3 << 20] {
            assert_eq!(filled(&spares, size, 1).len(), size);
        }
        assert_eq!(spares.idle().bytes, MOST);
    }

    #[test]
    fn it_outlives_its_store() {
        let spares = Arc::new(Spares::default());
        let bytes = filled(&spares, SMALLEST, 1);
        drop(spares);
        assert_eq!(bytes.len(), SMALLEST);
    }

    #[test]
    fn more_than_there_is_is_an_error() {
        assert!(Arc::new(Spares::default()).take(usize::MAX).is_err());
    }
}
