//! The span of an operation that is being polled, which is made when something asks for it: an event,
//! a span within it, or who wants to know the current one. Most operations are never asked.

use std::cell::Cell;
use std::ptr::NonNull;

use super::spans;
use super::trace::Trace;
use crate::crossing::operation::Spec;

/// An operation that is polled on this thread.
struct Polled {
    spec: Spec,
    /// Of whoever polls it, who does not touch it meanwhile.
    trace: NonNull<Trace>,
    /// How many spans this thread was in when the poll began.
    depth: usize,
    asked: Cell<bool>,
}

thread_local! {
    /// The innermost one. Without a destructor, so that it can be asked to the very end.
    static POLLED: Cell<Option<NonNull<Polled>>> = const { Cell::new(None) };
}

/// Ends what was begun, however `body` ends.
struct End<'a> {
    polled: &'a Polled,
    outer: Option<NonNull<Polled>>,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        POLLED.set(self.outer);
        if self.polled.asked.get() {
            // SAFETY: `in_operation` has borrowed it, and lends it to nobody any more.
            let id = unsafe { self.polled.trace.as_ref() }.id();
            id.inspect(spans::exit);
        }
    }
}

/// Runs `body` in the span of an operation that has none yet.
pub(super) fn in_operation<T>(spec: Spec, trace: &mut Trace, body: impl FnOnce() -> T) -> T {
    let depth = spans::depth();
    let polled = Polled { spec, trace: NonNull::from(trace), depth, asked: Cell::new(false) };
    let _end = End { polled: &polled, outer: POLLED.replace(Some(NonNull::from(&polled))) };
    body()
}

/// Makes the span of the operation that is polled here, and enters it, unless this thread has
/// entered another one since.
pub(super) fn ask() {
    let Some(polled) = POLLED.get() else { return };
    // SAFETY: `in_operation` is further up this thread's stack, and takes it back when it returns.
    let polled = unsafe { polled.as_ref() };
    if spans::depth() != polled.depth || polled.asked.replace(true) {
        return;
    }
    let mut trace = polled.trace;
    // SAFETY: borrowed by `in_operation`, and nobody else asks, since it was marked above.
    let id = unsafe { trace.as_mut() }.begin(polled.spec).and_then(|span| span.id());
    id.as_ref().inspect(|id| spans::enter(id));
}
