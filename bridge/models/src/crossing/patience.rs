//! Nobody looks again in the models: whether a thread sleeps is for loom to say.

use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Patience;

impl Patience {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) fn look(&self, _: Duration, _: impl Fn() -> bool) -> bool {
        false
    }
}
