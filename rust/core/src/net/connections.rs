//! The HTTP clients of a store, with their connections: one for each runtime.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::client::HttpClient;
use tokio::runtime::{Handle, Id};

use crate::net::options::HttpOptions;
use crate::{Error, ErrorCode, Result};

/// Runtimes beyond so many are taken for gone.
const MAX_RUNTIMES: usize = 64;

/// Clients that are made alike.
pub(crate) struct Connections {
    options: HttpOptions,
    /// How many connections they have opened.
    opened: Arc<AtomicU64>,
    /// A connection belongs to the runtime whose task drives it, and a worker is a runtime of its
    /// own: with a client for each, an operation and its connection stay on one worker.
    by_runtime: Mutex<HashMap<Id, HttpClient>>,
}

impl Connections {
    /// # Errors
    /// `invalid_argument` for options that no client can be made with.
    pub(crate) fn new(options: HttpOptions, opened: Arc<AtomicU64>) -> Result<Self> {
        options.build(&opened)?;
        Ok(Self { options, opened, by_runtime: Mutex::default() })
    }

    /// The client of the runtime that polls this.
    pub(crate) fn client(&self) -> Result<HttpClient> {
        let runtime = Handle::try_current().map_err(|error| {
            Error::new(ErrorCode::Internal, "no tokio runtime polls this").with_cause(error)
        })?;
        let mut clients = self.by_runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&runtime.id()) {
            return Ok(client.clone());
        }
        if clients.len() >= MAX_RUNTIMES {
            clients.clear();
        }
        let client = self.options.build(&self.opened)?;
        clients.insert(runtime.id(), client.clone());
        Ok(client)
    }
}
