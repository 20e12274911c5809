//! S3, and whatever speaks it.
//!
//! Requests as in Amazon's reference of the service,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html>.

mod checksum;
mod delete;
mod list;
mod presign;
mod sign;
mod upload;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, Method};
use object_store::aws::AwsCredential;
use object_store::client::HttpRequest;

use super::backend::CloudBackend;
use super::call::{Call, Repeat, Reply};
use super::checksum::{Check, Checksums, Sum};
use super::copy::source_condition;
use super::errors::Refusal;
use super::headers::{self, Dialect};
use super::protocol::{Ask, Body, Copied, CopyState, Listed, Protocol, Upload, Whole};
use super::store::{Store, StoreOptions};
use crate::blob::{Backend, Capabilities, PresignMethod, PutOptions, PutResult};
use crate::net::encode;
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};
use sign::Signer;

/// S3's own limit of a page.
const MAX_PAGE: usize = 1000;

/// What S3 takes an object for that was given no media type.
const NO_TYPE: &str = "binary/octet-stream";

static DIALECT: Dialect = Dialect {
    metadata: "x-amz-meta-",
    request_id: "x-amz-request-id",
    error_code: "x-amz-error-code",
    no_type: &[NO_TYPE, "application/octet-stream"],
    plain_names: false,
};

/// A key of an account, or of a role for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct S3Key {
    pub(crate) access_key: String,
    pub(crate) secret_key: Secret,
    pub(crate) session_token: Option<Secret>,
}

/// Where a bucket is, and how to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct S3Options {
    pub(crate) bucket: String,
    pub(crate) region: String,
    /// The bucket is the first segment of the path, rather than a part of the host's name.
    pub(crate) path_style: bool,
    /// `None` for what anybody may do.
    pub(crate) key: Option<S3Key>,
    /// Whether bodies that have a checksum are signed as well.
    pub(crate) sign_payload: bool,
    pub(crate) store: StoreOptions,
}

/// The protocol.
pub(super) struct S3 {
    bucket: String,
    region: String,
    /// The bucket's URL.
    base: String,
    credential: Option<AwsCredential>,
    signer: Option<Signer>,
    sign_payload: bool,
    secrets: Vec<Secret>,
}

/// Opens a bucket; nothing is sent.
///
/// # Errors
/// `invalid_argument` that names the option.
pub(crate) fn open(options: S3Options) -> Result<Arc<dyn Backend>> {
    let base = base(&options)?;
    let S3Options { bucket, region, key, sign_payload, store, .. } = options;
    let mut secrets = Vec::new();
    if let Some(S3Key { secret_key, session_token, .. }) = &key {
        secrets.push(secret_key.clone());
        secrets.extend(session_token.clone());
    }
    let signer = key.clone().map(|key| Signer::new(key, &region)).transpose()?;
    let credential = key.map(credential);
    let protocol = S3 { bucket, region, base, credential, signer, sign_payload, secrets };
    Ok(Arc::new(CloudBackend(Arc::new(Store::new(protocol, store)?))))
}

fn credential(key: S3Key) -> AwsCredential {
    let S3Key { access_key, secret_key, session_token } = key;
    AwsCredential {
        key_id: access_key,
        secret_key: secret_key.expose().to_owned(),
        token: session_token.map(|token| token.expose().to_owned()),
    }
}

fn base(options: &S3Options) -> Result<String> {
    let S3Options { bucket, region, path_style, .. } = options;
    let endpoint = match &options.store.http.endpoint {
        Some(endpoint) => endpoint.clone(),
        None => format!("https://s3.{region}.amazonaws.com"),
    };
    if *path_style {
        return Ok(format!("{endpoint}/{bucket}"));
    }
    let bad = || Error::invalid_argument("endpoint", "it must begin with http:// or https://");
    let (scheme, host) = endpoint.split_once("://").ok_or_else(bad)?;
    Ok(format!("{scheme}://{bucket}.{host}"))
}

impl S3 {
    /// A request on an object, with a query.
    fn sub_url(&self, key: &str, query: &[(&str, &str)]) -> String {
        format!("{}?{}", self.object_url(key), encode::pairs(query))
    }
}

/// Never: without a key `presign` is not declared.
fn no_key() -> Error {
    Error::new(ErrorCode::Unimplemented, "presign: there is no key to sign with")
}

