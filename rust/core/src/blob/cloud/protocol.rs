//! What differs from service to service: names, signatures, lists, copies and uploads in parts.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};
use object_store::client::HttpRequest;

use super::call::{Call, Reply};
use super::checksum::{Check, Checksums, Sum};
use super::errors::Refusal;
use super::headers::Dialect;
use super::store::Store;
use super::xml;
use crate::Result;
use crate::blob::{Capabilities, ObjectMeta, PresignMethod, PutOptions, PutResult};
use crate::identity::TokenCache;
use crate::net::encode;
use crate::net::secret::Secret;

/// A service's protocol, beyond what HTTP has for all.
pub(super) trait Protocol: Sized + Send + Sync + 'static {
    /// The service in errors.
    fn service(&self) -> &'static str;
    fn capabilities(&self) -> Capabilities;
    fn dialect(&self) -> &'static Dialect;
    /// What must not be seen in an answer that is passed on.
    fn secrets(&self) -> &[Secret];
    /// The container or bucket as a URL of Tombolo's names it, without prefix and parameters.
    fn place(&self) -> String {
        self.base().to_owned()
    }
    /// The URL of the container or bucket.
    fn base(&self) -> &str;
    /// The URL of an object. `key` has the store's prefix.
    fn object_url(&self, key: &str) -> String {
        format!("{}/{}", self.base(), encode::path(key))
    }
    /// Where its bearer tokens come from, if requests show by them who sends them.
    fn tokens(&self) -> Option<&Arc<TokenCache>> {
        None
    }
    /// The header of a request's name by which the service's logs have it, and which we choose; `None` where
    /// there is none.
    fn client_request_id(&self) -> Option<HeaderName> {
        None
    }
    /// Puts on a request what else shows who sends it, and gives its conditions the service's form.
    fn authorize(&self, request: &mut HttpRequest, body: &[Bytes]) -> Result<()>;
    /// Gives the headers of an answer the form that HTTP has for all.
    fn translate(&self, _: &mut HeaderMap) {}
    /// The code and the message in an error's body; both empty if it is none.
    fn read_error(&self, body: &[u8]) -> (String, String) {
        xml::error(body)
    }
    /// Whether a read may have the condition that the etag is not the one given.
    fn has_none_match(&self) -> bool {
        true
    }
    /// Whether a read may ask for the last bytes.
    fn has_suffix_ranges(&self) -> bool;
    /// The header of an object's media type in a write, and what else a write needs.
    fn describe_put(&self, call: &mut Call, content_type: &str) -> Result<()>;
    /// What else a delete needs.
    fn describe_delete(&self, call: &mut Call);

    /// A URL by which anybody may do `method` to an object. Asked only if `presign` is declared.
    fn presign(&self, key: &str, method: PresignMethod, expires_in: Duration) -> Result<String>;

    /// A copy from one key to another, without conditions.
    fn copy(&self, from: &str, to: &str, source_etag: Option<&str>) -> Result<Call>;
    /// Puts the condition on a copy that there is no target yet.
    fn copy_if_absent(&self, call: &mut Call) {
        call.set(IF_NONE_MATCH, HeaderValue::from_static("*"));
    }
    /// What the answer to a copy says.
    fn copied(&self, reply: Reply) -> impl Future<Output = Result<Copied>> + Send;
    /// What the headers of a target say of a copy that was under way.
    fn copy_state(&self, headers: &HeaderMap) -> CopyState;

    /// The request of a page.
    fn list(&self, ask: &Ask<'_>) -> Call;
    /// The page.
    fn listed(&self, body: &[u8]) -> Result<Listed>;
    /// The most entries that may be asked for at once.
    fn max_page(&self) -> usize;
    /// Whether [`Ask::start_after`] is honoured; where it is not, it is done here.
    fn has_start_after(&self) -> bool;

    /// Begins an upload in parts.
    fn begin_upload(
        store: &Store<Self>,
        key: &str,
        options: &PutOptions,
    ) -> impl Future<Output = Result<Upload>> + Send;
    /// Whether parts must be uploaded one after the other.
    fn parts_in_turn(&self) -> bool {
        false
    }
    /// Uploads the part `number`, counted from 0; several are under way at once. Gives what the service
    /// calls it.
    fn upload_part(
        store: &Store<Self>,
        key: &str,
        upload: &Upload,
        number: usize,
        part: Body,
    ) -> impl Future<Output = Result<String>> + Send;
    /// Makes the object of its parts, if the condition holds.
    fn finish_upload(
        store: &Store<Self>,
        key: &str,
        upload: &Upload,
        whole: &Whole,
        options: &PutOptions,
    ) -> impl Future<Output = Result<PutResult>> + Send;
    /// Gives the parts up; `None` where the service forgets them by itself.
    fn abort_upload(&self, key: &str, upload: &Upload) -> Option<Call>;

    /// Puts the checksum of its body on a write, for the service to verify.
    fn describe_body(&self, call: &mut Call, crc: Sum) {
        let _ = (call, crc);
    }
    /// Whether an object that is made of parts keeps the MD5 of all its bytes, if it is told.
    fn keeps_md5(&self) -> bool {
        false
    }
    /// Has the answer to a read tell a checksum. `range` is how many bytes are asked for at most;
    /// `None` for all of the object.
    fn ask_checksum(&self, call: &mut Call, range: Option<u64>) {
        let _ = (call, range);
    }
    /// Takes off a request what concerns checksums; whether there was something.
    fn remove_checksums(&self, headers: &mut HeaderMap) -> bool {
        let _ = headers;
        false
    }
    /// What the answer to a read says of the bytes in it. `whole` if these are all of the object.
    fn check(&self, headers: &HeaderMap, whole: bool, wanted: Checksums) -> Option<Check> {
        let _ = (headers, whole, wanted);
        None
    }
    /// The longest range of which the service tells the checksum, if it does.
    fn checked_range(&self) -> Option<u64> {
        None
    }
    /// Whether only a read of all bytes at once, or a look, tells the checksum of the whole.
    fn head_tells_checksum(&self) -> bool {
        false
    }

    /// Deletes several objects by one request; `None` where the service has none for that.
    fn delete_batch(&self, keys: &[&str]) -> Option<Call> {
        let _ = keys;
        None
    }
    /// What the answer to [`Protocol::delete_batch`] says of each key: by the key, `None` for deleted.
    fn deleted(&self, body: &[u8]) -> Result<HashMap<String, Option<Refusal>>> {
        let _ = body;
        Ok(HashMap::new())
    }
    /// The most objects of one [`Protocol::delete_batch`].
    fn max_batch(&self) -> usize {
        1
    }
}

