//! Uploads in parts.

use bytes::Bytes;
use http::{Method, StatusCode};

use super::S3;
use super::checksum::{self, text};
use crate::blob::cloud::call::{Call, Repeat, Reply};
use crate::blob::cloud::errors::Refusal;
use crate::blob::cloud::headers::{self, broken};
use crate::blob::cloud::own;
use crate::blob::cloud::protocol::{Body, Part, Protocol, Upload, Whole};
use crate::blob::cloud::put::{condition, without_etag, written};
use crate::blob::cloud::store::Store;
use crate::blob::cloud::xml;
use crate::blob::{PutOptions, PutResult};
use crate::{Effect, Error, ErrorCode, Result};

pub(super) async fn begin(store: &Store<S3>, key: &str, options: &PutOptions) -> Result<Upload> {
    let url = store.protocol.sub_url(key, &[("uploads", "")]);
    // One that is begun twice leaves an upload without parts behind, and nothing to be seen.
    let mut call = Call::write(Method::POST, url, key, Repeat::Idempotent).with_body(Vec::new());
    store.describe(&mut call, options)?;
    store.protocol.describe_put(&mut call, &options.content_type)?;
    if store.sends_checksums() {
        checksum::announce(&mut call);
    }
    let begun = xml::read(&store.send_whole(&call).await?)?;
    match begun.text_of("UploadId") {
        "" => Err(broken("an upload without a name")),
        id => Ok(Upload { id: id.to_owned() }),
    }
}

pub(super) async fn part(
    store: &Store<S3>,
    key: &str,
    upload: &Upload,
    number: usize,
    part: Body,
) -> Result<String> {
    let number = (number + 1).to_string();
    let query = [("partNumber", number.as_str()), ("uploadId", &upload.id)];
    let url = store.protocol.sub_url(key, &query);
    let call = Call::write(Method::PUT, url, key, Repeat::Idempotent);
    Ok(written(&store.send(&store.with_body(call, part)).await?.headers)?.etag)
}

pub(super) async fn finish(
    store: &Store<S3>,
    key: &str,
    upload: &Upload,
    whole: &Whole,
    options: &PutOptions,
) -> Result<PutResult> {
    // An upload that was begun without checksums takes none.
    let wanted = store.sends_checksums();
    let part = |(at, part): (usize, &Part)| {
        let (number, etag) = (at + 1, xml::escaped(&part.name));
        let checksum = |crc| format!("<ChecksumCRC64NVME>{}</ChecksumCRC64NVME>", text(crc));
        let checksum = part.crc.filter(|_| wanted).map(checksum).unwrap_or_default();
        format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag>{checksum}</Part>")
    };
    let parts: String = whole.parts.iter().enumerate().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let url = store.protocol.sub_url(key, &[("uploadId", &upload.id)]);
    let mut call = Call::write(Method::POST, url, key, own::repeat(options))
        .with_body(vec![Bytes::from(body)]);
    if let Some(crc) = whole.crc().filter(|_| wanted) {
        checksum::describe_whole(&mut call, crc);
    }
    condition(&mut call, &options.condition)?;
    let body = store.send(&call).await?.whole().await.map_err(half_answered)?;
    checked(&body, &call)
}

/// The service may have done it before the connection broke. Looked into as if the next attempt had been
/// refused, which it would be: the upload is gone then.
fn half_answered(error: Error) -> Error {
    let message = "the answer to the end of an upload came in part";
    Error::new(ErrorCode::Aborted, message).with_effect(Effect::Unknown).with_cause(error)
}

/// What a copy or a finished upload says. The service answers 200 before it has done the work, and
/// an error may follow in the body. Where that does not come or cannot be read, it may be done.
pub(super) async fn result_of(reply: Reply, call: &Call) -> Result<PutResult> {
    let body = reply.whole().await.map_err(|error| error.with_effect(Effect::Unknown))?;
    checked(&body, call)
}

fn checked(body: &[u8], call: &Call) -> Result<PutResult> {
    let result = xml::read(body).map_err(|error| error.with_effect(Effect::Unknown))?;
    let (code, message) = xml::error(body);
    if !code.is_empty() {
        let request_id = result.text_of("RequestId").to_owned();
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Err(Refusal { status, code, message, request_id }.into_error(call));
    }
    match headers::bare_etag(result.text_of("ETag")) {
        etag if etag.is_empty() => Err(without_etag()),
        etag => Ok(PutResult { etag }),
    }
}
