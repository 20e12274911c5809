//! Every system call of the folder store, and nothing else: the one place that tests observe and
//! disturb (see [`Hook`]), that knows the fallbacks, and where `io_uring` could come in.

mod dirs;
mod features;
mod files;
mod hook;
mod open;

use std::sync::Arc;

use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::{self, Errno};

use super::kept::Kept;

pub(super) use dirs::Kind;
pub use features::Features;
pub(super) use files::LinkBy;
pub use hook::{Hook, Step};

/// The system calls, with what this kernel and file system can do.
pub(super) struct Sys {
    pub(super) features: Features,
    /// The files that stay open as long as no descriptor is wanting.
    pub(super) kept: Kept,
    hook: Option<Arc<dyn Hook>>,
}

impl Sys {
    pub(super) fn new(features: Features, hook: Option<Arc<dyn Hook>>) -> Self {
        Self { features, kept: Kept::new(0), hook }
    }

    /// Opens something; where no descriptor is left, once more after the files that were kept open
    /// have been closed.
    pub(super) fn with_room<T>(&self, open: impl Fn() -> io::Result<T>) -> io::Result<T> {
        match open() {
            // Also where nothing is kept: another thread may have let go of all just now.
            Err(Errno::MFILE | Errno::NFILE) => {
                self.kept.clear();
                open()
            }
            answer => answer,
        }
    }

    /// Tells the hook of what comes next; a test may answer with an error in its place.
    fn step(&self, step: Step, name: &str) -> io::Result<()> {
        match &self.hook {
            None => Ok(()),
            Some(hook) => hook.before(step, name),
        }
    }

    /// The same for a step on a descriptor, which the hook gets to know by its path.
    fn step_on(&self, step: Step, fd: BorrowedFd<'_>) -> io::Result<()> {
        if self.hook.is_none() {
            return Ok(());
        }
        let path = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd()));
        self.step(step, &path.unwrap_or_default().to_string_lossy())
    }
}
