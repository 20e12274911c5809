//! A clock that tests hold: time stands still until they advance it, and what is due then fires in
//! order. Released, it goes on from where it was, so that what is left of a deadline stays what it is.
//!
//! Locks are taken in this order: the table of deadlines, the delays, the time.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep};
use tombolo::{Error, ErrorCode, Result};

use super::clock;
use super::deadline::{self, EARLIER};
use super::port::Port;
use super::slot::Reason;
use super::state::Phase;

/// How long an advance waits, in real time, for the workers to come to rest.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that a clock advances in all. Less than the longest deadline, which endless operations
/// of the library's own have.
const LONGEST: Duration = Duration::from_secs(180 * 24 * 3600);

#[derive(Clone, Copy)]
enum Time {
    Real,
    /// It stands still at this moment.
    Held(Instant),
    /// It was released: it showed `shown` when the system's clock showed `real`, and runs.
    Runs {
        shown: Instant,
        real: Instant,
    },
}

static TIME: Mutex<Time> = Mutex::new(Time::Real);

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time that deadlines and delays go by.
pub(crate) fn now() -> Instant {
    let time = *lock(&TIME);
    match time {
        Time::Real => Instant::now(),
        Time::Held(now) => now,
        Time::Runs { shown, real } => shown + Instant::now().saturating_duration_since(real),
    }
}

/// Whether a test holds the clock.
pub(crate) fn is_held() -> bool {
    matches!(*lock(&TIME), Time::Held(_))
}

/// The clock, held as long as this lives. One at a time in the process.
#[derive(Debug)]
pub struct HeldClock {
    since: Instant,
}

impl HeldClock {
    /// Stops the clock.
    ///
    /// # Errors
    /// `failed_precondition` while another holds it.
    pub fn hold() -> Result<Self> {
        let table = deadline::table();
        let since = clock::at(clock::nanoseconds(now()));
        let mut time = lock(&TIME);
        if matches!(*time, Time::Held(_)) {
            let message = "the clock is held already: one at a time; destroy the other one first";
            return Err(Error::new(ErrorCode::FailedPrecondition, message));
        }
        *time = Time::Held(since);
        drop(time);
        drop(table);
        EARLIER.notify_one();
        Ok(Self { since })
    }

    /// How far the clock was advanced since it is held.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        now().saturating_duration_since(self.since)
    }

    /// Waits until nothing that a worker or a thread in `wait` polls is to be polled.
    ///
    /// # Errors
    /// `unavailable` if that is not so within ten seconds of real time.
    pub fn settle(&self) -> Result<()> {
        settle(PATIENCE)
    }

    /// Goes to the first moment at which something is due, but not beyond `until`, counted from when
    /// the clock was held. Fires all that is due then: first the delays, and when the workers have
    /// come to rest, the deadlines. Blocks until they have again. False if nothing was due: the clock
    /// stands at `until` then.
    ///
    /// # Errors
    /// `invalid_argument` for more than 180 days; `unavailable` if the workers do not come to rest
    /// within ten seconds: one of them is stuck in a poll.
    pub fn step(&self, until: Duration) -> Result<bool> {
        if until > LONGEST {
            let why = "the clock can be advanced by 180 days in all";
            return Err(Error::invalid_argument("duration", why));
        }
        settle(PATIENCE)?;
        let until = self.since + until;
        let Some(due) = first_due().filter(|due| *due <= until) else {
            set(until);
            return Ok(false);
        };
        let now = set(due);
        fire_delays(now);
        settle(PATIENCE)?;
        fire_deadlines(now);
        settle(PATIENCE)?;
        Ok(true)
    }
}

impl Drop for HeldClock {
    fn drop(&mut self) {
        let table = deadline::table();
        let shown = now();
        *lock(&TIME) = Time::Runs { shown, real: Instant::now() };
        drop(table);
        EARLIER.notify_one();
        wake_all_delays();
    }
}

/// Sets the held clock, which never goes back. The time that it shows then.
fn set(to: Instant) -> Instant {
    let mut time = lock(&TIME);
    let now = match *time {
        Time::Held(now) => now.max(to),
        Time::Real | Time::Runs { .. } => to, // never: it is held
    };
    *time = Time::Held(now);
    now
}

