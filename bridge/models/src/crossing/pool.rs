//! A pool that never hands out a slot again, so that whatever comes too late to one is found.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::slot::Slot;

thread_local! {
    // All threads of a model run on the thread of its test. Each slot, and whether it is in use.
    static SLOTS: RefCell<BTreeMap<NonNull<Slot>, bool>> = const { RefCell::new(BTreeMap::new()) };
}

pub(crate) fn take() -> NonNull<Slot> {
    let mut slot = NonNull::from(Box::leak(Box::new(Slot::blank())));
    // SAFETY: new, so it is ours alone.
    unsafe { slot.as_mut().reset() };
    SLOTS.with_borrow_mut(|slots| slots.insert(slot, true));
    slot
}

/// # Safety
/// Nothing refers to `slot` any more.
pub(crate) unsafe fn recycle(slot: NonNull<Slot>) {
    // SAFETY: the caller's promise.
    unsafe {
        slot.as_ref().clear();
        recycle_blank(slot);
    }
}

/// # Safety
/// As [`recycle`].
pub(crate) unsafe fn recycle_blank(slot: NonNull<Slot>) {
    let in_use = SLOTS.with_borrow_mut(|slots| slots.insert(slot, false));
    assert_eq!(in_use, Some(true), "given back twice");
    // SAFETY: the caller's promise. Its memory stays until the next execution begins, and each of
    // its parts remembers that it has ended.
    unsafe { slot.drop_in_place() };
}

/// Every slot of the last execution was given back; their memory is freed now.
pub(crate) fn check() {
    for (slot, in_use) in SLOTS.take() {
        assert!(!in_use, "a slot was never given back");
        // SAFETY: made by `Box` in `take`, and ended in `recycle`.
        drop(unsafe { Box::from_raw(slot.as_ptr().cast::<MaybeUninit<Slot>>()) });
    }
}
