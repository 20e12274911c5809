//! The clock of deadlines: the system's, but for a program of tests, which can hold it.
//!
//! Without the feature `held-clock` this costs nothing.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[cfg(feature = "held-clock")]
pub(crate) use super::held_clock::{is_held, now};

/// The time on the monotonic clock.
#[cfg(not(feature = "held-clock"))]
#[inline(always)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Whether a test holds the clock.
#[cfg(not(feature = "held-clock"))]
#[inline(always)]
pub(crate) const fn is_held() -> bool {
    false
}

/// A moment on both clocks, from which nanoseconds are counted here.
struct Epoch {
    moment: Instant,
    #[cfg(not(feature = "held-clock"))]
    kernel: kernel::Epoch,
}

fn epoch() -> &'static Epoch {
    static EPOCH: OnceLock<Epoch> = OnceLock::new();
    EPOCH.get_or_init(|| Epoch {
        #[cfg(not(feature = "held-clock"))]
        kernel: kernel::Epoch::now(), // before the other, so that it is never behind
        moment: now(),
    })
}

/// The nanoseconds at a moment, counted from the first call of this.
#[inline]
pub(crate) fn nanoseconds(at: Instant) -> u64 {
    let since = at.saturating_duration_since(epoch().moment);
    since.as_secs() * 1_000_000_000 + u64::from(since.subsec_nanos())
}

/// The moment of so many [`nanoseconds`].
pub(crate) fn at(nanoseconds: u64) -> Instant {
    epoch().moment + Duration::from_nanos(nanoseconds)
}

/// The [`nanoseconds`] now, and by how many it may be later than that: by those since the kernel's last
/// tick, some milliseconds at most, which makes this quicker than [`now`] by far.
#[inline]
pub(crate) fn lately() -> (u64, u64) {
    #[cfg(not(feature = "held-clock"))]
    return epoch().kernel.lately();
    #[cfg(feature = "held-clock")]
    return (nanoseconds(now()), 0);
}

#[cfg(not(feature = "held-clock"))]
mod kernel {
    use std::mem::MaybeUninit;

    type Ask = unsafe extern "C" fn(libc::clockid_t, *mut libc::timespec) -> libc::c_int;

    /// [`super::Epoch`] on the kernel's clocks.
    pub(super) struct Epoch {
        at: u64,
        tick: u64,
    }

    impl Epoch {
        pub(super) fn now() -> Self {
            Self {
                at: ask(libc::clock_gettime, libc::CLOCK_MONOTONIC),
                tick: ask(libc::clock_getres, libc::CLOCK_MONOTONIC_COARSE),
            }
        }

        #[inline]
        pub(super) fn lately(&self) -> (u64, u64) {
            let now = ask(libc::clock_gettime, libc::CLOCK_MONOTONIC_COARSE);
            (now.saturating_sub(self.at), self.tick)
        }
    }

    /// Nanoseconds.
    #[inline]
    fn ask(function: Ask, clock: libc::clockid_t) -> u64 {
        let mut time = MaybeUninit::<libc::timespec>::zeroed();
        // SAFETY: zeros are a time, and both functions may write one there; neither fails for a clock
        // that there is.
        let time = unsafe {
            function(clock, time.as_mut_ptr());
            time.assume_init()
        };
        time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
    }
}
