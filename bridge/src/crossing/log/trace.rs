//! What an operation carries while somebody listens: the span that it is polled in, and since when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tombolo::{ErrorCode, panic::contain};
use tracing::span::Id;
use tracing::{Level, Span, debug, enabled, error_span, trace};

use super::ffi::NEXT;
use super::{OPERATION, TARGET, lazily};
use crate::crossing::guard::contained_drop;
use crate::crossing::operation::{Spec, quietly};
use crate::crossing::slot::Reason;

struct Traced {
    span: Span,
    began: Instant,
}

/// Nothing, until somebody listens and asks for it.
pub(crate) struct Trace(Option<Box<Traced>>);

impl Trace {
    pub(crate) const NONE: Self = Self(None);

    /// Its span, if it has one.
    pub(super) fn id(&self) -> Option<Id> {
        self.0.as_ref()?.span.id()
    }

    /// The operation is started elsewhere, so that the time until it is polled counts, too.
    #[cold]
    pub(crate) fn start(&mut self, spec: Spec) {
        if !super::is_lazy() {
            self.begin(spec);
        }
    }

    /// The operation begins, if it has not.
    #[cold]
    pub(crate) fn begin(&mut self, spec: Spec) -> Option<&Span> {
        if spec.service == NEXT.service {
            return None; // what brings records must not make any
        }
        let traced = self.0.get_or_insert_with(|| {
            let traced = Traced { span: span(spec), began: Instant::now() };
            within(&traced.span, || trace!(target: TARGET, "an operation has begun"));
            Box::new(traced)
        });
        Some(&traced.span)
    }

    /// Runs `body`, which does not panic, in the operation's span.
    #[cold]
    pub(crate) fn within<T>(&mut self, spec: Spec, body: impl FnOnce() -> T) -> T {
        if self.0.is_none() && super::is_lazy() {
            return lazily::in_operation(spec, self, body);
        }
        let entered = self.begin(spec).and_then(|span| contain(|| span.enter()).ok());
        let answer = body();
        contained_drop(entered);
        answer
    }

    /// The operation is ended early.
    #[cold]
    pub(crate) fn interrupted(&mut self, spec: Spec, reason: Option<Reason>) {
        if !enabled!(target: TARGET, Level::DEBUG) {
            return;
        }
        let Some(span) = self.begin(spec) else { return };
        within(span, || match reason {
            Some(Reason::Deadline) => {
                debug!(target: TARGET, "the deadline of an operation has passed");
            }
            Some(Reason::Shutdown) => {
                debug!(target: TARGET, "an operation was cancelled with its queue");
            }
            Some(Reason::RuntimeShutdown) => {
                debug!(target: TARGET, "an operation was cancelled with its runtime");
            }
            Some(Reason::Cancelled) | None => {
                debug!(target: TARGET, "an operation was cancelled");
            }
        });
    }

    /// The operation has ended.
    #[cold]
    pub(crate) fn ended(&mut self, spec: Spec, error: Option<ErrorCode>) {
        if !enabled!(target: TARGET, Level::TRACE) || self.begin(spec).is_none() {
            return;
        }
        if let Some(traced) = &self.0 {
            let microseconds =
                u64::try_from(traced.began.elapsed().as_micros()).unwrap_or(u64::MAX);
            let outcome = error.map_or("ok", ErrorCode::name);
            within(&traced.span, || {
                trace!(target: TARGET, outcome, microseconds, "an operation has ended");
            });
        }
    }

    /// The operation's slot is emptied.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.0.is_some() {
            self.forget();
        }
    }

    #[cold]
    fn forget(&mut self) {
        contained_drop(self.0.take());
    }
}

/// Of the level that is always wanted, so that whatever is told can say from where.
fn span(spec: Spec) -> Span {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let Spec { service, operation, .. } = spec;
    let make = || {
        let id = NUMBER.fetch_add(1, Ordering::Relaxed);
        error_span!(target: TARGET, OPERATION, service, operation, id)
    };
    contain(make).unwrap_or_else(|_| Span::none())
}

/// A subscriber that is not ours may panic.
fn within(span: &Span, emit: impl FnOnce()) {
    quietly((), || span.in_scope(emit));
}
