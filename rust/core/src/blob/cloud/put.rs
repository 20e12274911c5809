//! Writing objects whole.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use http::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::call::Call;
use super::checksum::Crc64;
use super::headers;
use super::own;
use super::protocol::{Body, Protocol};
use super::store::Store;
use super::writer::Writer;
use crate::blob::{Key, PutCondition, PutOptions, PutResult};
use crate::{Effect, Error, ErrorCode, ErrorKind, Result};

/// What is larger goes in parts: a break costs a part and not all, and several go at once. Below it,
/// the two more requests of an upload in parts cost more than they can save.
const LARGE: usize = 64 << 20;
/// Services take no more in one request: S3 5 GiB, Azure 5000 MiB.
const MOST_AT_ONCE: usize = 4 << 30;

impl<P: Protocol> Store<P> {
    pub(super) async fn put(
        self: &Arc<Self>,
        key: Key,
        body: Bytes,
        options: PutOptions,
    ) -> Result<PutResult> {
        let in_turn = self.parts_at_once() == 1;
        let most = if in_turn { MOST_AT_ONCE } else { LARGE.max(self.part_size) };
        if body.len() > most {
            let mut writer = Writer::new(Arc::clone(self), key, options)?;
            writer.append(body).await?;
            return writer.publish().await;
        }
        let options = self.marked_if_conditional(options)?;
        let pieces = vec![body];
        let crc = self.sends_checksums().then(|| Crc64::of(&pieces));
        self.put_at_once(&key, Body::new(pieces, crc), &options).await
    }

    /// How many parts of one object are under way at once.
    pub(super) fn parts_at_once(&self) -> usize {
        if self.protocol.parts_in_turn() { 1 } else { self.transfer.parallel_parts }
    }

    pub(super) async fn put_at_once(
        &self,
        key: &Key,
        body: Body,
        options: &PutOptions,
    ) -> Result<PutResult> {
        let url = self.url("key", key)?;
        let call = Call::write(Method::PUT, url, key.as_str(), own::repeat(options));
        let mut call = self.with_body(call, body);
        self.describe(&mut call, options)?;
        self.protocol.describe_put(&mut call, &options.content_type)?;
        condition(&mut call, &options.condition)?;
        let began = Instant::now();
        match self.send(&call).await {
            Ok(reply) => written(&reply.headers),
            Err(error) => self.outcome(key, options, began, error).await,
        }
    }

    /// Puts the body on a write, and its checksum if it has one.
    pub(super) fn with_body(&self, call: Call, body: Body) -> Call {
        let mut call = call.with_body(body.pieces);
        if let Some(crc) = body.crc.filter(|_| self.sends_checksums()) {
            self.protocol.describe_body(&mut call, crc);
        }
        call
    }

    /// Puts the metadata on a write.
    pub(super) fn describe(&self, call: &mut Call, options: &PutOptions) -> Result<()> {
        let dialect = self.protocol.dialect();
        for (name, value) in &options.metadata {
            let name = headers::metadata_name(name, dialect.plain_names);
            let name = HeaderName::try_from(format!("{}{name}", dialect.metadata))
                .map_err(|_| Error::invalid_argument("metadata", "a name makes no header"))?;
            call.set(name, headers::value("metadata", &headers::metadata_value(value))?);
        }
        Ok(())
    }
}

/// Puts the condition on a write.
pub(super) fn condition(call: &mut Call, condition: &PutCondition) -> Result<()> {
    match condition {
        PutCondition::None => {}
        PutCondition::IfAbsent => call.set(IF_NONE_MATCH, HeaderValue::from_static("*")),
        PutCondition::IfMatch(etag) => call.set(IF_MATCH, headers::quoted_etag("condition", etag)?),
    }
    Ok(())
}

/// Services differ in what they say of an etag where no object is: here its condition does not hold.
pub(super) fn judged(error: Error, condition: &PutCondition) -> Error {
    match (condition, error.code()) {
        (PutCondition::IfMatch(_), ErrorCode::NotFound) => not_there(error.service_status()),
        _ => error,
    }
}

/// A condition on the etag of an object that is not there.
pub(super) fn not_there(status: u32) -> Error {
    Error::new(ErrorCode::FailedPrecondition, "the object is not there, so its etag is another")
        .with_kind(ErrorKind::ConditionNotMet)
        .with_service_status(status)
}

/// Whether it took place, an answer that is not the service's does not tell.
pub(super) fn without_etag() -> Error {
    headers::broken("an answer to a write without an etag").with_effect(Effect::Unknown)
}

/// The version that the answer to a write names.
pub(super) fn written(headers: &HeaderMap) -> Result<PutResult> {
    match headers::bare_etag(headers::text(headers, ETAG)) {
        etag if etag.is_empty() => Err(without_etag()),
        etag => Ok(PutResult { etag }),
    }
}
