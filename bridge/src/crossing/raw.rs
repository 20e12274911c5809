//! Where the handles of bridges become raw pointers and back, so that no bridge has to.
//! `check-layers` names the few other files of the crossing that may.

use std::mem::{ManuallyDrop, transmute};
use std::sync::Arc;

use tombolo::{Error, Result};

use super::abi::{RawBuffer, RawCall, RawError, RawHandler, RawRuntime, StreamTicket, Ticket};
use super::fork;
use super::guard;
use super::handler::{Call, Handler, Waiting};
use super::lent::LentBuffer;
use super::runtime::{self, Own, Runtime};
use super::stream::StreamHandle;

/// The body of a synchronous bridge function that makes a handle: the handle for
/// `rust::Box::from_raw`, or null and the error in `out`.
pub fn sync<T>(out: &mut RawError, body: impl FnOnce() -> Result<T>) -> *mut T {
    let made = guard::entry(body);
    runtime::let_signals_in(); // should the core have entered a context by itself
    match made {
        Ok(handle) => Box::into_raw(Box::new(handle)),
        Err(error) => {
            *out = RawError::from(error);
            std::ptr::null_mut()
        }
    }
}

/// The handle, for `free`; null for none.
pub(crate) fn optional<T>(handle: Option<T>) -> *mut T {
    handle.map_or(std::ptr::null_mut(), |handle| Box::into_raw(Box::new(handle)))
}

/// Frees a handle made by [`sync`] or [`optional`]; in a forked child it is leaked.
///
/// # Safety
/// `handle` came from one of these and is not used again, or is null.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() && !fork::is_child() {
        // SAFETY: handed on from the caller.
        let handle = unsafe { Box::from_raw(handle) };
        runtime::within(|| guard::contained_drop(handle));
    }
}

impl Ticket {
    /// Moves the value out as a handle for `rust::Box::from_raw`, or null if it is not a `T`.
    #[must_use]
    pub fn take_handle<T: Send + 'static>(&self) -> *mut T {
        self.take::<T>().map_or(std::ptr::null_mut(), |value| Box::into_raw(Box::new(value)))
    }
}

impl StreamHandle {
    pub(crate) fn into_ticket(self) -> StreamTicket {
        StreamTicket(Box::into_raw(Box::new(self)))
    }
}

impl StreamTicket {
    pub(crate) fn handle(&self) -> Option<&StreamHandle> {
        // SAFETY: a ticket owns its handle or is null.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for StreamTicket {
    fn drop(&mut self) {
        // SAFETY: a ticket owns its handle, made by `into_ticket`, or is null.
        unsafe { free(self.0) };
    }
}

impl RawBuffer {
    pub(crate) const NONE: Self = Self(std::ptr::null_mut());

    /// The buffer, moved into Rust; an empty one for none. For the bodies of bridge functions that
    /// take a buffer.
    #[must_use]
    pub fn into_buffer(mut self) -> LentBuffer {
        let loan = std::mem::replace(&mut self.0, std::ptr::null_mut());
        // SAFETY: a pointer that is not null came from `Box::into_raw` below, and is ours.
        LentBuffer((!loan.is_null()).then(|| unsafe { Box::from_raw(loan) }))
    }
}

impl From<LentBuffer> for RawBuffer {
    fn from(mut buffer: LentBuffer) -> Self {
        Self(buffer.0.take().map_or(std::ptr::null_mut(), Box::into_raw))
    }
}

impl Drop for RawBuffer {
    fn drop(&mut self) {
        if !self.0.is_null() {
            guard::contained_drop(std::mem::replace(self, Self::NONE).into_buffer());
        }
    }
}

impl RawHandler {
    pub(crate) const NONE: Self = Self(std::ptr::null());

    fn waiting(&self) -> Option<ManuallyDrop<Arc<Waiting>>> {
        // SAFETY: a pointer that is not null came from `Arc::into_raw` below; it is only borrowed.
        (!self.0.is_null()).then(|| ManuallyDrop::new(unsafe { Arc::from_raw(self.0) }))
    }