fn first_due() -> Option<Instant> {
    let table = deadline::table();
    let deadlines =
        table.each().filter(|entry| !entry.is_overdue).map(|entry| entry.times.deadline);
    let deadline = deadlines.min().map(clock::at);
    drop(table);
    let delay = lock(&DELAYS).keys().next().map(|(due, _)| *due);
    deadline.into_iter().chain(delay).min()
}

fn fire_deadlines(now: Instant) {
    let (table, due) = deadline::expired(deadline::table(), clock::nanoseconds(now));
    drop(table);
    due.into_iter().for_each(|slot| slot.cancel(Reason::Deadline));
}

/// Waits until nothing that a worker or a thread in `wait` polls is to be polled: all of it waits for
/// something. What a queue polls is left to who drains it.
fn settle(patience: Duration) -> Result<()> {
    let began = Instant::now();
    let mut nap = Duration::from_micros(10);
    while is_at_work() {
        if began.elapsed() > patience {
            let message = format!("an operation was polled for {patience:?}: its thread is stuck");
            return Err(Error::new(ErrorCode::Unavailable, message));
        }
        std::thread::sleep(nap);
        nap = (2 * nap).min(Duration::from_millis(1));
    }
    Ok(())
}

fn is_at_work() -> bool {
    let table = deadline::table();
    table.each().any(|entry| {
        !entry.slot.home().is_some_and(Port::is_queue)
            && entry.slot.slot().state.phase() != Phase::Waiting
    })
}

type Delays = BTreeMap<(Instant, u64), Waker>;

/// Every delay that has begun and is not over.
static DELAYS: Mutex<Delays> = Mutex::new(BTreeMap::new());

fn fire_delays(now: Instant) {
    let mut delays = lock(&DELAYS);
    let later = delays.split_off(&(now, u64::MAX));
    let due = std::mem::replace(&mut *delays, later);
    drop(delays);
    due.into_values().for_each(Waker::wake);
}

/// Has each delay look again by which clock it goes. When the clock is held that is not needed: one
/// whose timer of real time fires finds that it is.
fn wake_all_delays() {
    let wakers: Vec<Waker> = lock(&DELAYS).values().cloned().collect();
    wakers.into_iter().for_each(Waker::wake);
}

/// Ends when this much time has passed, of the clock's while it is held. Needs tokio's context.
pub fn delay(by: Duration) -> Delay {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let due = now() + by.min(LONGEST);
    Delay { key: (due, NEXT.fetch_add(1, Ordering::Relaxed)), sleep: None }
}

/// See [`delay`].
#[derive(Debug)]
pub struct Delay {
    key: (Instant, u64),
    /// Something while the clock is not held.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.key.0;
        loop {
            // Entered before the clock is looked at, so that a change of it is not missed.
            lock(&DELAYS).insert(self.key, cx.waker().clone());
            let left = due.saturating_duration_since(now());
            if left.is_zero() {
                let waker = lock(&DELAYS).remove(&self.key);
                drop(waker);
                return Poll::Ready(());
            }
            if is_held() {
                self.sleep = None;
                return Poll::Pending;
            }
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(left)));
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
        }
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        let waker = lock(&DELAYS).remove(&self.key);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;
    use crate::crossing::operation::{Spec, abandon, op, start};
    use crate::crossing::queue::Queue;

    #[test]
    fn a_worker_that_is_stuck_is_told_and_not_waited_for() {
        let queue = Queue::open(8, false).unwrap();
        let stuck = Arc::new(Barrier::new(2));
        let inside = Arc::clone(&stuck);
        let ticket = op(Spec::read("test", "stuck"), || {
            Ok(async move {
                inside.wait(); // begun
                inside.wait(); // may end
                Ok(0_u64)
            })
        });
        let slot = ticket.slot();
        assert!(start(&slot, &queue, std::ptr::null_mut()));
        stuck.wait();
        let error = settle(Duration::from_millis(1)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable);
        assert_eq!(error.message(), "an operation was polled for 1ms: its thread is stuck");
        stuck.wait();
        assert!(settle(PATIENCE).is_ok());
        abandon(&slot);
    }
}
