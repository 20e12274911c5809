//! Bytes cross without a copy: C++ holds a `bytes::Bytes` in place, words and all.

use std::cell::UnsafeCell;
use std::mem::transmute;
use std::ptr::NonNull;

use ::bytes::Bytes;
use tombolo::{Error, Result};

use super::abi::{Completion, RawBytes};
use super::lent::{self, Home};
use super::queue::Queue;
use super::{fork, guard};

type Words = [*mut (); 4];
const NONE: Words = [std::ptr::null_mut(); 4];

impl RawBytes {
    pub(crate) const fn empty() -> Self {
        Self { data: std::ptr::null(), len: 0, owner: UnsafeCell::new(NONE) }
    }

    /// The bytes, moved into Rust. For the bodies of bridge functions that take bytes.
    #[must_use]
    pub fn into_bytes(mut self) -> Bytes {
        // SAFETY: by the invariant the words are null or a `Bytes`, and we own them.
        let Some(owner) = (unsafe { self.take_owner() }) else { return Bytes::new() };
        let offset = self.data.addr().checked_sub(owner.as_ptr().addr());
        match offset.map(|offset| (offset, offset.saturating_add(self.len))) {
            Some((0, end)) if end == owner.len() => owner,
            Some((offset, end)) if end <= owner.len() => owner.slice(offset..end),
            _ => Bytes::new(), // the invariant is broken; never by our own C++
        }
    }

    /// # Safety
    /// The invariant holds.
    unsafe fn take_owner(&mut self) -> Option<Bytes> {
        let words = std::mem::replace(self.owner.get_mut(), NONE);
        if words == NONE {
            return None;
        }
        // SAFETY: the words were a `Bytes` that was forgotten; its vtable word is never null.
        Some(unsafe { transmute::<Words, Bytes>(words) })
    }

    /// The same bytes once more: a reference is counted, nothing is copied.
    pub(crate) fn share(&self) -> Self {
        if self.data.is_null() {
            return Self::empty();
        }
        // SAFETY: by the invariant the words are a `Bytes`, of the same layout, which may be shared.
        let owner = unsafe { &*self.owner.get().cast::<Bytes>() };
        Self { data: self.data, len: self.len, owner: to_words(owner.clone()) }
    }
}

impl From<Bytes> for RawBytes {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            return Self::empty();
        }
        Self { data: bytes.as_ptr(), len: bytes.len(), owner: to_words(bytes) }
    }
}

impl RawBytes {
    /// Gives up what it has; it is empty then.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if fork::is_child() {
            return; // leaked: its release may belong to a thread that does not exist here
        }
        // SAFETY: the invariant.
        if let Some(owner) = unsafe { self.take_owner() } {
            guard::contained_drop(owner);
        }
        (self.data, self.len) = (std::ptr::null(), 0);
    }
}

impl Drop for RawBytes {
    fn drop(&mut self) {
        self.clear();
    }
}

fn to_words(bytes: Bytes) -> UnsafeCell<Words> {
    // SAFETY: four words, as the compiler checks here; any value is a valid raw pointer.
    UnsafeCell::new(unsafe { transmute::<Bytes, Words>(bytes) })
}

/// Memory of C++ as bytes, without a copy.
///
/// # Safety
/// `data` is valid for `len` bytes and unchanged until `release` is called.
pub(crate) unsafe fn lend(
    data: *const u8,
    len: usize,
    release: *mut Completion,
    queue: Option<&Queue>,
) -> Result<RawBytes> {
    let (Some(data), Some(release)) = (NonNull::new(data.cast_mut()), NonNull::new(release)) else {
        return Err(Error::invalid_argument("data", "it is null"));
    };
    let home = queue.map_or(Home::Anywhere, |queue| Home::Queue(queue.port().clone()));
    // SAFETY: handed on from the caller.
    Ok(RawBytes::from(unsafe { lent::lend(data, len, release, home) }))
}

/// A copy of memory of C++ as bytes.
pub(crate) fn copy(data: &[u8]) -> Result<RawBytes> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(data.len()).map_err(|error| {
        Error::new(tombolo::ErrorCode::ResourceExhausted, "no memory for a copy of the bytes")
            .with_cause(error)
    })?;
    buffer.extend_from_slice(data);
    Ok(RawBytes::from(Bytes::from(buffer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_crossing_without_a_copy() {
        let bytes = Bytes::from(vec![1, 2, 3, 4]);
        let at = bytes.as_ptr();
        let raw = RawBytes::from(bytes);
        let mut slice = raw.share();
        // SAFETY: within the four bytes, here and below.
        (slice.data, slice.len) = (unsafe { slice.data.add(1) }, 2);
        let slice = slice.into_bytes();
        assert_eq!(slice.as_ref(), [2, 3]);
        // SAFETY: as above.
        assert_eq!(slice.as_ptr(), unsafe { at.add(1) });
        assert_eq!(raw.into_bytes().as_ptr(), at);
        assert!(RawBytes::from(Bytes::new()).share().into_bytes().is_empty());
    }

    /// The first clone of a `Bytes` that was a `Vec` changes its words.
    #[test]
    fn bytes_may_be_shared_by_many_threads_at_once() {
        for _ in 0..200 {
            let raw = RawBytes::from(Bytes::from(vec![7; 64]));
            let all_at_once = std::sync::Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        all_at_once.wait();
                        assert_eq!(raw.share().into_bytes().as_ref(), [7; 64]);
                    });
                }
            });
        }
    }

    #[test]
    fn a_view_outside_its_owner_is_refused() {
        let mut raw = RawBytes::from(Bytes::from(vec![1, 2, 3]));
        raw.len = 9;
        assert!(raw.into_bytes().is_empty());
    }
}
