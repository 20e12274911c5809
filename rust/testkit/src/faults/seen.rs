//! What a proxy has seen.

use std::time::Instant;

/// All of it, in the order in which it came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The connections that clients have opened.
    pub connections: Vec<Connection>,
    /// The requests whose heads have come.
    pub requests: Vec<Request>,
}

/// A connection of a client.
#[derive(Clone, Debug)]
pub struct Connection {
    /// When it was opened.
    pub opened: Instant,
    /// When its client was seen to have closed it; never, where the proxy did.
    pub closed_by_client: Option<Instant>,
    /// Whether the proxy has closed it: what the client sends from now on has nobody to come to.
    pub closed_by_proxy: bool,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which connection it came by.
    pub connection: usize,
    /// Method and target, such as `GET /bucket/key`.
    pub line: String,
    /// Whether a fault was brought about with it.
    pub faulted: bool,
    /// Whether the server was given it.
    pub forwarded: bool,
}

impl Seen {
    /// How many requests a fault was brought about with.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.requests.iter().filter(|request| request.faulted).count()
    }

    /// Whether the first request that met a fault was sent again.
    #[must_use]
    pub fn sent_again(&self) -> bool {
        let mut rest = self.requests.iter().skip_while(|request| !request.faulted);
        let Some(faulted) = rest.next() else { return false };
        rest.any(|request| request.line == faulted.line)
    }

    /// How many connections a request came by.
    #[must_use]
    pub fn connections_used(&self) -> usize {
        let mut used: Vec<_> = self.requests.iter().map(|request| request.connection).collect();
        used.sort_unstable();
        used.dedup();
        used.len()
    }

    /// When a client was last seen to close a connection.
    #[must_use]
    pub fn last_close(&self) -> Option<Instant> {
        self.connections.iter().filter_map(|connection| connection.closed_by_client).max()
    }
}