    /// Another one for the same handler.
    pub(crate) fn share(&self) -> Self {
        self.waiting().map_or(Self::NONE, |waiting| Arc::clone(&waiting).into())
    }

    /// The handler, moved into Rust. For the bodies of bridge functions that take one. That C++
    /// takes a `Q` and answers an `A` shows when it is called.
    ///
    /// # Errors
    /// `invalid_argument` for none.
    pub fn into_handler<Q, A>(self) -> Result<Handler<Q, A>>
    where
        Q: Send + 'static,
        A: Send + 'static,
    {
        let none =
            || Error::invalid_argument("handler", "it was not created, or moved from before");
        self.waiting().map(|waiting| Handler::new(Arc::clone(&waiting))).ok_or_else(none)
    }
}

impl From<Arc<Waiting>> for RawHandler {
    fn from(waiting: Arc<Waiting>) -> Self {
        Self(Arc::into_raw(waiting))
    }
}

impl Drop for RawHandler {
    fn drop(&mut self) {
        if fork::is_child() {
            return;
        }
        let waiting = self.waiting();
        self.0 = std::ptr::null();
        guard::contained_drop(waiting.map(ManuallyDrop::into_inner));
    }
}

impl RawRuntime {
    fn runtime(&self) -> ManuallyDrop<Runtime> {
        // SAFETY: a pointer that is not null came from `Arc::into_raw` below; it is only borrowed.
        let own = (!self.0.is_null()).then(|| unsafe { Arc::from_raw(self.0) });
        ManuallyDrop::new(Runtime(own))
    }

    /// The runtime, shared with Rust. For the bodies of bridge functions that are given one.
    #[must_use]
    pub fn share(&self) -> Runtime {
        Runtime::clone(&self.runtime())
    }
}

impl From<Runtime> for RawRuntime {
    fn from(runtime: Runtime) -> Self {
        Self(runtime.0.map_or(std::ptr::null(), Arc::<Own>::into_raw))
    }
}

impl Drop for RawRuntime {
    fn drop(&mut self) {
        let runtime = self.runtime();
        self.0 = std::ptr::null();
        if !fork::is_child() {
            guard::contained_drop(ManuallyDrop::into_inner(runtime));
        }
    }
}

const NO_CALL: [*mut (); 2] = [std::ptr::null_mut(); 2];

impl RawCall {
    pub(crate) const NONE: Self = Self(NO_CALL);

    pub(crate) fn call(&self) -> Option<&Call> {
        // SAFETY: words that are not null are a `Call`, of the same size and layout.
        (self.0 != NO_CALL).then(|| unsafe { &*std::ptr::from_ref(&self.0).cast::<Call>() })
    }
}

impl From<Call> for RawCall {
    fn from(call: Call) -> Self {
        // SAFETY: two words, as the compiler checks here; any value is a valid raw pointer.
        Self(unsafe { transmute::<Call, [*mut (); 2]>(call) })
    }
}

impl Drop for RawCall {
    fn drop(&mut self) {
        let words = std::mem::replace(&mut self.0, NO_CALL);
        if words != NO_CALL && !fork::is_child() {
            // SAFETY: the words were a `Call` that was forgotten, and are not used again.
            guard::contained_drop(unsafe { transmute::<[*mut (); 2], Call>(words) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossing::panics_contained;

    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any("dropped")
        }
    }

    #[test]
    fn a_handle_that_panics_when_freed_is_contained() {
        let mut error = RawError::NONE;
        let handle = sync(&mut error, || Ok(Bomb));
        assert!(error.into_error().is_none() && !handle.is_null());
        let before = panics_contained();
        // SAFETY: made in the lines above, and not used again.
        unsafe { free(handle) };
        // At least, since other tests of this program run meanwhile.
        assert!(panics_contained() > before, "the panic was not counted");
    }
}
