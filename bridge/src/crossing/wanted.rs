//! Values that go straight to where C++ wants them, where an operation is done at its start.

use std::any::TypeId;
use std::mem::ManuallyDrop;

use ::bytes::Bytes;

use super::abi::RawBytes;

/// A place for the value of an operation, for values of one kind.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    kind: u32,
    place: *mut u8,
}

impl Wanted {
    pub(crate) const NOTHING: Self = Self { kind: 0, place: std::ptr::null_mut() };

    /// # Safety
    /// `place` is null, or may be written with what crosses for values of the kind: see
    /// [`Wanted::give`].
    pub(crate) unsafe fn new(kind: u32, place: *mut u8) -> Self {
        Self { kind, place }
    }

    /// Moves the value to its place; hands it back if it is not of the kind that is wanted.
    #[inline(always)]
    pub(crate) fn give<T: 'static>(self, value: T) -> Option<T> {
        let kind = kind_of::<T>();
        if kind == 0 || kind != self.kind {
            return Some(value);
        }
        // SAFETY: the promise of `new`. A value that crosses as it is is written as it is, and one of
        // kind `BYTES` is a `Bytes`, which is moved.
        unsafe {
            if kind == BYTES {
                let value = ManuallyDrop::new(value);
                let bytes = (&raw const value).cast::<Bytes>().read();
                self.place.cast::<RawBytes>().write(bytes.into());
            } else {
                self.place.cast::<T>().write(value);
            }
        }
        None
    }
}

/// Crosses as a [`RawBytes`].
const BYTES: u32 = 6;

/// The kinds, by the numbers of `detail::Known` in C++; 0 for what has none. The compiler knows the
/// answer.
#[inline(always)]
fn kind_of<T: 'static>() -> u32 {
    let this = TypeId::of::<T>();
    match () {
        () if this == TypeId::of::<()>() => 1,
        () if this == TypeId::of::<bool>() => 2,
        () if this == TypeId::of::<i64>() => 3,
        () if this == TypeId::of::<u64>() => 4,
        () if this == TypeId::of::<f64>() => 5,
        () if this == TypeId::of::<Bytes>() => BYTES,
        () => 0,
    }
}
