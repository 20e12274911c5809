//! The models lend no buffers.

use std::ptr::NonNull;

use super::abi::Completion;
use super::inbox::Node;

pub(crate) unsafe fn from_node(_: NonNull<Node>) -> NonNull<Completion> {
    unreachable!("nothing is lent")
}

pub(crate) unsafe fn orphan(_: NonNull<Node>) {
    unreachable!("nothing is lent")
}

pub(crate) fn has_orphans() -> bool {
    false
}

pub(crate) fn take_orphan() -> Option<NonNull<Completion>> {
    None
}
