//! An object of Rust in the hands of C++.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use super::{fork, guard, runtime};

/// What is inside a handle that C++ owns as `rust::Box`: `pub struct Desk(Held<core::Desk>)`. cxx
/// ends the process when dropping such a box panics; this contains and counts the panic. It drops
/// within the runtime's context, and leaks in a forked child.
pub struct Held<T>(ManuallyDrop<T>);

impl<T> Held<T> {
    /// Takes `object` into keeping.
    pub const fn new(object: T) -> Self {
        Self(ManuallyDrop::new(object))
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Held<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> std::fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        if fork::is_child() {
            return;
        }
        // SAFETY: this is its end, and it is not touched again.
        let object = unsafe { ManuallyDrop::take(&mut self.0) };
        runtime::within(|| guard::contained_drop(object));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossing::panics_contained;

    struct Bomb(u32);
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any("dropped")
        }
    }

    #[test]
    fn a_panic_in_its_drop_is_contained() {
        let mut held = Held::new(Bomb(7));
        held.0.0 += 1;
        assert_eq!(held.0.0, 8);
        let before = panics_contained();
        drop(held);
        assert!(panics_contained() > before, "the panic was not counted");
    }
}
