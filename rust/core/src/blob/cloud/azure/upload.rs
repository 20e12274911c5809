//! Uploads in blocks, which a list of them makes into the object.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::Method;
use http::header::HeaderName;

use super::Azure;
use crate::Result;
use crate::blob::cloud::call::{Call, Repeat};
use crate::blob::cloud::checksum::Crc64;
use crate::blob::cloud::headers;
use crate::blob::cloud::own;
use crate::blob::cloud::protocol::{Body, Upload, Whole};
use crate::blob::cloud::put::{condition, written};
use crate::blob::cloud::store::Store;
use crate::blob::{PutOptions, PutResult, etag};

/// Nothing is sent yet: the blocks of an object are named by whoever sends them. The name is random,
/// so that two writers of one object do not take each other's blocks for their own.
pub(super) fn begin() -> Result<Upload> {
    Ok(Upload { id: etag::new_etag()? })
}

pub(super) async fn part(
    store: &Store<Azure>,
    key: &str,
    upload: &Upload,
    number: usize,
    part: Body,
) -> Result<String> {
    // All names of an object's blocks have one length.
    let block = BASE64.encode(format!("{}-{number:06}", upload.id));
    let url = store.protocol.sub_url(key, &[("comp", "block"), ("blockid", &block)]);
    let call = Call::write(Method::PUT, url, key, Repeat::Idempotent);
    store.send(&store.with_body(call, part)).await?;
    Ok(block)
}

pub(super) async fn finish(
    store: &Store<Azure>,
    key: &str,
    whole: &Whole,
    options: &PutOptions,
) -> Result<PutResult> {
    let blocks = whole.parts.iter().map(|part| format!("<Latest>{}</Latest>", part.name));
    let list = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{}</BlockList>",
        blocks.collect::<String>()
    );
    let url = store.protocol.sub_url(key, &[("comp", "blocklist")]);
    let pieces = vec![Bytes::from(list)];
    let crc = whole.crc().map(|_| Crc64::of(&pieces));
    let call = Call::write(Method::PUT, url, key, own::repeat(options));
    let mut call = store.with_body(call, Body::new(pieces, crc));
    store.describe(&mut call, options)?;
    Azure::media_type(&mut call, &options.content_type)?;
    if let Some(md5) = &whole.md5 {
        let name = HeaderName::from_static("x-ms-blob-content-md5");
        call.set(name, headers::value("md5", md5)?);
    }
    condition(&mut call, &options.condition)?;
    written(&store.send(&call).await?.headers)
}
