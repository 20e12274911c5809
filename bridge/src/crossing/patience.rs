//! Looking again before sleeping. Who wakes a thread that sleeps pays a call of the system, and it runs
//! some microseconds later, on a virtual machine some tens; work that comes within that time is better
//! waited for awake.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long one looks at most, unless the runtime's options say otherwise: about what being woken takes.
pub(crate) const BUSY_POLL: Duration = Duration::from_micros(20);

/// How often one looks between two looks at the clock.
const LOOKS: usize = 16;

/// After looking in vain, so many sleeps pass without it: 1, then 2, then 4 … A thread whose work comes
/// seldom wastes one look in so many.
const MOST_SLEEPS: u32 = 64;

/// What one consumer has learnt. It orders nothing.
#[derive(Debug)]
pub(crate) struct Patience {
    /// How many sleeps pass after the next look in vain.
    step: AtomicU32,
    /// How many sleeps are to pass before the next look.
    sleeps: AtomicU32,
}

impl Patience {
    pub(crate) const fn new() -> Self {
        Self { step: AtomicU32::new(1), sleeps: AtomicU32::new(0) }
    }

    /// Looks again and again, no longer than `longest`; true once there is something. Other threads may
    /// have the processor in between. By the consumer, when it would sleep.
    pub(crate) fn look(&self, longest: Duration, there_is: impl Fn() -> bool) -> bool {
        let sleeps = self.sleeps.load(Ordering::Relaxed);
        if sleeps > 0 {
            self.sleeps.store(sleeps - 1, Ordering::Relaxed);
            return false;
        }
        let found = !longest.is_zero() && look(longest, there_is);
        let step = self.step.load(Ordering::Relaxed);
        let (next, sleeps) = if found { (1, 0) } else { ((2 * step).min(MOST_SLEEPS), step) };
        self.step.store(next, Ordering::Relaxed);
        self.sleeps.store(sleeps, Ordering::Relaxed);
        found
    }
}

fn look(longest: Duration, there_is: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    loop {
        for _ in 0..LOOKS {
            if there_is() {
                return true;
            }
            std::hint::spin_loop();
        }
        if began.elapsed() > longest {
            return false;
        }
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn who_finds_looks_each_time() {
        let patience = Patience::new();
        for _ in 0..100 {
            assert!(patience.look(BUSY_POLL, || true));
        }
    }

    #[test]
    fn who_looks_in_vain_looks_less_and_less() {
        let patience = Patience::new();
        let looks = |sleeps: usize| {
            let looked = Cell::new(0);
            for _ in 0..sleeps {
                let before = Cell::new(false);
                patience.look(Duration::from_nanos(1), || {
                    before.set(true);
                    false
                });
                looked.set(looked.get() + usize::from(before.get()));
            }
            looked.get()
        };
        assert_eq!(looks(1 + 1 + 1 + 2 + 1 + 4), 3);
        looks(200);
        assert_eq!(looks(65 * 4), 4, "one in 65 from then on");
        // And again each time once there is something.
        while !patience.look(BUSY_POLL, || true) {}
        assert!(patience.look(BUSY_POLL, || true));
        assert_eq!(looks(1), 1);
    }

    #[test]
    fn no_time_is_no_look() {
        let patience = Patience::new();
        for _ in 0..10 {
            assert!(!patience.look(Duration::ZERO, || panic!("it looks")));
        }
    }
}
