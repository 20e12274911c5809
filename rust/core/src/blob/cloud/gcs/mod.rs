//! Google Cloud Storage.
//!
//! Objects are read, written and deleted by the XML API, which carries metadata in headers and so
//! takes one request where the JSON API takes two; lists, copies and uploads in parts go by the JSON
//! API, which alone has their conditions and the metadata of a list
//! (<https://cloud.google.com/storage/docs/xml-api/reference-methods>,
//! <https://cloud.google.com/storage/docs/json_api/v1>). Decision 30 has the reasons.

mod account;
mod conditions;
mod issuer;
mod list;
mod presign;
mod resource;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use object_store::client::HttpRequest;

use super::backend::CloudBackend;
use super::call::{Call, Repeat, Reply};
use super::credential::Credential;
use super::headers::{self, Dialect};
use super::protocol::{Ask, Body, Copied, CopyState, Listed, Protocol, Upload, Whole};
use super::store::{Store, StoreOptions};
use super::xml;
use crate::blob::{Backend, Capabilities, PresignMethod, PutOptions, PutResult};
use crate::identity::TokenCache;
use crate::net::encode;
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};

pub(super) use account::ServiceAccount;
use account::Signer;

/// The JSON API's own limit of a page.
const MAX_PAGE: usize = 1000;
/// What a token must be good for: <https://cloud.google.com/storage/docs/oauth-scopes>.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

static DIALECT: Dialect = Dialect {
    metadata: "x-goog-meta-",
    request_id: "x-guploader-uploadid",
    error_code: "x-goog-error-code",
    no_type: &["application/octet-stream"],
    plain_names: false,
};

/// How requests show who sends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GcsKey {
    /// By tokens for an account whose key is here.
    Account(ServiceAccount),
    /// By tokens from elsewhere.
    Token(Credential),
    /// Not at all: buckets that anybody may read.
    Anonymous,
}

/// Where a bucket is, and how to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GcsOptions {
    pub(crate) bucket: String,
    pub(crate) key: GcsKey,
    pub(crate) store: StoreOptions,
}

/// The protocol.
pub(super) struct Gcs {
    bucket: String,
    endpoint: String,
    /// The bucket's URL in the XML API.
    base: String,
    tokens: Option<Arc<TokenCache>>,
    /// Who signs URLs.
    signer: Option<Arc<Signer>>,
    secrets: Vec<Secret>,
}

/// Opens a bucket; nothing is sent.
///
/// # Errors
/// `invalid_argument` that names the option.
pub(crate) fn open(options: GcsOptions) -> Result<Arc<dyn Backend>> {
    let GcsOptions { bucket, key, mut store } = options;
    let given = store.http.endpoint.clone();
    let endpoint = given.unwrap_or_else(|| "https://storage.googleapis.com".to_owned());
    let base = format!("{endpoint}/{bucket}");
    store.part_size -= store.part_size % upload::UNIT;
    let (mut tokens, mut signer, mut secrets) = (None, None, Vec::new());
    match key {
        GcsKey::Anonymous => {}
        GcsKey::Token(Credential { source, token }) => {
            tokens = Some(TokenCache::of(source, SCOPE));
            secrets.extend(token);
        }
        GcsKey::Account(account) => {
            secrets.push(account.private_key.clone());
            let own = Arc::new(Signer::new(&account)?);
            let issuer = issuer::Issuer::new(&account, Arc::clone(&own), store.http.clone());
            tokens = Some(TokenCache::of(Arc::new(issuer), SCOPE));
            signer = Some(own);
        }
    }
    let protocol = Gcs { bucket, endpoint, base, tokens, signer, secrets };
    Ok(Arc::new(CloudBackend(Arc::new(Store::new(protocol, store)?))))
}

impl Gcs {
    /// The URL of the bucket's objects in the JSON API.
    fn objects(&self) -> String {
        format!("{}/storage/v1/b/{}/o", self.endpoint, self.bucket)
    }
}

/// Never: without a key `presign` is not declared.
fn no_key() -> Error {
    Error::new(ErrorCode::Unimplemented, "presign: there is no account's key to sign with")
}

