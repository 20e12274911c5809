//! Buffers that C++ lends to Rust, to read or to write into. Rust may drop one on any thread; what
//! releases it in C++ runs where C++ code belongs: in the drain of a queue.

use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tombolo::{Error, Result};

use super::abi::Completion;
use super::inbox::{Kind, Node};
use super::port::Port;
use super::{fork, metrics};

/// How a lent buffer is given back.
pub(crate) enum Home {
    /// In the next drain of this queue.
    Queue(Arc<Port>),
    /// At once on whatever thread drops it: its release only frees memory of our own types.
    Anywhere,
}

/// What was lent, and who releases it. Allocated when it is lent, so that giving it back cannot
/// fail.
///
/// # Invariants
/// `data` is valid for `len` bytes until `completion` is called or handed back.
pub(crate) struct Loan {
    node: Node,
    completion: NonNull<Completion>,
    data: NonNull<u8>,
    len: usize,
    home: Home,
}

// SAFETY: the memory is bound to no thread, and the completion is only handed back.
unsafe impl Send for Loan {}
// SAFETY: as above; shared, the memory is only read.
unsafe impl Sync for Loan {}

impl Loan {
    fn new(
        data: NonNull<u8>,
        len: usize,
        completion: NonNull<Completion>,
        home: Home,
    ) -> Box<Self> {
        metrics::LOANS.add(1);
        Box::new(Self { node: Node::new(Kind::Release), completion, data, len, home })
    }

    /// Has the buffer released, by the rule of its home.
    fn end(mut self: Box<Self>) {
        if fork::is_child() {
            std::mem::forget(self);
            return;
        }
        match std::mem::replace(&mut self.home, Home::Anywhere) {
            // SAFETY: this is the one call.
            Home::Anywhere => unsafe { Completion::call(self.completion) },
            Home::Queue(port) => {
                let loan = NonNull::from(Box::leak(self));
                // SAFETY: the node is in no inbox, and carries the box just leaked.
                unsafe { port.push(loan.byte_add(offset_of!(Loan, node)).cast()) };
            }
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        metrics::LOANS.remove(1);
    }
}

/// A buffer that is lent to be read. Holds its loan until it is dropped.
struct Lent(Option<Box<Loan>>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the loan's invariant; who lent it promised that nobody changes it.
        self.0
            .as_ref()
            .map_or(&[], |loan| unsafe { std::slice::from_raw_parts(loan.data.as_ptr(), loan.len) })
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Loan::end);
    }
}

/// A buffer of C++ as `Bytes`, without a copy; `completion` releases it.
///
/// # Safety
/// `data` is valid for `len` bytes and unchanged until `completion` is called.
pub(crate) unsafe fn lend(
    data: NonNull<u8>,
    len: usize,
    completion: NonNull<Completion>,
    home: Home,
) -> Bytes {
    Bytes::from_owner(Lent(Some(Loan::new(data, len, completion, home))))
}

/// Memory that C++ has lent to be written into, nobody else's until it is given back. An answer
/// gives it back by `From` of [`super::RawBuffer`]; dropped, it is released as C++ has asked for.
/// So whoever writes owns it, and no write can come after its release.
pub struct LentBuffer(pub(super) Option<Box<Loan>>);

impl std::fmt::Debug for LentBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = self.0.as_ref().map_or(0, |loan| loan.len);
        f.debug_struct("LentBuffer").field("len", &len).finish_non_exhaustive()
    }
}

impl AsMut<[u8]> for LentBuffer {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: the loan's invariant; nobody else touches the memory, and this borrows the only
        // way to it. Bytes that C++ has not set are foreign memory like the rest: what they hold is
        // not known, and no optimiser saw where they come from.
        self.0.as_mut().map_or(&mut [], |loan| unsafe {
            std::slice::from_raw_parts_mut(loan.data.as_ptr(), loan.len)
        })
    }
}

impl LentBuffer {
    /// Ends the loan without a release: the completion goes back to C++, whose the memory is again.
    pub(crate) fn take_back(mut self) -> Option<NonNull<Completion>> {
        self.0.take().map(|loan| loan.completion)
    }
}

impl Drop for LentBuffer {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Loan::end);
    }
}

/// Memory of C++ to write into; `completion` releases it unless it is taken back.
///
/// # Errors
/// `invalid_argument` for what is no memory.
///
/// # Safety
/// `data` is valid for `len` bytes, and nobody else touches them until `completion` is called or
/// taken back.
pub(crate) unsafe fn lend_mut(
    data: *mut u8,
    len: usize,
    completion: *mut Completion,
    home: Home,
) -> Result<LentBuffer> {
    let data = if len == 0 { Some(NonNull::dangling()) } else { NonNull::new(data) };
    let (Some(data), Some(completion)) = (data, NonNull::new(completion)) else {
        return Err(Error::invalid_argument("buffer", "it is null"));
    };
    if isize::try_from(len).is_err() {
        let why = format!("a size of {len} is more than memory can have");
        return Err(Error::invalid_argument("buffer", why));
    }
    Ok(LentBuffer(Some(Loan::new(data, len, completion, home))))
}

/// Takes the release out of its node.
///
/// # Safety
/// `node` is the node of a lent buffer that has come free, taken from an inbox.
pub(crate) unsafe fn from_node(node: NonNull<Node>) -> NonNull<Completion> {
    // SAFETY: the node lies at this offset within its box, which was leaked for the inbox.
    let loan =
        unsafe { Box::from_raw(node.byte_sub(offset_of!(Loan, node)).cast::<Loan>().as_ptr()) };
    loan.completion
}

struct Orphan(NonNull<Completion>);
// SAFETY: only handed back.
unsafe impl Send for Orphan {}

/// Buffers that came free after their queue was gone; the next drain of any queue releases them.
static ORPHANS: Mutex<Vec<Orphan>> = Mutex::new(Vec::new());
/// Whether there may be some, so that a drain without any takes no lock. Changed under it.
static SOME: AtomicBool = AtomicBool::new(false);

fn orphans() -> MutexGuard<'static, Vec<Orphan>> {
    ORPHANS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a release whose queue is gone.
///
/// # Safety
/// As [`from_node`].
pub(crate) unsafe fn orphan(node: NonNull<Node>) {
    // SAFETY: handed on from the caller.
    let completion = unsafe { from_node(node) };
    let mut orphans = orphans();
    orphans.push(Orphan(completion));
    SOME.store(true, Ordering::Release);
}

/// Whether there may be a release whose queue is gone.
pub(crate) fn has_orphans() -> bool {
    SOME.load(Ordering::Acquire)
}

/// How many releases have no queue any more; none in a forked child, where the lock may be held by a
/// thread that does not exist there.
pub(crate) fn orphaned() -> usize {
    if fork::is_child() || !has_orphans() { 0 } else { orphans().len() }
}

/// A release whose queue is gone, if there is one.
pub(crate) fn take_orphan() -> Option<NonNull<Completion>> {
    if !has_orphans() {
        return None;
    }
    let mut orphans = orphans();
    let orphan = orphans.pop();
    SOME.store(!orphans.is_empty(), Ordering::Release);
    orphan.map(|orphan| orphan.0)
}
