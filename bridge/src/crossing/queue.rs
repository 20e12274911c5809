//! The completion queue of a service's own loop: completions, polls of operations placed on the
//! caller and releases of lent buffers, all in the thread that drains it.

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use tombolo::{Error, ErrorCode, ErrorKind, Result};

use super::abi::Completion;
use super::eventfd::Eventfd;
use super::inbox::{Kind, List, Node};
use super::patience::Patience;
use super::port::{Port, Signal};
use super::runtime::{self, DrainContext, SignalsBack};
use super::seeded::{Bug, seeded};
use super::slot::{Reason, SlotRef};
use super::sync::{AtomicBool, AtomicUsize, Instant, Ordering, UnsafeCell};
use super::{deadline, fork, lent, log, metrics, thread};

/// A drain hands the loop back after so many items …
const MOST_ITEMS: usize = 256;
/// … or after about so long, looked at after 1, 2, 4, 8 and then every [`CLOCK_EVERY`] items: a few
/// slow ones must not hold the loop up, and many quick ones must not all ask for the time.
const LONGEST: Duration = Duration::from_millis(1);
const CLOCK_EVERY: usize = 16;

thread_local! {
    static DRAINS: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is inside a drain.
pub(crate) fn in_drain() -> bool {
    DRAINS.try_with(Cell::get).unwrap_or(0) > 0
}

/// What only the one consumer touches, between `begin` and `end`.
struct Consumer {
    taken: List,
    /// Whether the inbox was left asleep: then the first push after that has signalled, or will.
    asleep: bool,
    /// Signals made or certain to come that were not read yet. One read may clear several, and a
    /// signal may arrive after the items it announced are long gone; counting keeps the descriptor
    /// from staying readable for ever.
    owed: u64,
    items: usize,
    /// Completions handed out in this drain.
    completions: usize,
    began: Option<Instant>,
    /// What is in flight when the queue is destroyed.
    unfinished: Vec<SlotRef>,
    /// The default runtime's context, from the first poll that needs it to the end of the drain.
    context: Option<DrainContext>,
}

/// See the module documentation.
pub struct Queue {
    port: Arc<Port>,
    edge_triggered: bool,
    capacity: usize,
    started: AtomicUsize,
    /// How many of them have left again. Written by the consumer.
    left: AtomicUsize,
    shut: AtomicBool,
    deaf: AtomicBool,
    draining: AtomicBool,
    consumer: UnsafeCell<Consumer>,
    patience: Patience,
}

// SAFETY: `consumer` is guarded by `draining`; the rest is shared by its type.
unsafe impl Sync for Queue {}
// SAFETY: as above; nothing is bound to a thread.
unsafe impl Send for Queue {}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

impl Queue {
    /// A queue for at most `capacity` operations in flight.
    ///
    /// # Errors
    /// `resource_exhausted` if there is no descriptor left, `invalid_argument` for no capacity.
    pub(crate) fn open(capacity: usize, edge_triggered: bool) -> Result<Self> {
        if capacity == 0 {
            return Err(Error::invalid_argument("capacity", "it must be at least 1"));
        }
        let port = Arc::new(Port::new(Signal::Event(Eventfd::new()?)));
        metrics::QUEUES.add(1);
        Ok(Self {
            port,
            edge_triggered,
            capacity,
            started: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
            shut: AtomicBool::new(false),
            deaf: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            consumer: UnsafeCell::new(Consumer {
                taken: List::EMPTY,
                asleep: true,
                owed: 0,
                items: 0,
                completions: 0,
                began: None,
                unfinished: Vec::new(),
                context: None,
            }),
            patience: Patience::new(),
        })
    }

    pub(crate) fn port(&self) -> &Arc<Port> {
        &self.port
    }

    /// The descriptor to watch.
    pub(crate) fn fd(&self) -> i32 {
        match &self.port.signal {
            Signal::Event(fd) => fd.raw(),
            Signal::Task(_) | Signal::Thread(_) => -1,
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        let left = self.left.load(Ordering::Acquire);
        self.started.load(Ordering::Acquire).saturating_sub(left)
    }

    /// Whether another operation may start. Threads that start at the same moment may go beyond
    /// the capacity by their number; a completion is never lost, since it needs no memory.
    #[inline]
    pub(crate) fn admit(&self) -> Result<()> {
        if self.has_room() { Ok(()) } else { Err(self.refusal()) }
    }

    #[cold]
    fn refusal(&self) -> Error {
        if self.shut.load(Ordering::Acquire) {
            let message = "the queue was shut down; start operations on another";
            return Error::new(ErrorCode::Cancelled, message).with_kind(ErrorKind::Shutdown);
        }
        let message = format!(
            "the queue has its {} operations in flight; drain it or give it a larger capacity",
            self.capacity
        );
        Error::new(ErrorCode::ResourceExhausted, message).with_retryable(true)
    }

    /// Whether [`Queue::admit`] would say yes.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.in_flight() < self.capacity && !self.shut.load(Ordering::Acquire)
    }

    /// Counts an operation whose completion will pass through the queue.
    pub(crate) fn count(&self) {
        self.started.fetch_add(1, Ordering::AcqRel);
    }

    /// Takes back what [`Queue::count`] counted.
    pub(crate) fn uncount(&self) {
        self.started.fetch_sub(1, Ordering::AcqRel);
    }

    /// An operation has just entered the table of what is in flight: a shutdown that ran meanwhile
    /// has not seen it.
    pub(crate) fn entered(&self, slot: &SlotRef) {
        if self.shut.load(Ordering::Acquire) && !seeded(Bug::LateStart) {
            slot.cancel(Reason::Shutdown);
        }
    }

    /// From now on what is done at its start sends nothing here: the queue is being destroyed, and its
    /// last completions start one operation after the other.
    pub(crate) fn hear_no_more(&self) {
        self.deaf.store(true, Ordering::Release);
    }

    /// Whether [`Queue::hear_no_more`] was not called.
    pub(crate) fn hears(&self) -> bool {
        !self.deaf.load(Ordering::Acquire)
    }

    /// Cancels everything in flight and refuses new operations. What is cancelled completes
    /// through the queue as ever.
    pub(crate) fn shut_down(&self) {
        self.shut.store(true, Ordering::Release);
        if fork::is_child() {
            return; // the table's lock may be held by a thread that does not exist here
        }
        let in_flight = deadline::answered_at(&self.port);
        log::queue_shut_down(in_flight.len());
        for slot in in_flight {
            slot.cancel(Reason::Shutdown);
        }
    }

    /// Within a drain of a queue that was shut down: the completions of what a worker has not let
    /// go of yet, so that the queue can be destroyed without waiting. Their outcome is `cancelled`.
    /// What was finished before this answered `None` is in the inbox.
    pub(crate) fn take_unfinished(&self) -> Option<NonNull<Completion>> {
        if fork::is_child() {
            return None;
        }
        let consumer = self.consumer();
        if consumer.unfinished.is_empty() {
            consumer.unfinished = deadline::answered_at(&self.port);
        }
        while let Some(slot) = consumer.unfinished.pop() {
            if let Some(completion) = slot.take_completion() {
                consumer.completions += 1;
                return Some(completion);
            }
        }
        None
    }

    // ---- draining

    /// Begins a drain.
    ///
    /// # Errors
    /// `failed_precondition` if another consumer drains now, or in a forked child.
    pub(crate) fn begin(&self) -> Result<()> {
        if fork::is_child() {
            return Err(fork::error());
        }
        if self.draining.swap(true, Ordering::Acquire) {
            let message = "the queue is being drained already; it has one consumer at a time";
            return Err(Error::new(ErrorCode::FailedPrecondition, message));
        }
        let _ = DRAINS.try_with(|drains| drains.set(drains.get() + 1));
        self.port.consumers.note(thread::id());
        let consumer = self.consumer();
        (consumer.items, consumer.completions, consumer.began) = (0, 0, None);
        self.notice(consumer);
        if consumer.owed > 0 && !self.edge_triggered {
            consumer.owed -= self.read_signals().min(consumer.owed);
        }
        Ok(())
    }

    #[expect(clippy::mut_from_ref, reason = "exclusive while `draining` is held")]
    fn consumer(&self) -> &mut Consumer {
        // SAFETY: called between `begin`, which acquires `draining`, and `end`, which releases it;
        // every caller ends its use before it calls again.
        self.consumer.with_mut(|consumer| unsafe { &mut *consumer })
    }

    /// Counts the signal of the first push since the inbox was left asleep.
    fn notice(&self, consumer: &mut Consumer) {
        if consumer.asleep && !self.port.inbox.is_asleep() {
            consumer.asleep = false;
            consumer.owed += u64::from(!seeded(Bug::UncountedSignal));
        }
    }

    fn read_signals(&self) -> u64 {
        let Signal::Event(fd) = &self.port.signal else { return 0 };
        fd.read()
    }

    /// The next completion to run, or `None` when the drain is over.
    pub(crate) fn next(&self) -> Option<NonNull<Completion>> {
        if fork::is_child() {
            return None; // a completion has forked, and this is the child
        }
        let consumer = self.consumer();
        while !Self::spent(consumer) {
            let node = match consumer.taken.pop() {
                Some(node) => node,
                None => {
                    self.notice(consumer);
                    if consumer.asleep {
                        break;
                    }
                    consumer.taken = self.port.inbox.take();
                    if consumer.taken.is_empty() {
                        consumer.asleep = self.port.inbox.try_sleep();
                    }
                    continue;
                }
            };
            Self::count_item(consumer);
            if let Some(completion) = self.open_node(node, consumer) {
                consumer.completions += 1;
                return Some(completion);
            }
        }
        if Self::spent(consumer) {
            return None; // the next drain goes on
        }
        let orphan = lent::take_orphan()?;
        Self::count_item(consumer);
        consumer.completions += 1;
        Some(orphan)
    }

    /// Within a drain: begins another batch. False if nothing is left.
    pub(crate) fn more(&self) -> bool {
        if fork::is_child() {
            return false;
        }
        let consumer = self.consumer();
        (consumer.items, consumer.began) = (0, None);
        self.notice(consumer);
        !(consumer.asleep && consumer.taken.is_empty())
    }

    fn count_item(consumer: &mut Consumer) {
        consumer.items += 1;
        if consumer.items == 1 {
            consumer.began = Some(Instant::now());
        }
    }

    fn spent(consumer: &Consumer) -> bool {
        if consumer.items >= MOST_ITEMS {
            return true;
        }
        let looks = consumer.items.is_power_of_two() || consumer.items.is_multiple_of(CLOCK_EVERY);
        looks && consumer.began.is_some_and(|began| began.elapsed() > LONGEST)
    }

    fn open_node(
        &self,
        node: NonNull<Node>,
        consumer: &mut Consumer,
    ) -> Option<NonNull<Completion>> {
        metrics::queue_left();
        // SAFETY: a node that was taken is ours.
        let slot = match unsafe { node.as_ref() }.kind {
            // SAFETY: as above.
            Kind::Release => return Some(unsafe { lent::from_node(node) }),
            // SAFETY: as above.
            Kind::Done => unsafe { SlotRef::from_done_node(node) },
            Kind::Run => {
                // SAFETY: as above.
                let slot = unsafe { SlotRef::from_run_node(node) };
                if !run_here(&slot, &mut consumer.context) {
                    return None;
                }
                if !slot.is_answered_at(&self.port) {
                    slot.deliver();
                    return None;
                }
                self.count_left();
                let completion = slot.take_completion();
                slot.disarm_and_drop();
                return completion;
            }
        };
        self.count_left();
        slot.take_completion()
    }

    /// Counts an operation that has come through the queue. Consumer only.
    fn count_left(&self) {
        self.left.store(self.left.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }

    /// Ends a drain. What is left makes the descriptor readable again.
    pub(crate) fn end(&self) {
        let consumer = self.consumer();
        if !consumer.asleep && consumer.taken.is_empty() {
            consumer.asleep = self.port.inbox.try_sleep();
        }
        consumer.context = None;
        let more = !consumer.asleep || lent::has_orphans();
        if more && let Signal::Event(fd) = &self.port.signal {
            consumer.owed += 1;
            fd.signal();
        }
        metrics::drained(consumer.completions);
        let _ = DRAINS.try_with(|drains| drains.set(drains.get() - 1));
        self.draining.store(false, Ordering::Release);
    }

    /// Blocks until there may be something to drain or `timeout` has passed; false after the latter.
    pub(crate) fn wait_readable(&self, timeout: Duration) -> bool {
        let Signal::Event(fd) = &self.port.signal else { return false };
        let longest = runtime::busy_poll().min(timeout);
        let readable =
            self.patience.look(longest, || !self.port.inbox.is_asleep()) || fd.wait(timeout);
        if self.edge_triggered {
            self.read_signals(); // nobody else reads them; the caller drains once more after this
        }
        readable
    }
}

/// Polls an operation in a drain, in the context of its runtime. That of the default one stays entered
/// in `context` until the drain ends.
fn run_here(slot: &SlotRef, context: &mut Option<DrainContext>) -> bool {
    let _signals = SignalsBack;
    if slot.runtime().is_default() {
        if runtime::in_default() {
            return slot.run();
        }
        if let Some(Ok(workers)) = slot.runtime().workers_by_default()
            && workers.can_enter()
        {
            *context = Some(DrainContext::enter(workers));
            return slot.run();
        }
    }
    slot.runtime().with_workers(|workers| match workers {
        Ok(workers) if workers.can_enter() => {
            let _context = workers.enter();
            slot.run()
        }
        _ => thread::elsewhere(|| slot.run()).unwrap_or_else(|| slot.run()),
    })
}

impl Drop for Queue {
    fn drop(&mut self) {
        while let Some(node) = self.consumer().taken.pop() {
            // SAFETY: taken, so it is ours.
            unsafe { self.port.discard(node) };
        }
        self.port.close();
        metrics::QUEUES.remove(1);
    }
}