/// A copy that was begun.
pub(super) enum Copied {
    Done(PutResult),
    /// The service goes on with it by itself; its target says when it is done.
    UnderWay,
    /// The service goes on with it in the same request with this after it.
    GoOn(String),
}

/// How far a copy is.
pub(super) enum CopyState {
    Done,
    UnderWay,
    Failed,
}

/// Which page is asked for.
pub(super) struct Ask<'a> {
    pub(super) prefix: &'a str,
    pub(super) roll_up: bool,
    pub(super) start_after: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) max: usize,
}

/// A page as the service has it; keys with the store's prefix.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) objects: Vec<ObjectMeta>,
    pub(super) prefixes: Vec<String>,
    pub(super) next: Option<String>,
}

/// An upload in parts.
pub(super) struct Upload {
    /// The service's name of it, or one of ours.
    pub(super) id: String,
}

/// The bytes of a part, and their checksum if such are sent.
pub(super) struct Body {
    pub(super) pieces: Vec<Bytes>,
    pub(super) crc: Option<Sum>,
    /// Where in the object they begin.
    pub(super) start: u64,
}

impl Body {
    /// The bytes of an object whole, or of its first part.
    pub(super) fn new(pieces: Vec<Bytes>, crc: Option<Sum>) -> Self {
        Self { pieces, crc, start: 0 }
    }

    pub(super) fn length(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len() as u64).sum()
    }
}

/// A part that the service has.
pub(super) struct Part {
    /// What the service calls it.
    pub(super) name: String,
    pub(super) crc: Option<Sum>,
}

/// All parts, in the order of their bytes.
pub(super) struct Whole {
    pub(super) parts: Vec<Part>,
    /// The MD5 of all bytes, in base64, if the store computes it.
    pub(super) md5: Option<String>,
}

impl Whole {
    /// The checksum of all bytes, if every part has one.
    pub(super) fn crc(&self) -> Option<Sum> {
        self.parts.iter().try_fold(Sum::NONE, |whole, part| Some(whole.then(part.crc?)))
    }
}
