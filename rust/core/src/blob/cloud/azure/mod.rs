//! Azure Blob Storage.
//!
//! Requests as in Microsoft's reference of the service,
//! <https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api>.

mod checksum;
mod list;
mod presign;
mod sign;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::Utc;
use http::header::{DATE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential, split_sas};
use object_store::client::HttpRequest;

use super::backend::CloudBackend;
use super::call::{Call, Repeat, Reply};
use super::checksum::{Check, Checksums, Sum};
use super::copy::source_condition;
use super::credential::Credential;
use super::headers::{self, Dialect};
use super::protocol::{Ask, Body, Copied, CopyState, Listed, Protocol, Upload, Whole};
use super::put::written;
use super::store::{Store, StoreOptions};
use crate::blob::{Backend, Capabilities, PresignMethod, PutOptions, PutResult};
use crate::identity::TokenCache;
use crate::net::encode;
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};
use sign::Signer;

/// What a token must be good for:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory>.
const SCOPE: &str = "https://storage.azure.com/.default";
/// Azure's own limit of a page.
const MAX_PAGE: usize = 5000;

static DIALECT: Dialect = Dialect {
    metadata: "x-ms-meta-",
    request_id: "x-ms-request-id",
    error_code: "x-ms-error-code",
    no_type: &["application/octet-stream"],
    plain_names: true,
};

/// How requests show who sends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AzureKey {
    /// By the account's key, in base64.
    Account(Secret),
    /// By a shared access signature.
    Sas(Secret),
    /// By tokens from elsewhere.
    Token(Credential),
    /// Not at all: containers that anybody may read.
    Anonymous,
}

/// Where a container is, and how to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AzureOptions {
    pub(crate) account: String,
    pub(crate) container: String,
    pub(crate) key: AzureKey,
    pub(crate) store: StoreOptions,
}

/// The protocol.
pub(super) struct Azure {
    account: String,
    /// The container's URL.
    base: String,
    container: String,
    credential: Option<AzureCredential>,
    tokens: Option<Arc<TokenCache>>,
    /// The account's key in binary, if that is the credential: only with it URLs can be signed.
    key: Option<Vec<u8>>,
    /// Signs requests by it.
    signer: Option<Signer>,
    secrets: Vec<Secret>,
}

/// Opens a container; nothing is sent.
///
/// # Errors
/// `invalid_argument` that names the option.
pub(crate) fn open(options: AzureOptions) -> Result<Arc<dyn Backend>> {
    let AzureOptions { account, container, key, store } = options;
    let endpoint = match &store.http.endpoint {
        Some(endpoint) => endpoint.clone(),
        None => format!("https://{account}.blob.core.windows.net"),
    };
    let base = format!("{endpoint}/{container}");
    let binary = match &key {
        AzureKey::Account(key) => BASE64.decode(key.expose()).ok(),
        AzureKey::Sas(_) | AzureKey::Token(_) | AzureKey::Anonymous => None,
    };
    let tokens = match &key {
        AzureKey::Token(token) => Some(TokenCache::of(Arc::clone(&token.source), SCOPE)),
        _ => None,
    };
    let (credential, secrets) = credential(key)?;
    let signer = binary.as_ref().map(|key| Signer::new(&account, key));
    let protocol =
        Azure { account, base, container, credential, tokens, key: binary, signer, secrets };
    Ok(Arc::new(CloudBackend(Arc::new(Store::new(protocol, store)?))))
}

/// The causes are left out, since they may show the key.
fn credential(key: AzureKey) -> Result<(Option<AzureCredential>, Vec<Secret>)> {
    Ok(match key {
        AzureKey::Anonymous => (None, Vec::new()),
        AzureKey::Token(Credential { token, .. }) => (None, token.into_iter().collect()),
        AzureKey::Account(key) => {
            let parsed = AzureAccessKey::try_new(key.expose());
            let parsed =
                parsed.map_err(|_| Error::invalid_argument("account_key", "it is not base64"))?;
            (Some(AzureCredential::AccessKey(parsed)), vec![key])
        }
        AzureKey::Sas(token) => {
            let bad = || Error::invalid_argument("sas", "it is no shared access signature");
            let pairs = split_sas(token.expose()).map_err(|_| bad())?;
            let signature =
                pairs.iter().find(|(name, _)| name == "sig").map(|(_, sig)| sig.clone());
            let signature = signature.ok_or_else(bad)?;
            let encoded = encode::query(&signature);
            let secrets = vec![token, Secret::new(signature), Secret::new(encoded)];
            (Some(AzureCredential::SASToken(pairs)), secrets)
        }
    })
}

impl Azure {
    /// A request on an object, with a query.
    fn sub_url(&self, key: &str, query: &[(&str, &str)]) -> String {
        format!("{}?{}", self.object_url(key), encode::pairs(query))
    }

