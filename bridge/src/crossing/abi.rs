//! What both languages lay out alike. Its other half is `cpp/include/tombolo/detail/abi.hpp`;
//! `cpp/src/abi.cpp` asserts the layout there, the tests below assert it here.

use std::cell::UnsafeCell;
use std::ptr::NonNull;

use cxx::{ExternType, type_id};

use super::handler::Waiting;
use super::lent::Loan;
use super::runtime::Own;
use super::slot::Slot;
use super::stream::StreamHandle;

/// An operation on its way through the seam: one reference to its slot, owned.
///
/// C++ receives it from a bridge function and wraps it at once.
#[repr(transparent)]
#[derive(Debug)]
pub struct Ticket(pub(crate) NonNull<Slot>);

/// What C++ wants to be called when an operation has completed. Allocated, embedded in a coroutine
/// frame, whatever C++ likes: Rust only ever hands it back, or calls `run`.
#[repr(C)]
#[derive(Debug)]
pub struct Completion {
    run: unsafe extern "C" fn(*mut Completion),
}

impl Completion {
    /// # Safety
    /// `this` is valid, and this is its one call.
    pub(crate) unsafe fn call(this: NonNull<Self>) {
        // SAFETY: the caller's promise; `run` is `noexcept` on the C++ side.
        unsafe { (this.as_ref().run)(this.as_ptr()) };
    }
}

/// A `bytes::Bytes` in the hands of C++: the view, and the owner in four opaque words.
///
/// # Invariants
/// Either all words and `data` are null, and it is empty, or the words hold a `Bytes` that contains
/// the view. A `Bytes` may change its words, atomically, when it is cloned: hence the cell.
#[repr(C)]
#[derive(Debug)]
pub struct RawBytes {
    pub(crate) data: *const u8,
    pub(crate) len: usize,
    pub(crate) owner: UnsafeCell<[*mut (); 4]>,
}

// SAFETY: `Bytes` may be sent and shared, and the view is immutable.
unsafe impl Send for RawBytes {}
// SAFETY: as above.
unsafe impl Sync for RawBytes {}

/// A [`super::LentBuffer`] on its way through the seam, owned. Null is none: C++ makes one for a
/// bridge function to fill.
#[repr(transparent)]
#[derive(Debug)]
pub struct RawBuffer(pub(crate) *mut Loan);

/// A [`tombolo::Error`] in the hands of C++. A [`tombolo::PlainError`] is there as it is, so that C++
/// reads, copies and drops it by itself; another is a pointer, which owns it.
///
/// # Invariants
/// `code`, `kind` and `effect` are the numbers of the error's. `data` is null, and there is none, or
/// with `DETAILED` it is a [`tombolo::DetailedError`], which is transparent over a pointer; without, the text of
/// `len` bytes lives as long as the process.
#[repr(C)]
#[derive(Debug)]
pub struct RawError {
    pub(crate) data: *const (),
    pub(crate) len: u32,
    pub(crate) code: u8,
    pub(crate) kind: u8,
    pub(crate) effect: u8,
    pub(crate) flags: u8,
}

impl RawError {
    pub(crate) const RETRYABLE: u8 = 1;
    /// `data` is a `DetailedError`.
    pub(crate) const DETAILED: u8 = 2;
}

/// A handler on its way through the seam, owned. Null is none.
#[repr(transparent)]
#[derive(Debug)]
pub struct RawHandler(pub(crate) *const Waiting);

/// A runtime in the hands of C++, or on its way through the seam: one hold on it. Null is the default
/// one.
#[repr(transparent)]
#[derive(Debug)]
pub struct RawRuntime(pub(crate) *const Own);

/// A call of a handler in the hands of C++: one hold on it, in two opaque words. Null is none.
#[repr(transparent)]
#[derive(Debug)]
pub struct RawCall(pub(crate) [*mut (); 2]);

