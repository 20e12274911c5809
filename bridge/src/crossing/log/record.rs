//! A record: an event as text, with all that a sink is told about it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::{Event, Metadata};

use super::fields::{EVENT, Fields};
use super::spans::{self, Span};

/// How many spans of a record are told of; the innermost.
pub(super) const MOST_SPANS: usize = 16;

/// The kernel's number of a thread, and its name, as they were at its first record: to ask each time
/// would be two system calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread {
    pub(crate) id: u32,
    name: [u8; 16],
}

impl Thread {
    fn current() -> Self {
        thread_local! {
            static CURRENT: Cell<Option<Thread>> = const { Cell::new(None) };
        }
        CURRENT.get().unwrap_or_else(|| {
            let thread = Self::ask();
            CURRENT.set(Some(thread));
            thread
        })
    }

    fn ask() -> Self {
        let mut name = [0; 16];
        if let Ok(found) = rustix::thread::name() {
            name.iter_mut().zip(found.to_bytes()).for_each(|(to, from)| *to = *from);
        }
        let id = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        Self { id, name }
    }

    /// Up to the first byte that is no text: the kernel cuts names off anywhere.
    pub(crate) fn name(&self) -> &str {
        let name = self.name.split(|byte| *byte == 0).next().unwrap_or_default();
        name.utf8_chunks().next().map_or("", |chunk| chunk.valid())
    }
}

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) metadata: &'static Metadata<'static>,
    pub(crate) time: SystemTime,
    pub(crate) thread: Thread,
    pub(crate) fields: Fields,
    /// The outermost first.
    pub(crate) spans: Vec<(&'static str, Arc<Fields>)>,
    pub(crate) cut: bool,
    /// How many were lost since the one before it.
    pub(crate) lost_before: u64,
}

impl Record {
    /// `None` for an event in a span that is muted.
    pub(super) fn of(event: &Event<'_>) -> Option<Self> {
        let span = if event.is_contextual() {
            spans::current()
        } else {
            event.parent().and_then(spans::find)
        };
        if span.as_ref().is_some_and(|span| span.muted) {
            return None;
        }
        let mut fields = Fields::new(EVENT);
        event.record(&mut fields);
        let mut around = span.iter().flat_map(Span::and_those_around);
        let spans = around.by_ref().take(MOST_SPANS);
        let mut spans: Vec<_> = spans.map(|span| (span.metadata.name(), span.fields())).collect();
        spans.reverse();
        let cut = fields.is_cut()
            || around.next().is_some()
            || spans.iter().any(|(_, fields)| fields.is_cut());
        Some(Self {
            metadata: event.metadata(),
            time: SystemTime::now(),
            thread: Thread::current(),
            fields,
            spans,
            cut,
            lost_before: 0,
        })
    }

    /// About how much memory it takes. What it shares with others counts in full.
    pub(super) fn size(&self) -> usize {
        let spans: usize = self.spans.iter().map(|(_, fields)| fields.size()).sum();
        size_of::<Self>() + self.fields.size() + spans
    }
}