impl Protocol for Gcs {
    fn service(&self) -> &'static str {
        "blob.gcs"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            put_if_match: true,
            put_if_absent: true,
            delete_if_match: true,
            copy_if_absent: true,
            atomic_rename: false,
            metadata: true,
            list_has_metadata: true,
            presign: self.signer.is_some(),
            persistent: true,
            key_beside_folder: true,
            long_segments: true,
            cached_reads: false,
            odd_keys: false,
            new_etags: true,
        }
    }

    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn tokens(&self) -> Option<&Arc<TokenCache>> {
        self.tokens.as_ref()
    }

    fn authorize(&self, request: &mut HttpRequest, _: &[Bytes]) -> Result<()> {
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            // Else what is stored as gzip would be unpacked on the way, and its length be another:
            // <https://cloud.google.com/storage/docs/transcoding>.
            request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        conditions::translate(request.headers_mut());
        Ok(())
    }

    fn translate(&self, headers: &mut HeaderMap) {
        conditions::etag(headers);
    }

    fn read_error(&self, body: &[u8]) -> (String, String) {
        if body.starts_with(b"{") { resource::error(body) } else { xml::error(body) }
    }

    fn has_none_match(&self) -> bool {
        false
    }

    fn has_suffix_ranges(&self) -> bool {
        true
    }

    fn describe_put(&self, call: &mut Call, content_type: &str) -> Result<()> {
        if !content_type.is_empty() {
            call.set(CONTENT_TYPE, headers::value("content_type", content_type)?);
        }
        Ok(())
    }

    fn describe_delete(&self, _: &mut Call) {}

    fn presign(&self, key: &str, method: PresignMethod, expires_in: Duration) -> Result<String> {
        let signer = self.signer.as_ref().ok_or_else(no_key)?;
        let (url, from) = (&self.object_url(key), Utc::now());
        presign::url(&presign::Grant { url, method, from, expires_in }, signer)
    }

    fn copy(&self, from: &str, to: &str, source_etag: Option<&str>) -> Result<Call> {
        let (from, target) = (encode::query(from), encode::query(to));
        let (objects, bucket) = (self.objects(), &self.bucket);
        let query = match source_etag {
            Some(etag) => format!("&ifSourceGenerationMatch={}", conditions::generation(etag)),
            None => String::new(),
        };
        let fields = "fields=done,rewriteToken,resource/generation";
        let url = format!("{objects}/{from}/rewriteTo/b/{bucket}/o/{target}?{fields}{query}");
        Ok(Call::write(Method::POST, url, to, Repeat::Once).with_body(Vec::new()))
    }

    fn copy_if_absent(&self, call: &mut Call) {
        call.url.push_str("&ifGenerationMatch=0");
    }

    async fn copied(&self, reply: Reply) -> Result<Copied> {
        let rewritten: resource::Rewritten = resource::read(&reply.whole().await?)?;
        match (rewritten.resource, rewritten.rewrite_token) {
            (Some(object), _) if rewritten.done => object.put_result().map(Copied::Done),
            (_, Some(token)) => {
                Ok(Copied::GoOn(format!("&rewriteToken={}", encode::query(&token))))
            }
            _ => Err(headers::broken("a copy that is neither done nor goes on")),
        }
    }

    fn copy_state(&self, _: &HeaderMap) -> CopyState {
        CopyState::Done
    }

    fn list(&self, ask: &Ask<'_>) -> Call {
        list::request(&self.objects(), ask)
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
        _: usize,
        part: Body,
    ) -> Result<String> {
        upload::part(store, key, upload, part).await
    }

    fn parts_in_turn(&self) -> bool {
        true
    }

    async fn finish_upload(
        store: &Store<Self>,
        key: &str,
        upload: &Upload,
        whole: &Whole,
        _: &PutOptions,
    ) -> Result<PutResult> {
        upload::finish(store, key, upload, whole).await
    }

    fn abort_upload(&self, key: &str, upload: &Upload) -> Option<Call> {
        Some(Call::write(Method::DELETE, upload.id.clone(), key, Repeat::Idempotent))
    }
}
