//! The counter of a queue that a service's own loop watches.

use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::{AsRawFd, OwnedFd};
use tombolo::{Error, ErrorCode, Result};

use super::{fork, metrics};

/// An eventfd: readable while signals were made and not read.
#[derive(Debug)]
pub(crate) struct Eventfd(OwnedFd);

impl Eventfd {
    /// # Errors
    /// `resource_exhausted` if there is no descriptor left.
    pub(crate) fn new() -> Result<Self> {
        match eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK) {
            Ok(fd) => Ok(Self(fd)),
            Err(errno) => {
                let message = "the queue's eventfd could not be created";
                Err(Error::new(ErrorCode::ResourceExhausted, message)
                    .with_service_status(errno.raw_os_error().unsigned_abs())
                    .with_cause(errno))
            }
        }
    }

    pub(crate) fn raw(&self) -> i32 {
        self.0.as_raw_fd()
    }

    /// Adds a signal, never in a forked child, which shares the counter with its parent.
    pub(crate) fn signal(&self) {
        if !fork::is_child() {
            metrics::woken();
            // It can only fail when the counter is at its maximum of 2^64 - 2, and then it is
            // readable.
            let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
        }
    }

    /// Reads the signals that were made since the last read.
    pub(crate) fn read(&self) -> u64 {
        let mut count = [0; 8];
        match rustix::io::read(&self.0, &mut count) {
            Ok(_) => u64::from_ne_bytes(count),
            Err(_) => 0, // nothing to read yet
        }
    }

    /// Blocks until it is readable or `timeout` has passed; false after the latter.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let timeout = Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        let ready = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout));
        ready.is_ok_and(|count| count > 0)
    }
}
