//! Uploads in parts: a session to which the bytes are sent in their order
//! (<https://cloud.google.com/storage/docs/performing-resumable-uploads>).
//!
//! The uploads in parts of the XML API, which are those of S3, take no condition.

use bytes::Bytes;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderName, LOCATION};
use http::{HeaderMap, HeaderValue, Method};

use super::Gcs;
use super::conditions::generation;
use super::resource::{self, Resource};
use crate::blob::cloud::call::{Call, Repeat, Reply};
use crate::blob::cloud::get::header;
use crate::blob::cloud::headers::{self, broken};
use crate::blob::cloud::protocol::{Body, Upload, Whole};
use crate::blob::cloud::store::Store;
use crate::blob::{PutCondition, PutOptions, PutResult};
use crate::net::encode;
use crate::{Error, ErrorCode, Result};

/// All parts but the last are a multiple of this; so the last is known by its length.
pub(super) const UNIT: usize = 256 << 10;
/// How often a part is sent without a byte of it being kept.
const MAX_IDLE: u32 = 3;
/// Has the service answer 200 with [`STATUS`] where it would answer 308, which HTTP has for something
/// else; Google's own clients ask for it.
const NO_308: HeaderName = HeaderName::from_static("x-guploader-no-308");
const STATUS: &str = "x-http-status-code-override";

