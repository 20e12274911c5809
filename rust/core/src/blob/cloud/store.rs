//! What the operations of a store share.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::debug;

use super::call::{Call, Repeat, Reply};
use super::checksum::Checksums;
use super::client::Client;
use super::metrics::Counters;
use super::policy::parameters::Changes;
use super::policy::terms::Terms;
use super::protocol::Protocol;
use super::reader::MAX_BREAKS;
use super::transfer::TransferOptions;
use crate::blob::{Key, Policy, metrics};
use crate::net::encode;
use crate::net::options::HttpOptions;
use crate::{Error, ErrorCode, Result};

/// The largest object that `get` answers with at once, unless told otherwise.
const MAX_GET: u64 = 1 << 30;
/// How much of a writer's object is sent at once, unless told otherwise. S3 wants 5 MiB or more.
const PART: usize = 8 << 20;

/// Options that every cloud has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreOptions {
    pub(crate) http: HttpOptions,
    /// What every key begins with in the service, with its slash; or empty.
    pub(crate) prefix: String,
    /// The largest object that `get` answers with, in bytes.
    pub(crate) max_get: u64,
    /// How many bytes a writer sends at once.
    pub(crate) part_size: usize,
    /// How it treats the service, and what the URL has changed of that.
    pub(crate) policy: Policy,
    pub(crate) changes: Changes,
    pub(crate) transfer: TransferOptions,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            http: HttpOptions::default(),
            prefix: String::new(),
            max_get: MAX_GET,
            part_size: PART,
            policy: Policy::default(),
            changes: Changes::default(),
            transfer: TransferOptions::default(),
        }
    }
}

/// A store in a service.
pub(super) struct Store<P> {
    pub(super) protocol: P,
    client: Client,
    pub(super) prefix: String,
    pub(super) max_get: u64,
    pub(super) part_size: usize,
    pub(super) transfer: TransferOptions,
    /// Whether the service has said that it has no checksums.
    no_checksums: AtomicBool,
}

impl<P: Protocol> Store<P> {
    pub(super) fn new(protocol: P, options: StoreOptions) -> Result<Self> {
        let StoreOptions { http, prefix, max_get, part_size, policy, changes, transfer } = options;
        let counters = metrics::counters(&shown(&protocol, &http, &prefix), protocol.service());
        let client = Client::new(http, changes.over(policy)?, counters)?;
        let no_checksums = AtomicBool::new(false);
        Ok(Self { protocol, client, prefix, max_get, part_size, transfer, no_checksums })
    }

    pub(super) fn policy(&self) -> &Policy {
        self.client.policy()
    }

    pub(super) fn counters(&self) -> &Counters {
        self.client.counters()
    }

    /// Sends a request until it is answered for good. Where the service has no checksums, such as
    /// Azurite, it is sent without, as are all that follow.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply> {
        if !matches!(call.repeat, Repeat::Reads | Repeat::Idempotent) {
            closed_connections_are_seen().await;
        }
        let sent = self.client.send(&self.protocol, call).await;
        match &sent {
            Err(error) if error.code() == ErrorCode::Unimplemented => {}
            _ => return sent,
        }
        let mut plain = call.clone();
        if !self.protocol.remove_checksums(&mut plain.headers) {
            return sent;
        }
        let again = self.client.send(&self.protocol, &plain).await?;
        debug!("the service has no checksums; requests go without from here on");
        self.no_checksums.store(true, Ordering::Relaxed);
        Ok(again)
    }

    /// Whether a request may be sent again, by the call that is under way.
    pub(super) fn may_try_again(&self) -> bool {
        Terms::of(self.policy()).max_attempts > 1
    }

    /// Whether requests have checksums, and ask for them.
    pub(super) fn sends_checksums(&self) -> bool {
        self.transfer.checksums != Checksums::Off && !self.no_checksums.load(Ordering::Relaxed)
    }

    /// Sends a request that may be sent again, until its answer has come whole.
    pub(super) async fn send_whole(&self, call: &Call) -> Result<Vec<u8>> {
        let mut breaks = 0;
        loop {
            match self.send(call).await?.whole().await {
                Err(error) if error.code() == ErrorCode::Unavailable && breaks < MAX_BREAKS => {
                    breaks += 1;
                }
                Err(error) => return Err(error.with_attempts(breaks + 1)),
                whole => return whole,
            }
        }
    }

    /// The key as the service has it.
    ///
    /// # Errors
    /// `invalid_argument` for a key that would be another one in a URL, and for one that is too long
    /// with the prefix.
    pub(super) fn full(&self, argument: &str, key: &Key) -> Result<String> {
        if key.as_str().split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(odd(argument, "a segment is `.` or `..`, which URLs resolve"));
        }
        if key.as_str().contains(|c: char| c.is_control() || c == '\\') {
            return Err(odd(argument, "it holds a control character or a backslash"));
        }
        let full = format!("{}{}", self.prefix, key.as_str());
        if full.len() > Key::MAX_LEN {
            let why = format!(
                "it has {} bytes with the store's prefix, the limit is {}",
                full.len(),
                Key::MAX_LEN
            );
            return Err(Error::invalid_argument(argument, why));
        }
        Ok(full)
    }

    pub(super) fn url(&self, argument: &str, key: &Key) -> Result<String> {
        Ok(self.protocol.object_url(&self.full(argument, key)?))
    }
}

/// The URL of a store as metrics show it: where its objects are, and nothing else.
fn shown<P: Protocol>(protocol: &P, http: &HttpOptions, prefix: &str) -> String {
    let endpoint = http.endpoint.as_deref();
    let endpoint = endpoint.map_or_else(String::new, |endpoint| format!("?endpoint={endpoint}"));
    let place = format!("{}/{}", protocol.place(), encode::path(prefix));
    format!("{}{endpoint}", place.trim_end_matches('/'))
}

/// Lets the runtime look at its sockets before a request that cannot be sent again: an idle connection
/// that the service has closed must not be taken for it. The first turn is the sockets', the second
/// that of the connections.
async fn closed_connections_are_seen() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}

fn odd(argument: &str, why: &str) -> Error {
    Error::invalid_argument(argument, format!("{why}; this store cannot have it (odd_keys)"))
}
