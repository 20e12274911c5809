//! The future of the models: ready once it has seen as many signs as it needs.

use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};
use tombolo::Result;

use crate::crossing::sync::UnsafeCell;
use crate::threads::Threads;

/// What a future waits for.
pub(crate) struct Signs {
    /// Relaxed: that it is seen is what the wake must bring about.
    given: AtomicUsize,
    /// The future's inside, so that loom sees two threads there at once.
    inside: UnsafeCell<()>,
    /// std's, as `ended`: they are no part of what is modelled.
    waker: Mutex<Option<Waker>>,
    ended: AtomicBool,
}

// SAFETY: the state word says who is inside, and loom complains if two are.
unsafe impl Sync for Signs {}

impl Signs {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            given: AtomicUsize::new(0),
            inside: UnsafeCell::new(()),
            waker: Mutex::new(None),
            ended: AtomicBool::new(false),
        })
    }

    /// Whether the future was dropped.
    pub(crate) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn waker(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `count` threads give a sign each, with the waker of the first poll.
    pub(crate) fn give_by(self: &Arc<Self>, threads: &Threads, count: usize) {
        let Some(waker) = self.waker().take() else { return };
        for waker in vec![waker; count] {
            let signs = Arc::clone(self);
            threads.spawn(move || {
                signs.given.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        }
    }
}

pub(crate) struct Future {
    pub(crate) signs: Arc<Signs>,
    pub(crate) needs: usize,
    /// Who gives the signs, and how many, from the middle of the first poll on.
    pub(crate) givers: Option<(Threads, usize)>,
    pub(crate) polled: bool,
}

impl std::future::Future for Future {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let signs = Arc::clone(&this.signs);
        signs.inside.with_mut(|_| this.look(cx))
    }
}

impl Future {
    fn look(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        assert!(!self.signs.ended(), "polled after its end");
        if !std::mem::replace(&mut self.polled, true) {
            *self.signs.waker() = Some(cx.waker().clone());
        }
        if let Some((threads, count)) = self.givers.take() {
            self.signs.give_by(&threads, count);
        }
        let given = self.signs.given.load(Ordering::Relaxed);
        if given < self.needs { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

impl Drop for Future {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.signs.inside.with_mut(|_| ());
            assert!(!self.signs.ended.swap(true, Ordering::Relaxed), "ended twice");
            // The waker that nobody took holds a reference.
            let waker = self.signs.waker().take();
            drop(waker); // not under the lock
        }
    }
}
