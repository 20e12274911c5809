//! An object that was opened for reading: by one request, or by the first of several.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::{HeaderMap, Method, StatusCode};

use super::ahead::{Ahead, WholeCheck};
use super::call::{Call, Reply};
use super::checksum::Check;
use super::get::conditions;
use super::headers;
use super::protocol::Protocol;
use super::reader::{Pieces, replaced};
use super::store::Store;
use super::task::Task;
use crate::blob::{ByteRange, GetOptions, Key, ObjectMeta};
use crate::{ErrorCode, Result};

/// An object that is open for reading.
pub(super) struct Opened<P: Protocol> {
    pub(super) meta: ObjectMeta,
    pub(super) range: Range<u64>,
    pub(super) source: Source<P>,
}

/// Where the bytes come from.
pub(super) enum Source<P: Protocol> {
    /// One request for all.
    One(Box<Pieces<P>>),
    /// Several for a range each.
    Several(Box<Ahead<P>>),
}

impl<P: Protocol> Source<P> {
    /// The next piece, which is not empty, or `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        match self {
            Self::One(pieces) => pieces.next().await,
            Self::Several(ahead) => ahead.next().await,
        }
    }

    /// The pieces, none of them empty. After an error there is nothing more.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        stream::try_unfold(self, |mut source| async move {
            Ok(source.next().await?.map(|piece| (piece, source)))
        })
    }
}

impl<P: Protocol> Store<P> {
    /// What the answer to a read of `wanted` opens.
    pub(super) fn opened(
        self: &Arc<Self>,
        key: Key,
        reply: Reply,
        wanted: ByteRange,
    ) -> Result<Opened<P>> {
        let (range, size) = found(&reply, wanted)?;
        let meta = headers::meta(key.as_str(), &reply.headers, size, self.protocol.dialect())?;
        let check = self.check(&reply.headers, range == (0..size));
        let (store, etag) = (Arc::clone(self), meta.etag.clone());
        let pieces = Pieces::new(store, key, etag, range.clone(), reply.pieces(), check);
        Ok(Opened { meta, range, source: Source::One(Box::new(pieces)) })
    }

    /// The beginning of what is wanted, if that is to be fetched in several ranges.
    pub(super) fn first_range(&self, wanted: ByteRange) -> Option<ByteRange> {
        let most = self.transfer.range_size(self.protocol.checked_range());
        match wanted {
            ByteRange::Full => Some(ByteRange::From { offset: 0, length: Some(most) }),
            ByteRange::From { offset, length } if length.is_none_or(|length| length > most) => {
                Some(ByteRange::From { offset, length: Some(most) })
            }
            ByteRange::From { .. } | ByteRange::Suffix(_) => None,
        }
    }

    /// Opens an object by its first range, which says how much more there is.
    pub(super) async fn open_part(
        self: &Arc<Self>,
        key: &Key,
        options: &GetOptions,
        first: ByteRange,
    ) -> Result<Opened<P>> {
        let reply = self.ask(key, options, first).await?;
        let is_part = reply.status == StatusCode::PARTIAL_CONTENT;
        let first = if is_part { first } else { options.range };
        let Opened { meta, range: first, source } = self.opened(key.clone(), reply, first)?;
        let range = options.range.resolve(meta.size)?;
        let source = match source {
            Source::One(pieces) => {
                let all = range == (0..meta.size) && !pieces.is_checked();
                let checksum =
                    all.then(|| self.whole_check(key, &meta.etag)).transpose()?.flatten();
                if first == range && checksum.is_none() {
                    Source::One(pieces)
                } else {
                    let (etag, rest) = (meta.etag.clone(), first.end..range.end);
                    Source::Several(Box::new(Ahead::new(self, key, etag, *pieces, rest, checksum)))
                }
            }
            several @ Source::Several(_) => several,
        };
        Ok(Opened { meta, range, source })
    }

    /// Asks for the checksum of a version, where no read of a part of it tells that.
    fn whole_check(self: &Arc<Self>, key: &Key, etag: &str) -> Result<Option<WholeCheck>> {
        if !self.sends_checksums() || !self.protocol.head_tells_checksum() {
            return Ok(None);
        }
        let mut call = Call::read(Method::HEAD, self.url("key", key)?, key.as_str());
        conditions(&mut call, Some(etag), None)?;
        self.ask_checksum(&mut call, None);
        let store = Arc::clone(self);
        let look = async move {
            match store.send(&call).await.map_err(replaced) {
                Ok(reply) => Ok(store.check(&reply.headers, true)),
                // Whoever still asks for bytes of that version is told so; who has them all may have
                // them.
                Err(error) if error.code() == ErrorCode::Aborted => Ok(None),
                Err(error) => Err(error),
            }
        };
        Task::begin(look).map(Some)
    }

    /// Has the answer to a read tell a checksum, unless nobody looks at it.
    pub(super) fn ask_checksum(&self, call: &mut Call, range: Option<u64>) {
        if self.sends_checksums() {
            self.protocol.ask_checksum(call, range);
        }
    }

    /// What the answer to a read says of its bytes.
    pub(super) fn check(&self, headers: &HeaderMap, whole: bool) -> Option<Check> {
        self.protocol.check(headers, whole, self.transfer.checksums)
    }
}

/// Which bytes the answer holds, and the size of the object.
fn found(reply: &Reply, wanted: ByteRange) -> Result<(Range<u64>, u64)> {
    let length = headers::content_length(&reply.headers)?;
    // A part of an empty object has no range that a header could tell.
    let is_part = reply.status == StatusCode::PARTIAL_CONTENT && length > 0;
    let (start, end, size) =
        if is_part { headers::content_range(&reply.headers)? } else { (0, length, length) };
    // Judged here as well: not every service refuses a range that begins at the end.
    let range = wanted.resolve(size)?;
    if range != (start..end) {
        return Err(headers::broken("other bytes than were asked for"));
    }
    Ok((range, size))
}
