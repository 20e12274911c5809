//! The threads of a model, and the end of all of them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Wake, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::crossing::sync::{Thread, current, park};

/// Threads that the one that made this joins. Not by loom's own join, which takes an unpark that
/// comes late for the end of the thread.
#[derive(Clone)]
pub(crate) struct Threads {
    running: Arc<AtomicUsize>,
    main: Thread,
    /// Whether the main thread waits for nothing else, so that the end of another wakes it from no
    /// other sleep. std's, since it is no part of what is modelled.
    joining: Arc<AtomicBool>,
}

impl Threads {
    pub(crate) fn new() -> Self {
        Self { running: Arc::default(), main: current(), joining: Arc::default() }
    }

    pub(crate) fn spawn(&self, body: impl FnOnce() + 'static) {
        self.running.fetch_add(1, Ordering::Relaxed);
        let threads = self.clone();
        thread::spawn(move || {
            body();
            threads.running.fetch_sub(1, Ordering::Release);
            if threads.joining.load(Ordering::Relaxed) {
                threads.main.unpark();
            }
        });
    }

    pub(crate) fn join(&self) {
        self.joining.store(true, Ordering::Relaxed);
        // Adding nothing reads what is newest, where a load could see what was.
        while self.running.fetch_add(0, Ordering::Acquire) > 0 {
            park();
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A waker that unparks this thread.
pub(crate) fn unpark_me() -> Waker {
    Waker::from(Arc::new(Unpark(current())))
}
