//! Buffers that C++ lends to Rust. Rust may drop one on any thread; what releases it in C++ runs
//! where C++ code belongs: in the drain of a queue.

use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::abi::Completion;
use super::fork;
use super::inbox::{Kind, Node};
use super::port::Port;

/// How a lent buffer is given back.
pub(crate) enum Home {
    /// In the next drain of this queue.
    Queue(Arc<Port>),
    /// At once on whatever thread drops it: its release only frees memory of our own types.
    Anywhere,
}

struct Release {
    node: Node,
    completion: NonNull<Completion>,
}

struct Lent {
    data: *const u8,
    len: usize,
    /// Allocated when it is lent, so that giving it back cannot fail.
    release: Option<Box<Release>>,
    home: Home,
}

// SAFETY: the view is immutable, and the completion is only handed back.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: who lent the buffer promised it valid until `release` is called.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(release) = self.release.take() else { return };
        if fork::is_child() {
            std::mem::forget(release);
            return;
        }
        match &self.home {
            // SAFETY: this is the one call.
            Home::Anywhere => unsafe { Completion::call(release.completion) },
            Home::Queue(port) => {
                let release = NonNull::from(Box::leak(release));
                // SAFETY: the node is in no inbox, and carries the box just leaked.
                unsafe { port.push(release.byte_add(offset_of!(Release, node)).cast()) };
            }
        }
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
    let release = Some(Box::new(Release { node: Node::new(Kind::Release), completion }));
    Bytes::from_owner(Lent { data: data.as_ptr(), len, release, home })
}

/// Takes the release out of its node.
///
/// # Safety
/// `node` is the node of a lent buffer that has come free, taken from an inbox.
pub(crate) unsafe fn from_node(node: NonNull<Node>) -> NonNull<Completion> {
    // SAFETY: the node lies at this offset within its box, which was leaked for the inbox.
    let release = unsafe {
        Box::from_raw(node.byte_sub(offset_of!(Release, node)).cast::<Release>().as_ptr())
    };
    release.completion
}

struct Orphan(NonNull<Completion>);
// SAFETY: only handed back.
unsafe impl Send for Orphan {}

/// Buffers that came free after their queue was gone; the next drain of any queue releases them.
static ORPHANS: Mutex<Vec<Orphan>> = Mutex::new(Vec::new());

/// Keeps a release whose queue is gone.
///
/// # Safety
/// As [`from_node`].
pub(crate) unsafe fn orphan(node: NonNull<Node>) {
    // SAFETY: handed on from the caller.
    let completion = unsafe { from_node(node) };
    ORPHANS.lock().unwrap_or_else(PoisonError::into_inner).push(Orphan(completion));
}

/// A release whose queue is gone, if there is one.
pub(crate) fn take_orphan() -> Option<NonNull<Completion>> {
    ORPHANS.lock().unwrap_or_else(PoisonError::into_inner).pop().map(|orphan| orphan.0)
}