/// A stream on its way through the seam, owned. Null is none: C++ makes one for a bridge function
/// to fill.
#[repr(transparent)]
#[derive(Debug)]
pub struct StreamTicket(pub(crate) *mut StreamHandle);

// SAFETY: a pointer on both sides, moved by copying it.
unsafe impl ExternType for Ticket {
    type Id = type_id!("tombolo::Ticket");
    type Kind = cxx::kind::Trivial;
}
// SAFETY: as above.
unsafe impl ExternType for StreamTicket {
    type Id = type_id!("tombolo::StreamTicket");
    type Kind = cxx::kind::Trivial;
}
// SAFETY: only ever used behind a pointer.
unsafe impl ExternType for Completion {
    type Id = type_id!("tombolo::detail::Completion");
    type Kind = cxx::kind::Opaque;
}
// SAFETY: the future and the value of a slot are `Send`, and its state word hands them over. Not
// `Sync`: who takes the value holds the ticket alone.
unsafe impl Send for Ticket {}
// SAFETY: what a handler, a call and a runtime point to is `Send` and `Sync` by its type, here and below.
unsafe impl Send for RawHandler {}
// SAFETY: as above.
unsafe impl Sync for RawHandler {}
// SAFETY: as above.
unsafe impl Send for RawCall {}
// SAFETY: as above.
unsafe impl Sync for RawCall {}
// SAFETY: as above.
unsafe impl Send for RawRuntime {}
// SAFETY: as above.
unsafe impl Sync for RawRuntime {}
// SAFETY: a stream handle is `Send` and `Sync` by its type.
unsafe impl Send for StreamTicket {}
// SAFETY: as above.
unsafe impl Sync for StreamTicket {}

// SAFETY: plain words on both sides, moved by copying them.
unsafe impl ExternType for RawBytes {
    type Id = type_id!("tombolo::RawBytes");
    type Kind = cxx::kind::Trivial;
}
// SAFETY: a pointer on both sides, moved by copying it.
unsafe impl ExternType for RawBuffer {
    type Id = type_id!("tombolo::RawBuffer");
    type Kind = cxx::kind::Trivial;
}
// SAFETY: as above.
unsafe impl ExternType for RawHandler {
    type Id = type_id!("tombolo::RawHandler");
    type Kind = cxx::kind::Trivial;
}
// SAFETY: as above.
unsafe impl ExternType for RawRuntime {
    type Id = type_id!("tombolo::RawRuntime");
    type Kind = cxx::kind::Trivial;
}
// SAFETY: plain words on both sides, moved by copying them.
unsafe impl ExternType for RawCall {
    type Id = type_id!("tombolo::RawCall");
    type Kind = cxx::kind::Trivial;
}
// SAFETY: plain words on both sides, moved by copying them.
unsafe impl ExternType for RawError {
    type Id = type_id!("tombolo::detail::RawError");
    type Kind = cxx::kind::Trivial;
}

const _: () = {
    assert!(size_of::<Ticket>() == 8, "change struct Ticket in abi.hpp");
    assert!(size_of::<StreamTicket>() == 8, "change struct StreamTicket in abi.hpp");
    assert!(size_of::<RawBytes>() == 48, "change RawBytes in abi.hpp");
    assert!(size_of::<RawBuffer>() == 8, "change RawBuffer in abi.hpp");
    assert!(size_of::<RawHandler>() == 8, "change RawHandler in abi.hpp");
    assert!(size_of::<RawRuntime>() == 8, "change RawRuntime in abi.hpp");
    assert!(size_of::<RawCall>() == 16, "change RawCall in abi.hpp");
    assert!(size_of::<RawError>() == 16, "change RawError in abi.hpp");
    assert!(std::mem::offset_of!(RawError, len) == 8, "change RawError in abi.hpp");
    assert!(std::mem::offset_of!(RawError, code) == 12, "change RawError in abi.hpp");
    assert!(std::mem::offset_of!(RawError, flags) == 15, "change RawError in abi.hpp");
    assert!(size_of::<Completion>() == 8, "change Completion in abi.hpp");
};
