//! Reads that want another version than one, of a service that has no condition for it.

use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderMap, Method};

use super::call::{Call, Reply};
use super::headers::{bare_etag, text};
use super::protocol::Protocol;
use super::store::Store;
use crate::{Error, ErrorCode, ErrorKind, Result};

impl<P: Protocol> Store<P> {
    /// Looks at the object first where the service cannot judge the condition of `call`. No version
    /// comes back, so a version that is another now is another in the read that follows. The answer
    /// is what a `HEAD` was going to be answered with.
    pub(super) async fn look_first(&self, call: &Call) -> Result<Option<Reply>> {
        let wanted = wanted(&call.headers);
        if wanted.is_empty() || self.protocol.has_none_match() {
            return Ok(None);
        }
        let mut look = Call::read(Method::HEAD, call.url.clone(), &call.key);
        look.headers.clone_from(&call.headers);
        look.headers.remove(IF_NONE_MATCH);
        look.headers.remove(http::header::RANGE);
        let reply = self.send(&look).await?;
        if bare_etag(text(&reply.headers, ETAG)) == wanted {
            let message = format!("the object {:?} is unchanged", call.key);
            return Err(Error::new(ErrorCode::FailedPrecondition, message)
                .with_kind(ErrorKind::NotModified));
        }
        Ok((call.method == Method::HEAD).then_some(reply))
    }
}

fn wanted(headers: &HeaderMap) -> String {
    bare_etag(text(headers, IF_NONE_MATCH))
}