    fn media_type(call: &mut Call, content_type: &str) -> Result<()> {
        if !content_type.is_empty() {
            let value = headers::value("content_type", content_type)?;
            call.set(HeaderName::from_static("x-ms-blob-content-type"), value);
        }
        Ok(())
    }
}

impl Protocol for Azure {
    fn service(&self) -> &'static str {
        "blob.azure"
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
            presign: self.key.is_some(),
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

    fn place(&self) -> String {
        format!("azblob://{}/{}", self.account, self.container)
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn tokens(&self) -> Option<&Arc<TokenCache>> {
        self.tokens.as_ref()
    }

    fn client_request_id(&self) -> Option<HeaderName> {
        Some(HeaderName::from_static("x-ms-client-request-id"))
    }

    fn authorize(&self, request: &mut HttpRequest, _: &[Bytes]) -> Result<()> {
        if let Some(signer) = &self.signer {
            let version = HeaderName::from_static("x-ms-version");
            request.headers_mut().entry(version).or_insert(HeaderValue::from_static("2023-11-03"));
            return signer.sign(request);
        }
        let Some(credential) = &self.credential else {
            let headers = request.headers_mut();
            headers.insert("x-ms-version", HeaderValue::from_static("2023-11-03"));
            return Ok(());
        };
        request.headers_mut().remove(DATE);
        AzureAuthorizer::new(credential, &self.account)
            .try_authorize(request)
            .map_err(|_| headers::broken("a request that cannot be signed"))
    }

    fn has_suffix_ranges(&self) -> bool {
        false
    }

    fn describe_put(&self, call: &mut Call, content_type: &str) -> Result<()> {
        let kind = HeaderValue::from_static("BlockBlob");
        call.set(HeaderName::from_static("x-ms-blob-type"), kind);
        Self::media_type(call, content_type)
    }

    fn describe_delete(&self, call: &mut Call) {
        let include = HeaderValue::from_static("include");
        call.set(HeaderName::from_static("x-ms-delete-snapshots"), include);
    }

    fn presign(&self, key: &str, method: PresignMethod, expires_in: Duration) -> Result<String> {
        let message = "presign: there is no account key to sign with";
        let signed =
            self.key.as_ref().ok_or_else(|| Error::new(ErrorCode::Unimplemented, message))?;
        let url = &self.object_url(key);
        let resource = &format!("/blob/{}/{}/{key}", self.account, self.container);
        let grant = presign::Grant { url, resource, method, until: Utc::now() + expires_in };
        Ok(presign::url(&grant, signed))
    }

    fn copy(&self, from: &str, to: &str, source_etag: Option<&str>) -> Result<Call> {
        let mut source = self.object_url(from);
        if let Some(AzureCredential::SASToken(pairs)) = &self.credential {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            source = format!("{source}?{}", encode::pairs(&pairs));
        }
        let url = self.object_url(to);
        let mut call = Call::write(Method::PUT, url, to, Repeat::Once).with_body(Vec::new());
        call.set(HeaderName::from_static("x-ms-copy-source"), headers::value("from", &source)?);
        source_condition(&mut call, "x-ms-source-if-match", source_etag)?;
        Ok(call)
    }

    async fn copied(&self, reply: Reply) -> Result<Copied> {
        match self.copy_state(&reply.headers) {
            CopyState::UnderWay => Ok(Copied::UnderWay),
            CopyState::Done | CopyState::Failed => written(&reply.headers).map(Copied::Done),
        }
    }

    fn copy_state(&self, headers: &HeaderMap) -> CopyState {
        match headers::text(headers, "x-ms-copy-status") {
            "pending" => CopyState::UnderWay,
            "failed" | "aborted" => CopyState::Failed,
            _ => CopyState::Done,
        }
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
        false
    }

    async fn begin_upload(_: &Store<Self>, _: &str, _: &PutOptions) -> Result<Upload> {
        upload::begin()
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
        _: &Upload,
        whole: &Whole,
        options: &PutOptions,
    ) -> Result<PutResult> {
        upload::finish(store, key, whole, options).await
    }

    fn abort_upload(&self, _: &str, _: &Upload) -> Option<Call> {
        None
    }

    fn describe_body(&self, call: &mut Call, crc: Sum) {
        checksum::describe(call, crc);
    }

    fn keeps_md5(&self) -> bool {
        true
    }

    fn ask_checksum(&self, call: &mut Call, range: Option<u64>) {
        checksum::ask(call, range);
    }

    fn remove_checksums(&self, headers: &mut HeaderMap) -> bool {
        checksum::remove(headers)
    }

    fn check(&self, headers: &HeaderMap, whole: bool, wanted: Checksums) -> Option<Check> {
        checksum::check(headers, whole, wanted)
    }

    fn checked_range(&self) -> Option<u64> {
        Some(checksum::MAX_RANGE)
    }
}
