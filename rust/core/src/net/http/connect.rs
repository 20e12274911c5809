//! New connections: TCP, the way through a proxy, and TLS.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::client::conn::http1;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use object_store::client::HttpError;
use tower_service::Service;

use super::errors;
use super::exchange::Wire;
use super::pool::Origin;
use super::proxy::Proxy;
use super::stream::Stream;
use super::tls::Tls;

/// Why there is no connection.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// How long an address may take to answer, and then the way through a proxy and TLS; then the next
/// address is tried, or the next attempt made.
const PATIENCE: Duration = Duration::from_secs(10);
/// A peer that is gone without a word is looked for after this time, that often.
const PROBE: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;
/// How long what was sent may stay without the peer's word that it came.
const UNHEARD: Duration = Duration::from_secs(30);

pub(in crate::net) struct Connector {
    tcp: HttpConnector,
    tls: Tls,
    proxy: Option<Proxy>,
    opened: Arc<AtomicU64>,
}

impl Connector {
    pub(in crate::net) fn new(tls: Tls, proxy: Option<Proxy>, opened: Arc<AtomicU64>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(PATIENCE));
        tcp.set_keepalive(Some(PROBE));
        tcp.set_keepalive_interval(Some(PROBE));
        tcp.set_keepalive_retries(Some(PROBES));
        tcp.set_tcp_user_timeout(Some(UNHEARD));
        Self { tcp, tls, proxy, opened }
    }

    /// Gives an address only so long to answer.
    pub(in crate::net) fn with_patience(mut self, patience: Duration) -> Self {
        self.tcp.set_connect_timeout(Some(patience));
        self
    }

    /// The proxy that reads requests to `origin`, if there is one: what is encrypted goes through it
    /// unread.
    pub(super) fn asked_for(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| !origin.is_https)
    }

    /// A new connection to `origin`.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<Box<Wire>, HttpError> {
        let stream = self.stream(origin).await.map_err(errors::connecting)?;
        let made = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = made.map_err(errors::connecting)?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Wire::new(sender, connection)))
    }

    async fn stream(&self, origin: &Origin) -> Result<Stream, Failure> {
        let target = origin.uri()?;
        let Some(proxy) = &self.proxy else {
            let stream = Stream::Tcp(self.tcp.clone().call(target).await?.into_inner());
            return self.encrypted(origin.is_https, stream, origin).await;
        };
        let stream = Stream::Tcp(self.tcp.clone().call(proxy.uri.clone()).await?.into_inner());
        let host = proxy.uri.host().unwrap_or_default();
        let stream =
            if proxy.is_https { in_time(self.tls.over(stream, host)).await? } else { stream };
        if !origin.is_https {
            return Ok(stream);
        }
        let mut tunnel = Tunnel::new(proxy.uri.clone(), Connected(Some(stream)));
        if let Some(who) = proxy.who() {
            tunnel = tunnel.with_auth(who.clone());
        }
        let stream = in_time(async { Ok(tunnel.call(target).await?.into_inner()) }).await?;
        self.encrypted(true, stream, origin).await
    }

    async fn encrypted(
        &self,
        is: bool,
        stream: Stream,
        origin: &Origin,
    ) -> Result<Stream, Failure> {
        if !is {
            return Ok(stream);
        }
        in_time(self.tls.over(stream, origin.authority.host())).await
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the handshake takes too long");
    tokio::time::timeout(PATIENCE, work).await.map_err(late)?
}

/// A connection to the proxy that is there, as a tunnel wants it.
struct Connected(Option<Stream>);

impl Service<http::Uri> for Connected {
    type Response = TokioIo<Stream>;
    type Error = Failure;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Failure>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let stream = self.0.take().map(TokioIo::new);
        std::future::ready(stream.ok_or_else(|| "the tunnel is there already".into()))
    }
}
