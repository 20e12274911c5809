//! Reading objects, whole or in part, and looking at them.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH, RANGE};
use http::{HeaderValue, Method};

use super::call::{Call, Reply};
use super::headers;
use super::opened::{Opened, Source};
use super::protocol::Protocol;
use super::store::Store;
use crate::blob::{
    BlobReader, Buffer, ByteRange, Filled, GetOptions, HeadOptions, Key, Object, ObjectMeta,
};
use crate::{Error, ErrorCode, ErrorKind, Result};

/// The greatest offset that is sent. Services read offsets as signed numbers, and no object is as
/// large as this.
const MAX_OFFSET: u64 = 1 << 53;

impl<P: Protocol> Store<P> {
    pub(super) async fn head(&self, key: &Key, options: HeadOptions) -> Result<ObjectMeta> {
        let mut call = Call::read(Method::HEAD, self.url("key", key)?, key.as_str());
        conditions(&mut call, options.if_match.as_deref(), options.if_none_match.as_deref())?;
        let reply = self.read(&call).await?;
        let size = headers::content_length(&reply.headers)?;
        headers::meta(key.as_str(), &reply.headers, size, self.protocol.dialect())
    }

    /// Asks for the bytes that `options` want.
    pub(super) async fn open(
        self: &Arc<Self>,
        key: Key,
        mut options: GetOptions,
    ) -> Result<Opened<P>> {
        if matches!(options.range, ByteRange::Suffix(_)) && !self.protocol.has_suffix_ranges() {
            options = self.without_suffix(&key, options).await?;
        }
        if self.transfer.parallel_ranges > 1
            && let Some(first) = self.first_range(options.range)
        {
            match self.open_part(&key, &options, first).await {
                // Of an object without bytes there is no first range.
                Err(error)
                    if error.code() == ErrorCode::OutOfRange
                        && options.range == ByteRange::Full => {}
                opened => return opened,
            }
        }
        let reply = self.ask(&key, &options, options.range).await?;
        self.opened(key, reply, options.range)
    }

    /// Asks for these bytes.
    pub(super) async fn ask(
        &self,
        key: &Key,
        options: &GetOptions,
        range: ByteRange,
    ) -> Result<Reply> {
        let mut call = Call::read(Method::GET, self.url("key", key)?, key.as_str());
        conditions(&mut call, options.if_match.as_deref(), options.if_none_match.as_deref())?;
        if let Some(range) = range_header(range) {
            call.set(RANGE, header(range)?);
        }
        self.ask_checksum(&mut call, length(range));
        self.read(&call).await
    }

    /// Sends a read. Where an object is not there, it is not found, whatever the condition; Azure says
    /// that the condition does not hold.
    async fn read(&self, call: &Call) -> Result<Reply> {
        let sent = match self.look_first(call).await {
            Ok(None) => self.send(call).await,
            Ok(Some(reply)) => return Ok(reply),
            Err(error) => Err(error),
        };
        match &sent {
            Err(error) if error.kind() == ErrorKind::ConditionNotMet => {
                let look = Call::read(Method::HEAD, call.url.clone(), &call.key);
                match self.send(&look).await {
                    Err(absent) if absent.code() == ErrorCode::NotFound => Err(absent),
                    _ => sent,
                }
            }
            _ => sent,
        }
    }

    /// The same read by offset, of the version that is there now.
    async fn without_suffix(&self, key: &Key, options: GetOptions) -> Result<GetOptions> {
        let GetOptions { range, if_match, if_none_match } = options;
        let meta = self.head(key, HeadOptions { if_match, if_none_match }).await?;
        let Range { start, end } = range.resolve(meta.size)?;
        let range = ByteRange::From { offset: start, length: Some(end - start) };
        Ok(GetOptions { range, if_match: Some(meta.etag), if_none_match: None })
    }

    /// Bytes that are not those that the service has are read once more: they may have changed on the
    /// way.
    pub(super) async fn get(self: &Arc<Self>, key: Key, options: GetOptions) -> Result<Object> {
        match self.get_once(key.clone(), options.clone()).await {
            Err(error) if self.reads_again(&error) => {
                self.get_once(key, options).await.map_err(|error| error.with_attempts(2))
            }
            got => got,
        }
    }

    fn reads_again(&self, error: &Error) -> bool {
        error.code() == ErrorCode::DataLoss && self.may_try_again()
    }

    async fn get_once(self: &Arc<Self>, key: Key, options: GetOptions) -> Result<Object> {
        let Opened { meta, range, source } = self.open(key, options).await?;
        let size = range.end.saturating_sub(range.start);
        if size > self.max_get {
            let message = format!(
                "{size} bytes are more than the {} that `get` answers with (max_get): read ranges \
                 of the object, or open a reader",
                self.max_get
            );
            return Err(Error::new(ErrorCode::ResourceExhausted, message).with_retryable(false));
        }
        Ok(Object { meta, range, bytes: joined(source, size).await? })
    }

