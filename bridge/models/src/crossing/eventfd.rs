//! An eventfd in the models: a counter, and the thread that polls it. What came before a signal is
//! seen by who polls or reads it, as by the kernel's lock on the counter.

use std::time::Duration;

use tombolo::Result;

use super::sync::{AtomicUsize, Ordering, Thread, current, park};

#[derive(Debug)]
pub(crate) struct Eventfd {
    count: AtomicUsize,
    poller: Thread,
}

impl Eventfd {
    /// An eventfd that this thread polls.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { count: AtomicUsize::new(0), poller: current() })
    }

    pub(crate) fn raw(&self) -> i32 {
        -1
    }

    pub(crate) fn signal(&self) {
        self.count.fetch_add(1, Ordering::Release);
        self.poller.unpark();
    }

    pub(crate) fn read(&self) -> u64 {
        self.count.swap(0, Ordering::Acquire) as u64
    }

    /// Adding nothing reads what is newest, as poll does, where a load could see what was.
    pub(crate) fn is_readable(&self) -> bool {
        self.count.fetch_add(0, Ordering::Acquire) > 0
    }

    /// Time does not pass in a model: a signal that never comes is a deadlock.
    pub(crate) fn wait(&self, _: Duration) -> bool {
        while !self.is_readable() {
            park();
        }
        true
    }
}
