//! What an operation is told beside its arguments, and when: with each poll, by [`tombolo::Call`].

use std::sync::Arc;

use tombolo::{Call, CallOptions, Result};

use super::SlotRef;
use crate::crossing::clock;

impl SlotRef {
    /// Changes what is asked of it. Before the start; one that was answered already is left alone.
    ///
    /// # Errors
    /// What `change` says.
    pub(crate) fn ask(&self, change: impl FnOnce(&mut CallOptions) -> Result<()>) -> Result<()> {
        if self.slot().state.is_started() || self.is_done() {
            return Ok(());
        }
        // SAFETY: not started, so it is its creator's, who calls this.
        let body = unsafe { self.slot().body() };
        let mut options = body.asked.take().map_or_else(CallOptions::default, |asked| {
            Arc::try_unwrap(asked).unwrap_or_else(|shared| CallOptions::clone(&shared))
        });
        change(&mut options)?;
        options.check()?;
        body.asked = Some(Arc::new(options));
        // The shortest way tells nothing.
        body.plain = false;
        Ok(())
    }

    /// One poll by the holder of RUNNING, for the call that the operation is. True if it is done now.
    #[inline]
    pub(super) fn poll_for_its_call(&self) -> bool {
        self.call().enter(|| self.poll_once())
    }

    /// The same before it stands in the table of deadlines, where most have nothing to be told.
    #[inline]
    pub(super) fn poll_first(&self) -> bool {
        // SAFETY: we hold RUNNING.
        match unsafe { self.slot().body() }.asked {
            None => self.poll_once(),
            Some(_) => self.poll_for_its_call(),
        }
    }

    #[inline]
    fn call(&self) -> Call {
        // SAFETY: the holder of RUNNING calls this.
        let body = unsafe { self.slot().body() };
        let call = Call::shared(body.asked.clone());
        match body.deadline {
            0 => call,
            deadline => call.until(clock::at(deadline)),
        }
    }
}
