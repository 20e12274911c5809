//! Entering a runtime's context, on threads of the host, too.

use std::cell::Cell;

use tokio::runtime::EnterGuard;

use super::Workers;
use crate::crossing::guard::contain;
use crate::crossing::thread;

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
    /// Whether tokio's thread-locals are known to be there, so that entering needs no guard. Without
    /// a destructor, so that it can be asked to the very end.
    static ENTERABLE: Cell<bool> = const { Cell::new(false) };
    static END: End = const { End };
    /// How many contexts are entered here, and in [`HELD_BACK`] whether signals are held back.
    static ENTERED: Cell<u32> = const { Cell::new(0) };
    /// The signals that this thread takes, while they are held back.
    static TAKEN: Cell<Option<thread::Signals>> = const { Cell::new(None) };
}

const HELD_BACK: u32 = 1 << 31;

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
pub(crate) struct Entered<'a>(#[expect(dead_code, reason = "held to be dropped")] EnterGuard<'a>);

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        let entered = ENTERED.get() - 1;
        ENTERED.set(entered);
        if entered & HELD_BACK != 0 {
            let_signals_in();
        }
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

    /// Enters the runtime's context on this thread, for timers and blocking work; see
    /// [`Workers::can_enter`].
    #[inline]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        let worker = self.workers.first()?;
        let entered = worker.handle.enter();
        ENTERED.set(ENTERED.get() + 1);
        Some(Entered(entered))
    }

    /// Runs `body` with the context entered where it can be.
    pub(super) fn within<T>(&self, body: impl FnOnce() -> T) -> T {
        let _context = if self.can_enter() { self.enter() } else { None };
        body()
    }
}

/// A thread is about to be made here, which takes over what signals this one takes, and none is for
/// a thread of ours. So they are held back here until the context is left; one that comes meanwhile
/// goes to another thread of the host's, or waits.
///
/// Where no context of ours is entered, nobody would let them in again: then the new thread blocks
/// them as the first thing it does.
pub(super) fn hold_signals_back() {
    let entered = ENTERED.get();
    if entered != 0 && entered & HELD_BACK == 0 && !thread::is_ours() {
        TAKEN.set(Some(thread::Signals::block()));
        ENTERED.set(entered | HELD_BACK);
    }
}

/// Ends what [`hold_signals_back`] began. For a thread that is about to sleep within a context.
pub(crate) fn let_signals_in() {
    if let Some(signals) = TAKEN.take() {
        ENTERED.set(ENTERED.get() & !HELD_BACK);
        signals.restore();
    }
}
