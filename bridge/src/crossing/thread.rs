//! Threads of ours inside a host's process.

mod join;

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;

pub(crate) use join::{Joinable, join_all};

use super::options::{Options, ThreadHook};

/// Starts a thread of the runtime, with every signal blocked, since signals are the host's. `None`
/// if the system has no thread to give.
pub(crate) fn spawn(
    options: &Options,
    name: &str,
    body: impl FnOnce() + Send + 'static,
) -> Option<Joinable> {
    let _blocked = SignalsBlocked::new();
    let mut builder = Builder::new().name(format!("{}-{name}", options.thread_name));
    if options.stack_size > 0 {
        builder = builder.stack_size(options.stack_size);
    }
    let hook = options.on_thread_start.clone();
    let body = move || {
        IS_OURS.set(true);
        hook.iter().for_each(ThreadHook::run);
        drop(hook);
        body();
    };
    builder.spawn(body).ok().map(Joinable::new)
}

thread_local! {
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is a thread of a runtime or of deadlines: one that others wait for.
pub(crate) fn is_ours() -> bool {
    IS_OURS.get()
}

/// Makes a thread that tokio has made one of ours: no signal comes to it.
pub(crate) fn become_ours() {
    IS_OURS.set(true);
    Signals::block();
}

/// A number of this thread that no other has, before or after it; 0 on one whose locals are gone.
pub(crate) fn id() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    thread_local! {
        static ID: Cell<usize> = const { Cell::new(0) };
    }
    let number = |id: &Cell<usize>| {
        if id.get() == 0 {
            id.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        id.get()
    };
    ID.try_with(number).unwrap_or(0)
}

/// Runs `body` on a thread of its own and waits for it: for a thread that is ending, whose
/// thread-locals are gone. `None` if the system has no thread to give.
#[cold]
pub(crate) fn elsewhere<T: Send>(body: impl FnOnce() -> T + Send) -> Option<T> {
    let _blocked = SignalsBlocked::new();
    std::thread::scope(|scope| {
        let builder = Builder::new().name("tombolo-late".to_owned());
        builder.spawn_scoped(scope, body).ok()?.join().ok()
    })
}

/// The signals that a thread takes.
#[derive(Clone, Copy)]
pub(crate) struct Signals(libc::sigset_t);

impl Signals {
    /// Blocks all of them on this thread; those it took before.
    pub(crate) fn block() -> Self {
        let mut all = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: both sets are valid for writing; these calls fail only for bad arguments.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
            Self(before.assume_init())
        }
    }

    /// This thread takes these.
    pub(crate) fn restore(self) {
        // SAFETY: the set is one that a thread had before.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut())
        };
    }
}

/// Blocks all signals on this thread, whose new threads inherit that, until dropped.
struct SignalsBlocked(Signals);

impl SignalsBlocked {
    fn new() -> Self {
        Self(Signals::block())
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        self.0.restore();
    }
}
