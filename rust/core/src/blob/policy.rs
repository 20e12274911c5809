//! How a store in a cloud treats its service: what is tried again and when, and how much at once.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::{Error, Result};

/// The longest of the waits that can be chosen.
const LONGEST: Duration = Duration::from_secs(3600);

/// What a store does when requests fail, are slow, or are many. One call may choose otherwise by
/// [`crate::CallOptions`].
///
/// A request is tried again after a random time up to a bound, which doubles from attempt to attempt
/// ("full jitter"), or after the time that the service asks for. A wait that would end after the call's
/// deadline is not begun: the call fails at once with what the service has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often a request is sent at most. 4.
    pub max_attempts: u32,
    /// The bound of the wait before the second attempt. 100 ms.
    pub first_wait: Duration,
    /// What no bound exceeds. 20 s.
    pub max_wait: Duration,
    /// How many retries the store may make at any time, in a bucket that is full at first. One comes back
    /// each second, and a share of one with each request. When it is empty, what fails is told at once: an
    /// outage is not made worse by retries. 100.
    pub retry_reserve: u32,
    /// The share of a retry that comes back with each request, in percent. 20.
    pub retry_percent: u32,
    /// How many requests are under way at once; further ones wait in their order, and their deadlines run.
    /// A request is under way until its answer was read or dropped, so an open reader is one. No limit.
    pub max_in_flight: Option<NonZeroUsize>,
    /// After so long without an answer a `get`, a look or the beginning of a reader is sent a second time, the
    /// first answer counts, and the other request is dropped. It takes a retry out of the bucket. Never.
    pub hedge_after: Option<Duration>,
    /// Whether writes that have a condition, and uploads in parts, carry an identifier in their object's metadata
    /// (`tombolowrite`, which Tombolo does not show): by it such a write is recognised as its own when an
    /// answer was lost, and so it can be tried again. True.
    pub write_ids: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            first_wait: Duration::from_millis(100),
            max_wait: Duration::from_secs(20),
            retry_reserve: 100,
            retry_percent: 20,
            max_in_flight: None,
            hedge_after: None,
            write_ids: true,
        }
    }
}

impl Policy {
    /// # Errors
    /// `invalid_argument` that names the field.
    pub(crate) fn check(&self) -> Result<()> {
        if self.max_attempts == 0 {
            return Err(Error::invalid_argument("max_attempts", "it is 0, and must be 1 or more"));
        }
        if self.max_wait > LONGEST {
            let why = format!("it is {:?}, and must be an hour at most", self.max_wait);
            return Err(Error::invalid_argument("max_wait", why));
        }
        if self.first_wait > self.max_wait {
            let why =
                format!("it is {:?}, more than max_wait, {:?}", self.first_wait, self.max_wait);
            return Err(Error::invalid_argument("first_wait", why));
        }
        Ok(())
    }
}
