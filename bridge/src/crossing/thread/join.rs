//! Waiting for the end of threads, but not for long.

use std::os::unix::thread::JoinHandleExt;
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

/// A thread that is to be joined; detached when dropped.
pub(crate) struct Joinable(Option<libc::pthread_t>);

impl Joinable {
    pub(super) fn new(handle: JoinHandle<()>) -> Self {
        Self(Some(handle.into_pthread_t()))
    }

    /// Whether the thread has ended, to its last thread-local. It is joined then.
    fn has_ended(&mut self) -> bool {
        let Some(thread) = self.0 else { return true };
        // SAFETY: neither joined nor detached so far, or `self` would hold nothing.
        let joined = unsafe { libc::pthread_tryjoin_np(thread, std::ptr::null_mut()) } == 0;
        if joined {
            self.0 = None;
        }
        joined
    }
}

impl Drop for Joinable {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // SAFETY: as in `has_ended`.
            unsafe { libc::pthread_detach(thread) };
        }
    }
}

/// Waits until all have ended or `bound` has passed.
pub(crate) fn join_all(threads: impl Iterator<Item = Joinable>, bound: Duration) {
    const SHORTEST: Duration = Duration::from_micros(20);
    const LONGEST: Duration = Duration::from_millis(1);
    // glibc's timed join goes by the time of day, which may be set back meanwhile.
    let end = Instant::now() + bound;
    for mut thread in threads {
        let mut pause = SHORTEST;
        while !thread.has_ended() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST);
        }
    }
}
