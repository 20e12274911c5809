//! Connections that wait for the next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use object_store::client::HttpError;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::errors;
use super::exchange::Wire;

/// How long a connection waits. Services close theirs after one to some minutes.
const PATIENCE: Duration = Duration::from_secs(90);

/// To whom a connection leads.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) is_https: bool,
    pub(super) authority: Authority,
}

impl Origin {
    fn scheme(&self) -> Scheme {
        if self.is_https { Scheme::HTTPS } else { Scheme::HTTP }
    }

    pub(super) fn uri(&self) -> Result<Uri, http::Error> {
        let uri = Uri::builder().scheme(self.scheme()).authority(self.authority.clone());
        uri.path_and_query(PathAndQuery::from_static("/")).build()
    }

    /// Its name in a request, without the scheme's own port.
    pub(super) fn host(&self) -> Result<HeaderValue, HttpError> {
        let own = if self.is_https { ":443" } else { ":80" };
        let host = self.authority.as_str();
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let host = host.strip_suffix(own).unwrap_or(host);
        HeaderValue::from_str(host).map_err(errors::bad_request)
    }
}

/// The connections of a client that are not in use.
#[derive(Default)]
pub(super) struct Pool(Mutex<State>);

#[derive(Default)]
struct State {
    /// In the order of their coming. A store has one origin, and two where tokens come from another.
    idle: Vec<Idle>,
    /// Whether a task looks for those that have waited too long.
    is_swept: bool,
}

struct Idle {
    origin: Origin,
    wire: Box<Wire>,
    since: Instant,
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that was used last, so that the others can go when there is less to do.
    pub(super) fn take(&self, origin: &Origin) -> Option<Box<Wire>> {
        loop {
            let mut state = self.state();
            let at = state.idle.iter().rposition(|idle| idle.origin == *origin)?;
            let mut wire = state.idle.remove(at).wire;
            drop(state);
            if wire.is_usable() {
                return Some(wire);
            }
        }
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(self: &Arc<Self>, origin: Origin, wire: Box<Wire>) {
        let mut state = self.state();
        state.idle.push(Idle { origin, wire, since: Instant::now() });
        // Elsewhere than on its runtime there may be none; then the next one does it.
        if !state.is_swept
            && let Ok(runtime) = Handle::try_current()
        {
            state.is_swept = true;
            runtime.spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Closes what has waited too long; gives when to look again, unless nothing waits.
    fn close_old(&self) -> Option<Duration> {
        let mut state = self.state();
        let old = state.idle.iter().take_while(|idle| idle.since.elapsed() >= PATIENCE).count();
        let closed: Vec<_> = state.idle.drain(..old).collect();
        let next = state.idle.first().map(|idle| PATIENCE.saturating_sub(idle.since.elapsed()));
        state.is_swept = next.is_some();
        drop(state);
        drop(closed);
        next
    }
}

async fn sweep(pool: Weak<Pool>) {
    while let Some(wait) = pool.upgrade().and_then(|pool| pool.close_old()) {
        tokio::time::sleep(wait).await;
    }
}
