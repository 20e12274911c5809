//! What may be asked of an operation on blobs. Every default asks for nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{ByteRange, Policy};
use crate::identity::TokenSource;

/// What a store is opened with beside its URL.
#[derive(Clone, Default)]
pub struct OpenOptions {
    /// Where the store gets the tokens that show who asks, in place of a key in the URL: for Azure
    /// Blob Storage and Google Cloud Storage. An [`crate::identity::AccessToken`] is a source of
    /// itself. The store asks for a token before each request, keeps it until shortly before it
    /// expires, and asks once more where the service refuses it.
    pub credential: Option<Arc<dyn TokenSource>>,
    /// How a store in a cloud treats its service; what the URL says counts for more. Others ignore it:
    /// they have no service to ask again.
    pub policy: Policy,
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("credential", &self.credential.is_some())
            .field("policy", &self.policy)
            .finish()
    }
}

/// Options of a read.
#[derive(Clone, Debug, Default)]
pub struct GetOptions {
    /// Which bytes.
    pub range: ByteRange,
    /// Fail with `failed_precondition` unless the object has this etag.
    pub if_match: Option<String>,
    /// Fail with `failed_precondition`, kind `NotModified`, if the object has this etag.
    pub if_none_match: Option<String>,
}

/// Options of a look at an object.
#[derive(Clone, Debug, Default)]
pub struct HeadOptions {
    /// Fail with `failed_precondition` unless the object has this etag.
    pub if_match: Option<String>,
    /// Fail with `failed_precondition`, kind `NotModified`, if the object has this etag.
    pub if_none_match: Option<String>,
}

/// Under which condition a write takes place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PutCondition {
    /// Always.
    #[default]
    None,
    /// Only where no object is.
    IfAbsent,
    /// Only over the object with this etag.
    IfMatch(String),
}

/// Options of a write.
#[derive(Clone, Debug, Default)]
pub struct PutOptions {
    /// The condition; if it does not hold: `failed_precondition`, kind `ConditionNotMet`.
    pub condition: PutCondition,
    /// The media type, or empty.
    pub content_type: String,
    /// The user's own metadata. Names: 1 to 128 of `a-z 0-9 _ -`, beginning with a letter; values:
    /// text without control characters. With the content type at most 2 KiB together.
    pub metadata: BTreeMap<String, String>,
}

/// Options of a delete.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// Delete only the object with this etag, else `failed_precondition`. Without it, deleting
    /// what is absent succeeds, as on S3.
    pub if_match: Option<String>,
}

/// Options of a copy or a rename.
#[derive(Clone, Debug, Default)]
pub struct CopyOptions {
    /// Fail with `failed_precondition` if the target exists.
    pub if_absent: bool,
}

/// Options of a listing.
#[derive(Clone, Debug)]
pub struct ListOptions {
    /// Only keys that begin with this text (any text, not only whole segments).
    pub prefix: String,
    /// Roll keys up into common prefixes at this delimiter after the prefix. Only `/` or none.
    pub delimiter: Option<char>,
    /// Only keys after this one, in byte order. It is applied before keys are rolled up: a prefix
    /// is listed if any key under it comes after this one.
    pub start_after: String,
    /// At most so many objects and prefixes in a page; 1 to 10,000.
    pub page_size: usize,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self { prefix: String::new(), delimiter: None, start_after: String::new(), page_size: 1000 }
    }
}
