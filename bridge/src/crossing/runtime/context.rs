//! Entering a runtime's context, on threads of the host, too.

use std::cell::Cell;

use tokio::runtime::{EnterGuard, Handle};

use super::Workers;
use crate::crossing::guard::contain;
use crate::crossing::thread;

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
    /// Whether tokio's thread-locals are known to be there, so that entering needs no guard. Without
    /// a destructor, so that it can be asked to the very end.
    static ENTERABLE: Cell<bool> = const { Cell::new(false) };
    static END: End = const { End };
    /// Whether a drain has the default runtime's context entered, and no other was entered since.
    static IN_DEFAULT: Cell<bool> = const { Cell::new(false) };
    /// Whether signals are held back here, and which this thread takes when they are not.
    static HELD_BACK: Cell<bool> = const { Cell::new(false) };
    static TAKEN: Cell<Option<thread::Signals>> = const { Cell::new(None) };
}

/// Destroyed before tokio's thread-locals, since it is first used after them.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        ENTERABLE.set(false);
    }
}

/// Whether this thread is a worker of some runtime.
pub(crate) fn is_worker() -> bool {
    IS_WORKER.try_with(Cell::get).unwrap_or(false)
}

/// Makes this thread one.
pub(super) fn become_worker() {
    IS_WORKER.set(true);
}

/// tokio's context on this thread, as long as this lives.
pub(crate) type Entered<'a> = EnterGuard<'a>;

/// Whether this thread is within [`DrainContext`], so that the default runtime's context is entered.
#[inline]
pub(crate) fn in_default() -> bool {
    IN_DEFAULT.get()
}

/// The default runtime's context for the rest of a drain.
pub(crate) struct DrainContext {
    _entered: Option<Entered<'static>>,
    _signals: SignalsBack,
}

impl DrainContext {
    pub(crate) fn enter(workers: &'static Workers) -> Self {
        let entered = Self { _entered: workers.enter(), _signals: SignalsBack };
        IN_DEFAULT.set(true);
        entered
    }
}

impl Drop for DrainContext {
    fn drop(&mut self) {
        IN_DEFAULT.set(false);
    }
}

/// Within this, the context of another runtime counts.
pub(super) struct OutOfDefault(bool);

impl OutOfDefault {
    pub(super) fn new() -> Self {
        Self(IN_DEFAULT.replace(false))
    }
}

impl Drop for OutOfDefault {
    fn drop(&mut self) {
        IN_DEFAULT.set(self.0);
    }
}

/// Ends what [`hold_signals_back`] began, when dropped. Stands beside every context that is entered;
/// one type for both would cost each start of an operation the call of a destructor.
pub(crate) struct SignalsBack;

impl Drop for SignalsBack {
    #[inline]
    fn drop(&mut self) {
        let_signals_in();
    }
}

impl Workers {
    /// Whether a runtime's context can be entered here: not on a thread that is ending, the main
    /// thread included when static destructors run. Tokio's thread-locals are gone there, and it
    /// would say so by a panic.
    #[inline]
    pub(crate) fn can_enter(&self) -> bool {
        ENTERABLE.get() || self.try_enter()
    }

    #[cold]
    fn try_enter(&self) -> bool {
        let entered = contain(|| drop(self.enter())).is_ok();
        ENTERABLE.set(entered && END.try_with(|_| ()).is_ok());
        entered
    }

    /// Enters the runtime's context on this thread, for timers and blocking work, beside a
    /// [`SignalsBack`]; see [`Workers::can_enter`].
    #[inline]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        self.workers.first().map(|worker| worker.handle.enter())
    }

    /// Runs `body` with the context entered where it can be.
    pub(super) fn within<T>(&self, body: impl FnOnce() -> T) -> T {
        let _signals = SignalsBack;
        let _context = if self.can_enter() { self.enter() } else { None };
        body()
    }
}

/// A thread is about to be made here, which takes over what signals this one takes, and none is for
/// a thread of ours. So they are held back here until the context is left; one that comes meanwhile
/// goes to another thread of the host's, or waits.
///
/// Where no context is entered, nobody would let them in again: then the new thread blocks them as
/// the first thing it does.
pub(super) fn hold_signals_back() {
    if !HELD_BACK.get() && !thread::is_ours() && Handle::try_current().is_ok() {
        TAKEN.set(Some(thread::Signals::block()));
        HELD_BACK.set(true);
    }
}

/// Ends what [`hold_signals_back`] began: where a context is left, and before a thread sleeps in one.
#[inline]
pub(crate) fn let_signals_in() {
    if HELD_BACK.get() {
        restore_signals();
    }
}

#[cold]
fn restore_signals() {
    HELD_BACK.set(false);
    if let Some(signals) = TAKEN.take() {
        signals.restore();
    }
}