impl Protocol for S3 {
    fn service(&self) -> &'static str {
        "blob.s3"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            put_if_match: true,
            put_if_absent: true,
            delete_if_match: false,
            copy_if_absent: false,
            atomic_rename: false,
            metadata: true,
            list_has_metadata: false,
            presign: self.credential.is_some(),
            persistent: true,
            key_beside_folder: true,
            long_segments: true,
            cached_reads: false,
            odd_keys: false,
            new_etags: false,
        }
    }

    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    fn place(&self) -> String {
        format!("s3://{}", self.bucket)
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn authorize(&self, request: &mut HttpRequest, body: &[Bytes]) -> Result<()> {
        let Some(signer) = &self.signer else { return Ok(()) };
        // A checksum is a header, which is signed: with it the bytes are those that were meant, whether
        // their digest is signed or not.
        let signs = self.sign_payload || !request.headers().contains_key(checksum::CRC64);
        signer.sign(request, signs.then_some(body))
    }

    fn has_suffix_ranges(&self) -> bool {
        true
    }

    fn describe_put(&self, call: &mut Call, content_type: &str) -> Result<()> {
        // Not left out: there are services that guess one then.
        let content_type = if content_type.is_empty() { NO_TYPE } else { content_type };
        call.set(CONTENT_TYPE, headers::value("content_type", content_type)?);
        Ok(())
    }

    fn describe_delete(&self, _: &mut Call) {}

    fn presign(&self, key: &str, method: PresignMethod, expires_in: Duration) -> Result<String> {
        let credential = self.credential.as_ref().ok_or_else(no_key)?;
        let (url, from) = (&self.object_url(key), Utc::now());
        let grant = presign::Grant { url, region: &self.region, method, from, expires_in };
        Ok(presign::url(&grant, credential))
    }

    fn copy(&self, from: &str, to: &str, source_etag: Option<&str>) -> Result<Call> {
        let source = format!("/{}/{}", self.bucket, encode::path(from));
        let url = self.object_url(to);
        let mut call = Call::write(Method::PUT, url, to, Repeat::Once).with_body(Vec::new());
        call.set(HeaderName::from_static("x-amz-copy-source"), headers::value("from", &source)?);
        source_condition(&mut call, "x-amz-copy-source-if-match", source_etag)?;
        Ok(call)
    }

    async fn copied(&self, reply: Reply) -> Result<Copied> {
        let copy = Call::write(Method::PUT, String::new(), "", Repeat::Once);
        upload::result_of(reply, &copy).await.map(Copied::Done)
    }

    fn copy_state(&self, _: &HeaderMap) -> CopyState {
        CopyState::Done
    }

    fn list(&self, ask: &Ask<'_>) -> Call {
        list::request(&self.base, ask)
    }

    fn listed(&self, body: &[u8]) -> Result<Listed> {
        list::page(body)
    }

    fn max_page(&self) -> usize {
        MAX_PAGE
    }

    fn has_start_after(&self) -> bool {
        true
    }

    async fn begin_upload(store: &Store<Self>, key: &str, options: &PutOptions) -> Result<Upload> {
        upload::begin(store, key, options).await
    }

    async fn upload_part(
        store: &Store<Self>,
        key: &str,
        upload: &Upload,
        number: usize,
        part: Body,
    ) -> Result<String> {
        upload::part(store, key, upload, number, part).await
    }

    async fn finish_upload(
        store: &Store<Self>,
        key: &str,
        upload: &Upload,
        whole: &Whole,
        options: &PutOptions,
    ) -> Result<PutResult> {
        upload::finish(store, key, upload, whole, options).await
    }

    fn abort_upload(&self, key: &str, upload: &Upload) -> Option<Call> {
        let url = self.sub_url(key, &[("uploadId", &upload.id)]);
        Some(Call::write(Method::DELETE, url, key, Repeat::Idempotent))
    }

    fn describe_body(&self, call: &mut Call, crc: Sum) {
        checksum::describe(call, crc);
    }

    fn ask_checksum(&self, call: &mut Call, range: Option<u64>) {
        checksum::ask(call, range);
    }

    fn remove_checksums(&self, headers: &mut HeaderMap) -> bool {
        checksum::remove(headers)
    }

    fn check(&self, headers: &HeaderMap, whole: bool, wanted: Checksums) -> Option<Check> {
        if whole { checksum::check(headers, wanted) } else { None }
    }

    fn head_tells_checksum(&self) -> bool {
        true
    }

    fn delete_batch(&self, keys: &[&str]) -> Option<Call> {
        Some(delete::request(&self.base, keys))
    }

    fn deleted(&self, body: &[u8]) -> Result<HashMap<String, Option<Refusal>>> {
        delete::outcomes(body)
    }

    fn max_batch(&self) -> usize {
        delete::MAX_KEYS
    }
}
