//! A blocking thread of the runtime for a piece of work, or the work back where none can be had.
//!
//! The system may refuse a thread: a limit on processes, no memory for a stack. If the runtime has
//! another one, the work waits for that. If it has none, `tokio::spawn_blocking` panics, and has the
//! work in its queue by then, with all that it holds: places in the pool, files, a caller's buffer.
//! So the panic is contained here, and the work lies where it can be taken back.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::{Effect, Error, ErrorCode};

/// Why no thread was found.
pub(super) struct NoThread<W> {
    /// The work, unless a thread was found all the same and has begun it.
    pub(super) work: Option<W>,
    why: String,
}

impl<W> NoThread<W> {
    /// The error of an operation that needs the thread. The work is dropped.
    pub(super) fn into_error(self) -> Error {
        let effect = if self.work.is_some() { Effect::None } else { Effect::Unknown };
        let message = format!(
            "the system gives this process no thread for blocking work ({}); try again later, or \
             raise its limit of threads or memory",
            self.why
        );
        Error::new(ErrorCode::ResourceExhausted, message).with_retryable(true).with_effect(effect)
    }
}

/// Has a blocking thread do `work`. The task answers `None` only if the work was taken back.
pub(super) fn spawn<T, W>(runtime: &Handle, work: W) -> Result<JoinHandle<Option<T>>, NoThread<W>>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    let place = Arc::new(Mutex::new(Some(work)));
    let turn = place.clone();
    // Nothing is left half done: tokio panics when it has let go of its own lock, and the place
    // holds the work or does not.
    let spawned = catch_unwind(AssertUnwindSafe(|| {
        runtime.spawn_blocking(move || take(&turn).map(|work| work()))
    }));
    spawned.map_err(|payload| NoThread { work: take(&place), why: text(&*payload) })
}

fn take<W>(place: &Mutex<Option<W>>) -> Option<W> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What a panic says.
pub(super) fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a text").to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::pool::DropPlace;
    use super::*;

    /// The system has no room for a stack of that size, so it refuses every thread.
    fn without_threads() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().thread_stack_size(1 << 60).build().unwrap()
    }

    struct Noted(Arc<Mutex<Vec<std::thread::ThreadId>>>);

    impl Drop for Noted {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(std::thread::current().id());
        }
    }

    #[test]
    fn work_without_a_thread_comes_back_and_does_not_stay_in_the_queue() {
        let runtime = without_threads();
        let held = Arc::new(());
        for _ in 0..3 {
            let work = held.clone();
            let refused = spawn(runtime.handle(), move || drop(work)).err().unwrap();
            assert!(refused.work.is_some());
            let e = refused.into_error();
            assert_eq!((e.code(), e.effect()), (ErrorCode::ResourceExhausted, Effect::None), "{e}");
            assert!(e.retryable() && e.message().contains("thread"), "{e}");
            assert_eq!(Arc::strong_count(&held), 1);
        }
    }

    #[test]
    fn what_is_dropped_without_a_thread_is_dropped_here() {
        let runtime = without_threads();
        let place = {
            let _context = runtime.enter();
            DropPlace::here()
        };
        let dropped = Arc::default();
        place.drop(Noted(Arc::clone(&dropped)));
        assert_eq!(*dropped.lock().unwrap(), [std::thread::current().id()]);
    }

    /// A second panic that left the drop would end the process.
    #[test]
    fn the_same_within_the_unwinding_of_a_panic() {
        struct Last(DropPlace, Option<Noted>);
        impl Drop for Last {
            fn drop(&mut self) {
                self.0.drop(self.1.take());
            }
        }
        let runtime = without_threads();
        let dropped = Arc::default();
        let _context = runtime.enter();
        let last = Last(DropPlace::here(), Some(Noted(Arc::clone(&dropped))));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _last = last;
            panic!("the first panic");
        }));
        assert_eq!(text(&*panicked.unwrap_err()), "the first panic");
        assert_eq!(dropped.lock().unwrap().len(), 1);
    }
}