    /// As [`Store::get`].
    pub(super) async fn get_into(
        self: &Arc<Self>,
        key: Key,
        mut buffer: Buffer,
        options: GetOptions,
    ) -> Result<Filled<Buffer>> {
        let filled = match self.fill(key.clone(), &mut buffer, options.clone()).await {
            Err(error) if self.reads_again(&error) => {
                let again = self.fill(key, &mut buffer, options).await;
                again.map_err(|error| error.with_attempts(2))?
            }
            filled => filled?,
        };
        let (meta, range, size) = filled;
        Ok(Filled { buffer, size, range, meta })
    }

    async fn fill(
        self: &Arc<Self>,
        key: Key,
        buffer: &mut Buffer,
        options: GetOptions,
    ) -> Result<(ObjectMeta, Range<u64>, usize)> {
        let Opened { meta, range, source } = self.open(key, options).await?;
        let place = buffer.part(&range)?;
        let size = place.len();
        match source {
            Source::One(mut pieces) => pieces.copy_to(place).await?,
            Source::Several(ahead) => ahead.copy_to(place).await?,
        }
        Ok((meta, range, size))
    }

    pub(super) async fn reader(
        self: &Arc<Self>,
        key: Key,
        options: GetOptions,
    ) -> Result<BlobReader> {
        let Opened { meta, range, source } = self.open(key, options).await?;
        Ok(BlobReader { meta, range, chunks: Box::pin(source.into_stream()) })
    }
}

/// The pieces as one body: the piece itself if there is one only.
async fn joined<P: Protocol>(mut pieces: Source<P>, size: u64) -> Result<Bytes> {
    let Some(first) = pieces.next().await? else { return Ok(Bytes::new()) };
    if first.len() as u64 == size {
        // The end is where a checksum is looked at.
        return pieces.next().await?.map_or(Ok(first), |_| Err(too_much()));
    }
    let no_memory = || Error::new(ErrorCode::ResourceExhausted, format!("{size} bytes of memory"));
    let size = usize::try_from(size).map_err(|_| no_memory())?;
    let mut whole = Vec::new();
    whole.try_reserve_exact(size).map_err(|error| no_memory().with_cause(error))?;
    whole.extend_from_slice(&first);
    while let Some(piece) = pieces.next().await? {
        whole.extend_from_slice(&piece);
    }
    Ok(Bytes::from(whole))
}

/// The conditions of a read.
pub(super) fn conditions(
    call: &mut Call,
    if_match: Option<&str>,
    if_none_match: Option<&str>,
) -> Result<()> {
    let mut condition = |name: HeaderName, argument: &str, etag: Option<&str>| -> Result<()> {
        if let Some(etag) = etag {
            call.set(name, headers::quoted_etag(argument, etag)?);
        }
        Ok(())
    };
    condition(IF_MATCH, "if_match", if_match)?;
    condition(IF_NONE_MATCH, "if_none_match", if_none_match)
}

/// How many bytes a range has at most; `None` for all of the object.
fn length(range: ByteRange) -> Option<u64> {
    match range {
        ByteRange::Full => None,
        ByteRange::Suffix(length) => Some(length),
        ByteRange::From { length, .. } => Some(length.unwrap_or(u64::MAX)),
    }
}

/// The header of a range; `None` for all bytes.
fn range_header(range: ByteRange) -> Option<String> {
    match range {
        ByteRange::Full => None,
        ByteRange::Suffix(length) => Some(format!("bytes=-{}", length.min(MAX_OFFSET))),
        ByteRange::From { offset, length } => {
            let offset = offset.min(MAX_OFFSET);
            let end = length.map(|length| offset.saturating_add(length));
            match end {
                Some(end) if end <= MAX_OFFSET => Some(format!("bytes={offset}-{}", end - 1)),
                _ => Some(format!("bytes={offset}-")),
            }
        }
    }
}

pub(super) fn header(text: String) -> Result<HeaderValue> {
    HeaderValue::try_from(text).map_err(|_| headers::broken("a header of ours that is none"))
}

pub(super) fn too_much() -> Error {
    headers::broken("more bytes than the answer had announced")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_sent_in_numbers_that_services_can_read() {
        let header = |offset, length| range_header(ByteRange::From { offset, length }).unwrap();
        assert_eq!(header(2, Some(3)), "bytes=2-4");
        assert_eq!(header(2, None), "bytes=2-");
        assert_eq!(header(1, Some(u64::MAX)), "bytes=1-");
        assert_eq!(header(u64::MAX, Some(1)), format!("bytes={MAX_OFFSET}-"));
        assert_eq!(
            range_header(ByteRange::Suffix(u64::MAX)).unwrap(),
            format!("bytes=-{MAX_OFFSET}")
        );
        assert_eq!(range_header(ByteRange::Full), None);
    }
}
