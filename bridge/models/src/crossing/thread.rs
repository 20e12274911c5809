//! Threads of the library in the models, which have none but their own.

use super::options::Options;

/// The thread is a part of those models that call for its turns.
pub(crate) fn spawn(_: &Options, _: &str, _: impl FnOnce() + Send + 'static) -> Option<()> {
    Some(())
}

/// Which thread consumes is asked for handlers alone.
pub(crate) fn id() -> usize {
    1
}

pub(crate) fn elsewhere<T: Send>(_: impl FnOnce() -> T + Send) -> Option<T> {
    unreachable!("no thread of a model is ending")
}
