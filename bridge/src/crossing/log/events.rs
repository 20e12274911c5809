//! What the crossing says beside what it says of each operation. Its messages promise nothing to
//! programs that read them.

use tombolo::Error;
use tracing::{debug, error, info};

use super::{TARGET, mute};
use crate::crossing::operation::quietly;
use crate::crossing::options::Options;

/// A runtime's threads are there.
pub(crate) fn runtime_started(options: &Options) {
    let Options { thread_name, workers, blocking_threads, .. } = options;
    quietly((), || {
        info!(target: TARGET, thread_name, workers, blocking_threads, "the runtime has started");
    });
}

/// The default runtime has none, and an operation is refused. Not told of what brings records, which
/// tries again in the same drain: each try would be a record, or one that is lost.
pub(crate) fn runtime_failed(error: &Error) {
    if mute::is_on() {
        return;
    }
    quietly((), || error!(target: TARGET, %error, "the runtime could not be started"));
}

/// A queue was shut down or destroyed, with so many operations in flight.
pub(crate) fn queue_shut_down(in_flight: usize) {
    if in_flight > 0 {
        quietly((), || {
            debug!(target: TARGET, in_flight, "a queue was shut down with operations in flight");
        });
    }
}
