//! The buffer between those who emit and the sink, and the one sink that there may be.
//!
//! Who emits takes a place in a channel of tokio's, whose `try_send` waits for nobody, and gives up
//! where there is none. Beside it, a lock is tried that only opening and closing a sink take for
//! writing. Whoever takes records out has a lock of its own, which who emits never touches.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tombolo::{Error, ErrorCode, Result};
use tracing::Metadata;
use tracing::callsite::rebuild_interest_cache;
use tracing::level_filters::LevelFilter;

use super::filter::Filter;
use super::record::Record;
use super::subscriber;
use crate::crossing::metrics;

/// The sink that is open.
static OPEN: RwLock<Option<Arc<Outlet>>> = RwLock::new(None);

static DELIVERED: AtomicU64 = AtomicU64::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// How many records were delivered and how many lost, since the process began.
pub(crate) fn counts() -> (u64, u64) {
    (DELIVERED.load(Ordering::Relaxed), LOST.load(Ordering::Relaxed))
}

/// The bounds of a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

/// The least for which there is room for any record.
pub(super) const LEAST_BYTES: usize = 64 << 10;
const MOST_RECORDS: usize = 1 << 24;

impl Capacity {
    fn checked(self) -> Result<Self> {
        if !(1..=MOST_RECORDS).contains(&self.records) {
            let why = format!("it is {}, and must be 1 to {MOST_RECORDS}", self.records);
            return Err(Error::invalid_argument("capacity", why));
        }
        if self.bytes < LEAST_BYTES {
            let why = format!("it is {}, and must be at least {LEAST_BYTES}", self.bytes);
            return Err(Error::invalid_argument("capacity_bytes", why));
        }
        Ok(self)
    }
}

struct Taking {
    records: mpsc::Receiver<Box<Record>>,
    /// What came out when it was asked whether there is anything.
    first: Option<Box<Record>>,
}

/// See the module documentation.
pub(crate) struct Outlet {
    filter: Filter,
    records: mpsc::Sender<Box<Record>>,
    capacity: Capacity,
    bytes: AtomicUsize,
    /// Since the last record that found a place.
    lost: AtomicU64,
    taking: Mutex<Taking>,
}

impl Outlet {
    /// Opens the sink.
    ///
    /// # Errors
    /// `invalid_argument` for its bounds; `failed_precondition` where there is a sink already, or
    /// a subscriber that is not ours.
    pub(super) fn open(filter: Filter, capacity: Capacity) -> Result<Arc<Self>> {
        let capacity = capacity.checked()?;
        subscriber::install()?;
        let (records, receiver) = mpsc::channel(capacity.records);
        let outlet = Arc::new(Self {
            filter,
            records,
            capacity,
            bytes: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            taking: Mutex::new(Taking { records: receiver, first: None }),
        });
        let mut open = OPEN.write().unwrap_or_else(PoisonError::into_inner);
        if open.is_some() {
            let message = "there is a log sink already; let its function hand the records on";
            return Err(Error::new(ErrorCode::FailedPrecondition, message));
        }
        *open = Some(Arc::clone(&outlet));
        drop(open);
        rebuild_interest_cache();
        Ok(outlet)
    }

    /// Nothing more comes in. What has come in can still be taken.
    pub(super) fn detach(self: &Arc<Self>) {
        let mut open = OPEN.write().unwrap_or_else(PoisonError::into_inner);
        let before = open.take_if(|open| Arc::ptr_eq(open, self));
        drop(open);
        if before.is_some() {
            rebuild_interest_cache();
        }
    }

    /// The end: what is left is lost.
    pub(super) fn close(self: &Arc<Self>) {
        self.detach();
        while let Some(record) = self.next() {
            drop(record);
            lose();
        }
    }

    fn push(&self, mut record: Box<Record>) {
        let size = record.size();
        let lost = self.lost.swap(0, Ordering::Relaxed);
        record.lost_before = lost;
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        metrics::LOG_RECORDS.add(1);
        if before + size > self.capacity.bytes || self.records.try_send(record).is_err() {
            metrics::LOG_RECORDS.remove(1);
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            self.lost.fetch_add(lost + 1, Ordering::Relaxed);
            lose();
        }
    }

    fn taking(&self) -> MutexGuard<'_, Taking> {
        self.taking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ready when there is something to take.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut taking = self.taking();
        if taking.first.is_none() {
            match taking.records.poll_recv(cx) {
                Poll::Ready(record) => taking.first = record,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }

    fn next(&self) -> Option<Box<Record>> {
        let mut taking = self.taking();
        let record = taking.first.take().or_else(|| taking.records.try_recv().ok())?;
        drop(taking);
        metrics::LOG_RECORDS.remove(1);
        self.bytes.fetch_sub(record.size(), Ordering::Relaxed);
        Some(record)
    }

    /// The next record, for the sink's function.
    pub(super) fn take(&self) -> Option<Box<Record>> {
        let record = self.next();
        DELIVERED.fetch_add(u64::from(record.is_some()), Ordering::Relaxed);
        record
    }
}

fn lose() {
    LOST.fetch_add(1, Ordering::Relaxed);
}

/// Puts a record into the buffer of the sink that is open; `None` is one that could not be made.
pub(super) fn emit(record: Option<Box<Record>>) {
    // It fails while a sink is opened or closed, and that is no time to wait.
    let open = OPEN.try_read().ok();
    match (open.as_ref().and_then(|open| open.as_ref()), record) {
        (Some(outlet), Some(record)) => outlet.push(record),
        (outlet, _) => {
            outlet.inspect(|outlet| _ = outlet.lost.fetch_add(1, Ordering::Relaxed));
            lose();
        }
    }
}

fn ask<T>(otherwise: T, what: impl FnOnce(&Filter) -> T) -> T {
    let open = OPEN.read().unwrap_or_else(PoisonError::into_inner);
    open.as_ref().map_or(otherwise, |outlet| what(&outlet.filter))
}

/// Whether the sink that is open wants such events.
pub(super) fn wants(metadata: &Metadata<'_>) -> bool {
    ask(false, |filter| filter.wants(metadata))
}

/// Beyond this, it wants nothing.
pub(super) fn most() -> LevelFilter {
    ask(LevelFilter::OFF, Filter::most)
}
