//! The HTTP client of a store: requests over connections that are kept and used again.
//!
//! On hyper's connections, without the layers above them: a request drives its own connection, so
//! that none of them has a task, and nobody has to be woken but who waits for the answer (decision 32).

mod body;
mod connect;
mod errors;
mod exchange;
mod pool;
mod proxy;
mod stream;
mod tls;

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{HOST, PROXY_AUTHORIZATION, USER_AGENT};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Request, Uri};
use object_store::client::{HttpError, HttpRequest, HttpResponse, HttpResponseBody, HttpService};

use body::Body;
use pool::{Origin, Pool};

pub(super) use connect::Connector;
pub(super) use proxy::Proxy;
pub(super) use tls::Tls;

/// A client of one runtime: a connection belongs to the runtime that has opened it.
pub(super) struct Http {
    connector: Connector,
    pool: Arc<Pool>,
    user_agent: HeaderValue,
}

impl Http {
    pub(super) fn new(connector: Connector, user_agent: HeaderValue) -> Self {
        Self { connector, pool: Arc::default(), user_agent }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (mut request, origin) = self.prepared(request)?;
        loop {
            let kept = self.pool.take(&origin);
            let was_kept = kept.is_some();
            let wire = match kept {
                Some(wire) => wire,
                None => self.connector.connect(&origin).await?,
            };
            match exchange::exchange(wire, request).await {
                Ok((answer, wire)) => {
                    let (parts, incoming) = answer.into_parts();
                    let body = Body::new(incoming, wire, origin, &self.pool);
                    return Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)));
                }
                // The service had closed the connection before it took anything of the request.
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) if was_kept => request = unsent,
                    _ => return Err(errors::of_hyper(failed.into_error())),
                },
            }
        }
    }

    /// The request as a connection wants it, and where it goes.
    fn prepared(&self, request: HttpRequest) -> Result<(HttpRequest, Origin), HttpError> {
        let (mut parts, body) = request.into_parts();
        let mut uri = parts.uri.into_parts();
        let (Some(scheme), Some(authority)) = (uri.scheme.take(), uri.authority.take()) else {
            return Err(errors::bad("a URL without a host"));
        };
        let path = uri.path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let origin = Origin { is_https: scheme == Scheme::HTTPS, authority };
        parts.headers.entry(HOST).or_insert(origin.host()?);
        parts.headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        parts.uri = match self.connector.asked_for(&origin) {
            // Only a request that the proxy reads has the whole URL, and what the proxy wants.
            Some(proxy) => {
                if let Some(who) = proxy.who() {
                    parts.headers.insert(PROXY_AUTHORIZATION, who.clone());
                }
                let uri = Uri::builder().scheme(Scheme::HTTP).authority(origin.authority.clone());
                uri.path_and_query(path).build().map_err(errors::bad_request)?
            }
            None => path.into(),
        };
        Ok((Request::from_parts(parts, body), origin))
    }
}

impl HttpService for Http {
    fn call<'life, 'future>(
        &'life self,
        request: HttpRequest,
    ) -> BoxFuture<'future, Result<HttpResponse, HttpError>>
    where
        'life: 'future,
        Self: 'future,
    {
        self.send(request).boxed()
    }
}

/// Nothing of it: a proxy may have a password.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
