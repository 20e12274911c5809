//! Copies within the service, and renames, which are a copy and a delete there.

use std::time::Duration;

use http::Method;

use super::call::Call;
use super::headers;
use super::protocol::{Copied, CopyState, Protocol};
use super::put::written;
use super::store::Store;
use crate::blob::{CopyOptions, DeleteOptions, HeadOptions, Key, PutResult};
use crate::{Effect, Error, ErrorCode, ErrorKind, Result};

/// How long between two looks at a copy that the service goes on with by itself.
const LOOK: Duration = Duration::from_millis(200);

impl<P: Protocol> Store<P> {
    pub(super) async fn copy(
        &self,
        from: &Key,
        to: &Key,
        options: &CopyOptions,
        source_etag: Option<&str>,
    ) -> Result<PutResult> {
        let (source, target) = (self.full("from", from)?, self.full("to", to)?);
        let mut call = self.protocol.copy(&source, &target, source_etag)?;
        // The key of a message: what is not found is the source.
        call.key = from.as_str().to_owned();
        if options.if_absent {
            self.protocol.copy_if_absent(&mut call);
        }
        let url = call.url.clone();
        loop {
            match self.protocol.copied(self.send(&call).await?).await? {
                Copied::Done(put) => return Ok(put),
                Copied::UnderWay => return self.end_of_copy(to).await,
                Copied::GoOn(query) => {
                    let next = format!("{url}{query}");
                    if next == call.url {
                        return Err(headers::broken("a copy that stays where it is"));
                    }
                    call.url = next;
                }
            }
        }
    }

    async fn end_of_copy(&self, to: &Key) -> Result<PutResult> {
        loop {
            tokio::time::sleep(LOOK).await;
            let call = Call::read(Method::HEAD, self.url("to", to)?, to.as_str());
            let reply = self.send(&call).await.map_err(|e| e.with_effect(Effect::Unknown))?;
            match self.protocol.copy_state(&reply.headers) {
                CopyState::Done => return written(&reply.headers),
                CopyState::UnderWay => {}
                CopyState::Failed => {
                    let message = "the service gave the copy up";
                    return Err(
                        Error::new(ErrorCode::Aborted, message).with_effect(Effect::Unknown)
                    );
                }
            }
        }
    }

    /// Not one step: a copy of the version that is there now, then a delete. Where the service
    /// deletes by etag, a version that is written in between stays, as if written after the rename.
    pub(super) async fn rename(
        &self,
        from: &Key,
        to: &Key,
        options: &CopyOptions,
    ) -> Result<PutResult> {
        self.full("to", to)?;
        self.full("from", from)?;
        let source = self.head(from, HeadOptions::default()).await?;
        let put = self.copy(from, to, options, Some(&source.etag)).await?;
        let by_etag = self.protocol.capabilities().delete_if_match;
        let options = DeleteOptions { if_match: by_etag.then_some(source.etag) };
        match self.delete(from, &options).await {
            Err(error) if error.kind() != ErrorKind::ConditionNotMet => {
                Err(error.with_effect(Effect::Unknown))
            }
            _ => Ok(put),
        }
    }
}

/// A condition on the source of a copy.
pub(super) fn source_condition(
    call: &mut Call,
    name: &'static str,
    etag: Option<&str>,
) -> Result<()> {
    if let Some(etag) = etag {
        let name = http::HeaderName::from_static(name);
        call.set(name, headers::quoted_etag("from", etag)?);
    }
    Ok(())
}
