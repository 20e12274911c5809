//! Models do not fork.

use tombolo::Error;

pub(crate) fn is_child() -> bool {
    false
}

pub(crate) fn error() -> Error {
    unreachable!("no model forks")
}
