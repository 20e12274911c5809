//! The bridge of logs: what `cpp/src` calls to open a sink, to wait for records and to read one.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use tombolo::{Error, Placement};
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};

use super::fields::{Fields, Named};
use super::filter::Filter;
use super::mute;
use super::outlet::{Capacity, Outlet};
use super::record::Record;
use crate::crossing::abi::{RawError, Ticket};
use crate::crossing::operation::{Spec, op, quietly};
use crate::crossing::{fork, raw, text};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    /// See `LogOptions` in `tombolo/log.hpp`.
    struct LogOptions<'a> {
        level: u32,
        targets: &'a [u8],
        capacity: usize,
        capacity_bytes: usize,
    }

    /// What is known of a record beside its texts.
    struct LogFacts {
        level: u32,
        nanoseconds: i64,
        thread_id: u32,
        spans: usize,
        lost_before: u64,
        cut: bool,
    }

    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo"]
        type Ticket = crate::crossing::abi::Ticket;
        #[namespace = "tombolo::detail"]
        type RawError = crate::crossing::abi::RawError;
    }

    extern "Rust" {
        type LogOutlet;
        fn log_open(options: &LogOptions, error: &mut RawError) -> *mut LogOutlet;
        fn log_wait(outlet: &LogOutlet) -> Ticket;
        fn log_take(outlet: &LogOutlet) -> *mut LogRecord;
        fn log_detach(outlet: &LogOutlet);
        fn log_close(outlet: &LogOutlet);
        unsafe fn log_free(outlet: *mut LogOutlet);
        fn log_mute(on: bool) -> bool;

        type LogRecord;
        unsafe fn log_record_free(record: *mut LogRecord);
        fn log_facts(record: &LogRecord) -> LogFacts;
        fn log_target(record: &LogRecord) -> &[u8];
        fn log_message(record: &LogRecord) -> &[u8];
        fn log_thread_name(record: &LogRecord) -> &[u8];
        fn log_span_name(record: &LogRecord, span: usize) -> &[u8];
        fn log_fields(record: &LogRecord, of: usize) -> usize;
        fn log_field_name(record: &LogRecord, of: usize, at: usize) -> &[u8];
        fn log_field_value(record: &LogRecord, of: usize, at: usize) -> &[u8];
        fn log_field_kind(record: &LogRecord, of: usize, at: usize) -> u32;
    }
}

use bridge::{LogFacts, LogOptions};

/// The operation that tells C++ that there are records.
pub(super) const NEXT: Spec = Spec::read("tombolo.log", "next_records").on(Placement::Caller);

/// A sink's end of the buffer, in the hands of C++.
pub(super) struct LogOutlet(Arc<Outlet>);

/// A record in the hands of C++.
pub(super) struct LogRecord(Box<Record>);

fn level(number: u32) -> tombolo::Result<LevelFilter> {
    match number {
        0 => Ok(LevelFilter::OFF),
        1 => Ok(LevelFilter::ERROR),
        2 => Ok(LevelFilter::WARN),
        3 => Ok(LevelFilter::INFO),
        4 => Ok(LevelFilter::DEBUG),
        5 => Ok(LevelFilter::TRACE),
        _ => Err(Error::invalid_argument("level", format!("{number} is none"))),
    }
}

fn number(metadata: &Metadata<'_>) -> u32 {
    match *metadata.level() {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

fn log_open(options: &LogOptions<'_>, error: &mut RawError) -> *mut LogOutlet {
    raw::sync(error, || {
        let targets = text::text("targets", options.targets)?;
        let filter = Filter::parse(level(options.level)?, targets)?;
        let capacity = Capacity { records: options.capacity, bytes: options.capacity_bytes };
        Outlet::open(filter, capacity).map(LogOutlet)
    })
}

fn log_wait(outlet: &LogOutlet) -> Ticket {
    let outlet = Arc::clone(&outlet.0);
    op(NEXT, || {
        Ok(async move {
            poll_fn(|cx| outlet.poll(cx)).await;
            Ok(())
        })
    })
}

/// The next record; null if there is none.
fn log_take(outlet: &LogOutlet) -> *mut LogRecord {
    if fork::is_child() {
        return std::ptr::null_mut();
    }
    raw::optional(quietly(None, || outlet.0.take().map(LogRecord)))
}

/// Nothing more comes in.
fn log_detach(outlet: &LogOutlet) {
    if !fork::is_child() {
        quietly((), || outlet.0.detach());
    }
}

/// The end: what is left is lost.
fn log_close(outlet: &LogOutlet) {
    if !fork::is_child() {
        quietly((), || outlet.0.close());
    }
}

/// # Safety
/// `outlet` came from [`log_open`] and is not used again.
unsafe fn log_free(outlet: *mut LogOutlet) {
    // SAFETY: handed on from the caller.
    unsafe { raw::free(outlet) };
}

/// Mutes this thread, or not; answers what it was.
fn log_mute(on: bool) -> bool {
    mute::set(on)
}

/// # Safety
/// `record` came from [`log_take`] and is not used again.
unsafe fn log_record_free(record: *mut LogRecord) {
    // SAFETY: handed on from the caller.
    unsafe { raw::free(record) };
}

fn log_facts(record: &LogRecord) -> LogFacts {
    let record = &record.0;
    let since = record.time.duration_since(UNIX_EPOCH).unwrap_or_default();
    LogFacts {
        level: number(record.metadata),
        nanoseconds: i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        thread_id: record.thread.id,
        spans: record.spans.len(),
        lost_before: record.lost_before,
        cut: record.cut,
    }
}

fn log_target(record: &LogRecord) -> &[u8] {
    record.0.metadata.target().as_bytes()
}

fn log_message(record: &LogRecord) -> &[u8] {
    record.0.fields.message().as_bytes()
}

fn log_thread_name(record: &LogRecord) -> &[u8] {
    record.0.thread.name().as_bytes()
}

fn log_span_name(record: &LogRecord, span: usize) -> &[u8] {
    record.0.spans.get(span).map_or(b"", |(name, _)| name.as_bytes())
}

impl LogRecord {
    /// The fields of the event, 0, or of a span, counted from 1.
    fn fields(&self, of: usize) -> Option<&Fields> {
        match of.checked_sub(1) {
            None => Some(&self.0.fields),
            Some(span) => self.0.spans.get(span).map(|(_, fields)| &**fields),
        }
    }

    fn field(&self, of: usize, at: usize) -> Option<Named<'_>> {
        self.fields(of)?.get(at)
    }
}

fn log_fields(record: &LogRecord, of: usize) -> usize {
    record.fields(of).map_or(0, Fields::len)
}

fn log_field_name(record: &LogRecord, of: usize, at: usize) -> &[u8] {
    record.field(of, at).map_or(b"", |field| field.name.as_bytes())
}

fn log_field_value(record: &LogRecord, of: usize, at: usize) -> &[u8] {
    record.field(of, at).map_or(b"", |field| field.value.as_bytes())
}

fn log_field_kind(record: &LogRecord, of: usize, at: usize) -> u32 {
    record.field(of, at).map_or(0, |field| field.kind as u32)
}
