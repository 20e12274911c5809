//! The bytes of an object as they come, also when the connection breaks on the way.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::stream;
use futures_util::{StreamExt, TryStreamExt};
use http::header::RANGE;
use http::{Method, StatusCode};
use object_store::client::HttpError;

use super::call::{Call, Reply};
use super::checksum::Check;
use super::get::{conditions, header, too_much};
use super::protocol::Protocol;
use super::store::Store;
use super::{errors, headers};
use crate::blob::Key;
use crate::{Error, ErrorCode, ErrorKind, Result};

/// How often a read goes on after a break before it has got a single byte more.
pub(super) const MAX_BREAKS: u32 = 3;

/// The bytes of a range of one version.
pub(super) struct Pieces<P> {
    store: Arc<Store<P>>,
    key: Key,
    etag: String,
    /// What is still to come.
    rest: Range<u64>,
    body: BoxStream<'static, Result<Bytes, HttpError>>,
    /// What all of them should be. It holds for what comes after a break as well, as that is of the
    /// same version.
    check: Option<Check>,
    /// How often the connection has broken since the last byte.
    breaks: u32,
}

impl<P: Protocol> Pieces<P> {
    pub(super) fn new(
        store: Arc<Store<P>>,
        key: Key,
        etag: String,
        rest: Range<u64>,
        body: BoxStream<'static, Result<Bytes, HttpError>>,
        check: Option<Check>,
    ) -> Self {
        Self { store, key, etag, rest, body, check, breaks: 0 }
    }

    /// Asks for a range of a version that is known.
    ///
    /// # Errors
    /// `aborted` if it is not the object's any more.
    pub(super) async fn begin(
        store: Arc<Store<P>>,
        key: Key,
        etag: String,
        range: Range<u64>,
    ) -> Result<Self> {
        let mut pieces = Self::new(store, key, etag, range, stream::empty().boxed(), None);
        let reply = pieces.ask(true).await?;
        pieces.check = pieces.store.check(&reply.headers, false);
        pieces.body = reply.pieces();
        Ok(pieces)
    }

    /// The next piece, which is not empty, or `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        while self.rest.start < self.rest.end {
            let error = match self.body.try_next().await {
                Ok(Some(piece)) if piece.is_empty() => continue,
                Ok(Some(piece)) => return self.take(piece).map(Some),
                Ok(None) => Error::new(ErrorCode::Unavailable, "the answer ended too early"),
                Err(error) => errors::broken_off(error),
            };
            self.breaks += 1;
            if self.breaks > MAX_BREAKS {
                return Err(error.with_attempts(self.breaks));
            }
            self.go_on().await?;
        }
        // The end of the body is waited for, so that the connection is free for the next request.
        match self.body.next().await {
            Some(Ok(piece)) if !piece.is_empty() => return Err(too_much()),
            _ => {}
        }
        match self.check.take() {
            Some(mut check) => check.finish(self.key.as_str()).map(|()| None),
            None => Ok(None),
        }
    }

    /// All of them, copied to their place, which is as long as they are together.
    pub(super) async fn copy_to(&mut self, place: &mut [u8]) -> Result<()> {
        let mut filled = 0;
        while let Some(piece) = self.next().await? {
            let rest = place.get_mut(filled..).unwrap_or_default();
            rest.get_mut(..piece.len()).ok_or_else(too_much)?.copy_from_slice(&piece);
            filled += piece.len();
        }
        Ok(())
    }

    pub(super) fn is_checked(&self) -> bool {
        self.check.is_some()
    }

    /// How many bytes are still to come.
    pub(super) fn len(&self) -> u64 {
        self.rest.end.saturating_sub(self.rest.start)
    }

    fn take(&mut self, piece: Bytes) -> Result<Bytes> {
        let start = self.rest.start.saturating_add(piece.len() as u64);
        if start > self.rest.end {
            return Err(too_much());
        }
        (self.rest.start, self.breaks) = (start, 0);
        self.check.iter_mut().for_each(|check| check.update(&piece));
        Ok(piece)
    }

    async fn go_on(&mut self) -> Result<()> {
        self.body = self.ask(false).await?.pieces();
        Ok(())
    }

    /// Asks for the rest of the same version.
    async fn ask(&mut self, checksum: bool) -> Result<Reply> {
        let url = self.store.url("key", &self.key)?;
        let mut call = Call::read(Method::GET, url, self.key.as_str());
        conditions(&mut call, Some(&self.etag), None)?;
        call.set(RANGE, header(format!("bytes={}-{}", self.rest.start, self.rest.end - 1))?);
        if checksum {
            self.store.ask_checksum(&mut call, Some(self.rest.end - self.rest.start));
        }
        let reply = self.store.send(&call).await.map_err(replaced)?;
        self.verify(&reply)?;
        Ok(reply)
    }

    /// Whether these are the bytes that were asked for, of the version that was asked for: a service
    /// that ignores the condition must not mix two.
    fn verify(&self, reply: &Reply) -> Result<()> {
        let whole = reply.status != StatusCode::PARTIAL_CONTENT;
        let (start, end) = if whole {
            (0, headers::content_length(&reply.headers)?)
        } else {
            let (start, end, _) = headers::content_range(&reply.headers)?;
            (start, end)
        };
        if headers::bare_etag(headers::text(&reply.headers, http::header::ETAG)) != self.etag {
            return Err(another_version());
        }
        if (start, end) != (self.rest.start, self.rest.end) {
            return Err(headers::broken("other bytes than were asked for"));
        }
        Ok(())
    }
}

/// A condition that does not hold here is not the caller's.
pub(super) fn replaced(error: Error) -> Error {
    match (error.code(), error.kind()) {
        (_, ErrorKind::ConditionNotMet) | (ErrorCode::NotFound, _) => another_version(),
        (ErrorCode::OutOfRange, _) => {
            headers::broken("an answer had announced more bytes than its object has")
        }
        _ => error,
    }
}

pub(super) fn another_version() -> Error {
    let message = "the object was replaced or deleted while it was read, and the rest of the version \
                   that was begun with is gone";
    Error::new(ErrorCode::Aborted, message)
}
