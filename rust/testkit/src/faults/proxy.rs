//! The proxy: listens, gives each connection a task, and remembers what it has seen.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::connection::Client;
use super::fault::{Fault, Rule};
use super::seen::{Connection, Request, Seen};
use super::wire::{Wire, acceptor};

/// A proxy on a free port of 127.0.0.1, until it is dropped. It runs on a thread of its own, so that a
/// test may do with its own as it likes.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

#[derive(Debug)]
pub(super) struct Shared {
    /// Where the server listens.
    pub(super) server: u16,
    /// Each with how many requests it was for.
    rules: Mutex<Vec<(Rule, usize)>>,
    seen: Mutex<Seen>,
    changed: Notify,
}

impl Proxy {
    /// Starts one before the server at `server`, a port of 127.0.0.1.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(server: u16, rules: Vec<Rule>) -> io::Result<Self> {
        Self::start_with(server, rules, None)
    }

    /// Starts one that speaks TLS with its clients, and shows them this certificate, both as PEM.
    ///
    /// # Errors
    /// No port is free, or these files are no certificate and its key.
    pub fn start_with_tls(
        server: u16,
        rules: Vec<Rule>,
        certificate: &Path,
        key: &Path,
    ) -> io::Result<Self> {
        Self::start_with(server, rules, Some(acceptor(certificate, key)?))
    }

    fn start_with(server: u16, rules: Vec<Rule>, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let rules = rules.into_iter().map(|rule| (rule, 0)).collect();
        let (seen, changed) = (Mutex::default(), Notify::new());
        let shared = Arc::new(Shared { server, rules: Mutex::new(rules), seen, changed });
        let runtime = runtime()?;
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let listening = runtime.spawn(listen(listener, tls, Arc::clone(&shared))).abort_handle();
        Ok(Self { port, shared, listening })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.seen().clone()
    }

    /// Has these rules in place of those before.
    pub fn set_rules(&self, rules: Vec<Rule>) {
        *lock(&self.shared.rules) = rules.into_iter().map(|rule| (rule, 0)).collect();
    }

    /// Waits until what was seen is as `wanted`; whether it was within `bound`.
    pub async fn wait_until(&self, bound: Duration, wanted: impl Fn(&Seen) -> bool) -> bool {
        let wait = async {
            loop {
                let changed = self.shared.changed.notified();
                tokio::pin!(changed);
                // From here on a change is not missed.
                changed.as_mut().enable();
                if wanted(&self.shared.seen()) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(bound, wait).await.is_ok()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }

    /// Writes a request down; gives its number, and what is to go wrong with it.
    pub(super) fn note(
        &self,
        connection: usize,
        method: &str,
        target: &str,
    ) -> (usize, Option<Fault>) {
        let fault = self.fault(method, target);
        let line = format!("{method} {target}");
        let mut seen = self.seen();
        let faulted = fault.is_some();
        seen.requests.push(Request { connection, line, faulted, forwarded: false });
        self.changed.notify_waiters();
        (seen.requests.len() - 1, fault)
    }

    fn fault(&self, method: &str, target: &str) -> Option<Fault> {
        let mut fault = None;
        // Each counts all requests that it is for, also those that an earlier one has.
        for (rule, count) in lock(&self.rules).iter_mut() {
            if rule.wants(method, target) {
                *count += 1;
                if rule.nth == 0 || rule.nth == *count {
                    fault = fault.or_else(|| Some(rule.fault.clone()));
                }
            }
        }
        fault
    }

    pub(super) fn forwarded(&self, request: usize) {
        if let Some(request) = self.seen().requests.get_mut(request) {
            request.forwarded = true;
        }
        self.changed.notify_waiters();
    }

    pub(super) fn closed_by_client(&self, connection: usize) {
        if let Some(connection) = self.seen().connections.get_mut(connection) {
            connection.closed_by_client.get_or_insert_with(Instant::now);
        }
        self.changed.notify_waiters();
    }

    pub(super) fn closed_by_proxy(&self, connection: usize) {
        if let Some(connection) = self.seen().connections.get_mut(connection) {
            connection.closed_by_proxy = true;
        }
        self.changed.notify_waiters();
    }

    fn opened(&self) -> usize {
        let mut seen = self.seen();
        seen.connections.push(Connection {
            opened: Instant::now(),
            closed_by_client: None,
            closed_by_proxy: false,
        });
        self.changed.notify_waiters();
        seen.connections.len() - 1
    }
}

/// What a test that has failed leaves behind is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread of all proxies.
fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("proxies")
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| runtime))
}

async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Without it, small answers would come late.
        let _ = stream.set_nodelay(true);
        let number = shared.opened();
        connections.spawn(accept(stream, tls.clone(), Arc::clone(&shared), number));
        while connections.try_join_next().is_some() {}
    }
}

async fn accept(stream: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>, number: usize) {
    let wire: Box<dyn Wire> = match tls {
        None => Box::new(stream),
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Box::new(stream),
            // The client does not trust it, and has gone.
            Err(_) => return shared.closed_by_client(number),
        },
    };
    Client::new(wire, shared, number).serve().await;
}