pub(super) async fn begin(store: &Store<Gcs>, key: &str, options: &PutOptions) -> Result<Upload> {
    let Gcs { endpoint, bucket, .. } = &store.protocol;
    let condition = match &options.condition {
        PutCondition::None => String::new(),
        PutCondition::IfAbsent => "&ifGenerationMatch=0".to_owned(),
        PutCondition::IfMatch(etag) => format!("&ifGenerationMatch={}", generation(etag)),
    };
    let name = encode::query(key);
    let url = format!(
        "{endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&name={name}{condition}"
    );
    // One that is begun twice leaves a session behind, and nothing to be seen.
    let call = Call::write(Method::POST, url, key, Repeat::Idempotent);
    let mut call = call.with_body(vec![description(options)?]);
    call.set(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    let reply = store.send(&call).await?;
    let id = session(endpoint, headers::text(&reply.headers, LOCATION))?;
    Ok(Upload { id })
}

/// What is known of the object besides its bytes, with the values that headers carry.
fn description(options: &PutOptions) -> Result<Bytes> {
    let metadata: serde_json::Map<_, _> = options
        .metadata
        .iter()
        .map(|(name, value)| (name.clone(), headers::metadata_value(value).into()))
        .collect();
    let mut object = serde_json::Map::new();
    object.insert("metadata".to_owned(), metadata.into());
    if !options.content_type.is_empty() {
        object.insert("contentType".to_owned(), options.content_type.clone().into());
    }
    let object = serde_json::to_vec(&object).map_err(|_| broken("metadata that is no JSON"))?;
    Ok(Bytes::from(object))
}

/// The session's URL at the endpoint that the store was given: no answer leads a token elsewhere.
fn session(endpoint: &str, location: &str) -> Result<String> {
    let no_session = || broken("an upload without a session");
    let (scheme, rest) = endpoint.split_once("://").ok_or_else(no_session)?;
    let authority = rest.split('/').next().unwrap_or_default();
    let (_, place) = location.split_once("://").ok_or_else(no_session)?;
    let path = place.find('/').and_then(|at| place.get(at..)).ok_or_else(no_session)?;
    Ok(format!("{scheme}://{authority}{path}"))
}

/// Sends the part after those that the session has. Gives where it ends, and if it has ended the session,
/// behind a `=` the etag.
pub(super) async fn part(
    store: &Store<Gcs>,
    key: &str,
    upload: &Upload,
    part: Body,
) -> Result<String> {
    let (start, length) = (part.start, part.length());
    let end = start + length;
    let is_full = length.is_multiple_of(UNIT as u64);
    let total = if is_full { "*".to_owned() } else { end.to_string() };
    let (mut rest, mut from, mut idle) = (part.pieces, start, 0);
    loop {
        let range = format!("bytes {from}-{}/{total}", end - 1);
        let reply = send(store, key, upload, rest.clone(), range).await?;
        let Some(kept) = kept(&reply.headers)? else {
            let PutResult { etag } = made(reply).await?;
            return Ok(format!("{end}={etag}"));
        };
        if kept == end {
            return Ok(end.to_string());
        }
        idle = if kept > from { 0 } else { idle + 1 };
        if kept < from || kept > end || idle == MAX_IDLE {
            return Err(lost());
        }
        drop_front(&mut rest, kept - from);
        from = kept;
    }
}

/// Ends the session, unless the last part has: it was shorter than the others then.
pub(super) async fn finish(
    store: &Store<Gcs>,
    key: &str,
    upload: &Upload,
    whole: &Whole,
) -> Result<PutResult> {
    let last = whole.parts.last().map_or("0", |part| part.name.as_str());
    if let Some((_, etag)) = last.split_once('=') {
        return Ok(PutResult { etag: etag.to_owned() });
    }
    let range = format!("bytes */{last}");
    let reply = send(store, key, upload, Vec::new(), range).await?;
    if kept(&reply.headers)?.is_some() {
        return Err(lost());
    }
    made(reply).await
}

/// Bytes that the session has are ignored by it, and a session that is over answers again what it has
/// answered: nothing here is done twice.
async fn send(
    store: &Store<Gcs>,
    key: &str,
    upload: &Upload,
    body: Vec<Bytes>,
    range: String,
) -> Result<Reply> {
    let url = upload.id.clone();
    let mut call = Call::write(Method::PUT, url, key, Repeat::Idempotent).with_body(body);
    call.set(CONTENT_RANGE, header(range)?);
    call.set(NO_308, HeaderValue::from_static("yes"));
    store.send(&call).await.map_err(|error| match error.service_status() {
        404 | 410 => lost().with_service_status(error.service_status()),
        _ => error,
    })
}

/// Up to which byte the session has them, if it goes on; `None` if the object is made.
fn kept(headers: &HeaderMap) -> Result<Option<u64>> {
    if headers::text(headers, STATUS) != "308" {
        return Ok(None);
    }
    let range = headers::text(headers, http::header::RANGE);
    if range.is_empty() {
        return Ok(Some(0));
    }
    let last = range.strip_prefix("bytes=0-").and_then(|last| last.parse::<u64>().ok());
    let end = last.and_then(|last| last.checked_add(1));
    end.map(Some).ok_or_else(|| broken("a session that does not say what it has"))
}

async fn made(reply: Reply) -> Result<PutResult> {
    resource::read::<Resource>(&reply.whole().await?)?.put_result()
}

fn drop_front(pieces: &mut Vec<Bytes>, mut length: u64) {
    pieces.retain_mut(|piece| {
        let gone = usize::try_from(length).unwrap_or(usize::MAX).min(piece.len());
        length -= gone as u64;
        bytes::Buf::advance(piece, gone);
        !piece.is_empty()
    });
}

fn lost() -> Error {
    Error::new(ErrorCode::Aborted, "the service has lost the upload: write the object again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_stays_at_the_endpoint() {
        let location = "https://storage.googleapis.com/upload/storage/v1/b/b/o?upload_id=x";
        for endpoint in ["http://127.0.0.1:9", "http://127.0.0.1:9/base"] {
            let url = session(endpoint, location).unwrap();
            assert_eq!(url, "http://127.0.0.1:9/upload/storage/v1/b/b/o?upload_id=x");
        }
        for bad in ["", "/upload", "https://host"] {
            assert!(session("https://h", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_session_says_what_it_has() {
        let mut headers = HeaderMap::new();
        assert_eq!(kept(&headers).unwrap(), None);
        headers.insert(STATUS, HeaderValue::from_static("308"));
        assert_eq!(kept(&headers).unwrap(), Some(0));
        headers.insert(http::header::RANGE, HeaderValue::from_static("bytes=0-9"));
        assert_eq!(kept(&headers).unwrap(), Some(10));
        headers.insert(http::header::RANGE, HeaderValue::from_static("bytes=5-9"));
        assert!(kept(&headers).is_err());
    }

    #[test]
    fn what_is_kept_is_not_sent_again() {
        let mut pieces = vec![Bytes::from_static(b"abc"), Bytes::from_static(b"defg")];
        drop_front(&mut pieces, 5);
        assert_eq!(pieces, [Bytes::from_static(b"fg")]);
        drop_front(&mut pieces, 2);
        assert!(pieces.is_empty());
    }
}
