//! A list that only grows, and takes no lock: a child that was forked at any moment can read it and
//! add to it.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicPtr, Ordering};

struct Link<T: 'static> {
    value: T,
    before: Option<&'static Link<T>>,
    /// How many there are, with this one.
    length: usize,
}

/// # Invariants
/// `newest` is null or points to a link that is never freed and never changed.
pub(super) struct Chain<T: 'static> {
    newest: AtomicPtr<Link<T>>,
}

impl<T: Sync + 'static> Chain<T> {
    pub(super) const fn new() -> Self {
        Self { newest: AtomicPtr::new(std::ptr::null_mut()) }
    }

    fn newest(&self) -> Option<&'static Link<T>> {
        // SAFETY: the invariant.
        unsafe { self.newest.load(Ordering::Acquire).as_ref() }
    }

    /// All of them, the newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static T> + use<T> {
        std::iter::successors(self.newest(), |link| link.before).map(|link| &link.value)
    }

    /// The newest that `is_it`; else a new one, made by `make` of how many there are. `None` if it
    /// makes none. Two threads never add what both are looking for.
    pub(super) fn find_or_add(
        &self,
        is_it: impl Fn(&T) -> bool,
        make: impl Fn(usize) -> Option<T>,
    ) -> Option<&'static T> {
        loop {
            let newest = self.newest();
            let all = std::iter::successors(newest, |link| link.before);
            if let Some(found) = all.map(|link| &link.value).find(|value| is_it(value)) {
                return Some(found);
            }
            let length = newest.map_or(0, |link| link.length);
            let link = Link { value: make(length)?, before: newest, length: length + 1 };
            if let Some(added) = self.add(link) {
                return Some(added);
            }
        }
    }

    /// `None` if another thread has added one meanwhile.
    fn add(&self, link: Link<T>) -> Option<&'static T> {
        let newest = link
            .before
            .map_or(std::ptr::null_mut(), |link| std::ptr::from_ref::<Link<T>>(link).cast_mut());
        let mut link = ManuallyDrop::new(Box::new(link));
        let at: *mut Link<T> = &raw mut **link;
        match self.newest.compare_exchange(newest, at, Ordering::AcqRel, Ordering::Relaxed) {
            // INVARIANT: the box is leaked, and from here on only read.
            // SAFETY: as above.
            Ok(_) => Some(unsafe { &(*at).value }),
            Err(_) => {
                drop(ManuallyDrop::into_inner(link));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_threads_look_for_is_added_once() {
        static CHAIN: Chain<usize> = Chain::new();
        let one = |wanted: usize| CHAIN.find_or_add(|value| *value == wanted, |_| Some(wanted));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..500).for_each(|wanted| assert_eq!(one(wanted), Some(&wanted))));
            }
        });
        let mut all: Vec<_> = CHAIN.iter().copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..500).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_made_is_told_how_many_there_are() {
        static CHAIN: Chain<usize> = Chain::new();
        let add = || CHAIN.find_or_add(|_| false, |length| (length < 2).then_some(length));
        assert_eq!((add(), add(), add()), (Some(&0), Some(&1), None));
        assert_eq!(CHAIN.iter().collect::<Vec<_>>(), [&1, &0]);
    }
}
