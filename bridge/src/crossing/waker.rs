//! Wakers are counted references to a slot: no allocation, and the slot outlives them all.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::slot::{Slot, SlotRef};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

/// A waker that borrows the caller's reference for one poll.
pub(crate) fn borrowed(slot: &SlotRef) -> ManuallyDrop<Waker> {
    let data: *const Slot = slot.slot();
    // SAFETY: the vtable treats the data as a counted reference; this one is never dropped, so it
    // counts nothing, and the caller's reference outlives it.
    ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(data.cast(), &VTABLE)) })
}

/// # Safety
/// `data` is a counted reference to a slot, which is moved here.
unsafe fn owned(data: *const ()) -> SlotRef {
    // SAFETY: the caller's promise; a reference is never null.
    unsafe { SlotRef::from_raw(NonNull::new_unchecked(data.cast_mut().cast())) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the contract of a waker's vtable; the borrowed reference is not dropped.
    let slot = ManuallyDrop::new(unsafe { owned(data) });
    std::mem::forget(SlotRef::clone(&slot));
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the contract of a waker's vtable.
    unsafe { owned(data) }.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the contract of a waker's vtable; the borrowed reference is not dropped.
    ManuallyDrop::new(unsafe { owned(data) }).wake();
}

unsafe fn drop(data: *const ()) {
    // SAFETY: the contract of a waker's vtable.
    std::mem::drop(unsafe { owned(data) });
}
