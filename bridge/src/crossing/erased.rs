//! Futures of any type in a slot's fixed storage, and their values after them in the same place.
//!
//! What does not fit inline is boxed. Every poll and every drop is contained.

use std::any::TypeId;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use tombolo::{Error, Result};

use super::guard::contain;
use super::wanted::Wanted;

/// The storage of a slot. Most futures of a page-cache read or a memory lookup fit.
#[repr(C, align(16))]
pub(crate) struct Storage(MaybeUninit<[u8; Storage::SIZE]>);

impl Storage {
    /// Bytes inline; a larger future is boxed.
    pub(crate) const SIZE: usize = 256;

    pub(crate) const fn empty() -> Self {
        Self(MaybeUninit::uninit())
    }
}

/// What an operation has come to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing yet: the storage holds the future.
    Pending,
    /// The storage holds the value.
    Value,
    /// A stream has ended; no value.
    End,
    /// The value was taken, or there never was a future.
    Taken,
    /// It failed.
    Error(Error),
}

/// What a poll has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polled {
    Pending,
    /// The outcome is in its place.
    Done,
    /// The value has gone where it was wanted. The outcome is as it was.
    Given,
}

/// The functions that know the types.
pub(crate) struct Vtable {
    /// Polls the future. When ready, or after a panic, the future has been dropped and a value, if
    /// there is one, has taken its place, or has gone where it is wanted. The outcome is written in
    /// place, over one that is no error: it is large, and most of it is an error's.
    pub(crate) poll: unsafe fn(*mut Storage, &mut Context<'_>, Wanted, *mut Outcome) -> Polled,
    pub(crate) drop_future: unsafe fn(*mut Storage),
    pub(crate) drop_value: unsafe fn(*mut Storage),
    pub(crate) value_type: fn() -> TypeId,
}

impl Vtable {
    /// Of a slot that holds no future.
    pub(crate) const NONE: Self = Self {
        poll: no_poll,
        drop_future: no_drop,
        drop_value: no_drop,
        value_type: TypeId::of::<Vtable>,
    };
}

unsafe fn no_poll(_: *mut Storage, _: &mut Context<'_>, _: Wanted, _: *mut Outcome) -> Polled {
    Polled::Pending
}

unsafe fn no_drop(_: *mut Storage) {}

/// What a future's success means: a value, or for a stream an item or the end.
pub(crate) trait Reply {
    type Value: Send + 'static;
    fn into_value(self) -> Option<Self::Value>;
}

/// The reply of an ordinary operation.
pub(crate) struct Single<T>(pub(crate) T);

impl<T: Send + 'static> Reply for Single<T> {
    type Value = T;
    fn into_value(self) -> Option<T> {
        Some(self.0)
    }
}

/// The reply of a stream's `next`.
pub(crate) struct Item<T>(pub(crate) Option<T>);

impl<T: Send + 'static> Reply for Item<T> {
    type Value = T;
    fn into_value(self) -> Option<T> {
        self.0
    }
}

/// A future of `Result<T>` whose success means `wrap(T)`. A pair of types, no code of its own.
pub(crate) struct Erased<F, T, R>(PhantomData<(F, T, R)>);

impl<F, T, R> Erased<F, T, R>
where
    F: Future<Output = Result<T>> + Send + 'static,
    R: Reply + From<T>,
{
    pub(crate) const VTABLE: Vtable = Vtable {
        poll: Self::poll,
        drop_future: Place::<F>::drop,
        drop_value: Place::<R::Value>::drop,
        value_type: TypeId::of::<R::Value>,
    };

    /// # Safety
    /// `storage` holds an `F` put by [`Place::put`], and the caller alone touches it and `outcome`.
    unsafe fn poll(
        storage: *mut Storage,
        cx: &mut Context<'_>,
        wanted: Wanted,
        outcome: *mut Outcome,
    ) -> Polled {
        // SAFETY: the caller's promise; a future in a slot never moves before it is dropped.
        let polled = contain(|| unsafe { Pin::new_unchecked(Place::<F>::get(storage)) }.poll(cx));
        if matches!(polled, Ok(Poll::Pending)) {
            return Polled::Pending;
        }
        // SAFETY: as above; the future is not touched again.
        unsafe { Place::<F>::drop(storage) };
        // SAFETY: the caller's promise.
        let end = |with| unsafe { outcome.write(with) };
        match polled {
            Ok(Poll::Ready(Ok(reply))) => match R::from(reply).into_value() {
                Some(value) => match wanted.give(value) {
                    None => return Polled::Given,
                    Some(value) => {
                        // SAFETY: the storage is empty now.
                        unsafe { Place::<R::Value>::put(storage, value) };
                        end(Outcome::Value);
                    }
                },
                None => end(Outcome::End),
            },
            Ok(Poll::Ready(Err(error))) | Err(error) => end(Outcome::Error(error)),
            Ok(Poll::Pending) => return Polled::Pending,
        }
        Polled::Done
    }
}

impl<T> From<T> for Single<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> From<Option<T>> for Item<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

/// A `T` in a storage: inline where it fits, boxed where not.
pub(crate) struct Place<T>(PhantomData<T>);

impl<T> Place<T> {
    const INLINE: bool =
        size_of::<T>() <= Storage::SIZE && align_of::<T>() <= align_of::<Storage>();

    /// # Safety
    /// `storage` is valid and empty.
    pub(crate) unsafe fn put(storage: *mut Storage, value: T) {
        // SAFETY: size and alignment were compared; a `Box` always fits.
        unsafe {
            if Self::INLINE {
                storage.cast::<T>().write(value);
            } else {
                storage.cast::<Box<T>>().write(Box::new(value));
            }
        }
    }

    /// # Safety
    /// `storage` holds a `T` put by [`Place::put`].
    unsafe fn get<'a>(storage: *mut Storage) -> &'a mut T {
        // SAFETY: the caller's promise, by the same comparison as in `put`.
        unsafe {
            if Self::INLINE { &mut *storage.cast::<T>() } else { &mut *storage.cast::<Box<T>>() }
        }
    }

    /// Moves the `T` out; the storage is empty afterwards.
    ///
    /// # Safety
    /// `storage` holds a `T` put by [`Place::put`].
    pub(crate) unsafe fn take(storage: *mut Storage) -> T {
        // SAFETY: the caller's promise, by the same comparison as in `put`.
        unsafe {
            if Self::INLINE { storage.cast::<T>().read() } else { *storage.cast::<Box<T>>().read() }
        }
    }

    /// Drops the `T`, contained; the storage is empty afterwards.
    ///
    /// # Safety
    /// `storage` holds a `T` put by [`Place::put`].
    unsafe fn drop(storage: *mut Storage) {
        if !std::mem::needs_drop::<T>() && Self::INLINE {
            return;
        }
        // SAFETY: the caller's promise. Dropped where it lies, since a future may be pinned there.
        let _ = contain(|| unsafe {
            if Self::INLINE {
                storage.cast::<T>().drop_in_place();
            } else {
                storage.cast::<Box<T>>().drop_in_place();
            }
        });
    }
}
