//! What the JSON API says of objects (<https://cloud.google.com/storage/docs/json_api/v1/objects>).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::DIALECT;
use crate::Result;
use crate::blob::cloud::headers::{self, broken};
use crate::blob::cloud::own::is_users;
use crate::blob::{ObjectMeta, PutResult};

/// An object, as far as it was asked for.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Resource {
    name: String,
    generation: String,
    /// A number of 64 bits, which JSON has as a text.
    size: String,
    updated: String,
    content_type: String,
    metadata: BTreeMap<String, String>,
}

impl Resource {
    /// What an entry of a list says.
    pub(super) fn meta(self) -> Result<ObjectMeta> {
        let Self { name, generation, size, updated, content_type, metadata } = self;
        if name.is_empty() || generation.is_empty() {
            return Err(broken("an entry of a list without a name or a generation"));
        }
        let size = size.parse();
        // As other clients write them, names may hold capitals, which headers do not keep.
        let entry = |(name, value): (String, String)| {
            (name.to_ascii_lowercase(), headers::read_value(value.as_bytes()))
        };
        Ok(ObjectMeta {
            key: name,
            size: size.map_err(|_| broken("an entry of a list without its size"))?,
            etag: generation,
            last_modified: headers::iso_date(&updated)?,
            content_type: headers::media_type(&content_type, &DIALECT),
            metadata: metadata.into_iter().map(entry).filter(|(name, _)| is_users(name)).collect(),
        })
    }

    /// What a write has made.
    pub(super) fn put_result(self) -> Result<PutResult> {
        if self.generation.is_empty() {
            return Err(broken("an answer to a write without a generation"));
        }
        Ok(PutResult { etag: self.generation })
    }
}

/// How far a copy is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rewritten {
    pub(super) done: bool,
    pub(super) rewrite_token: Option<String>,
    pub(super) resource: Option<Resource>,
}

/// Reads an answer.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|error| broken("an answer that is not the JSON it should be").with_cause(error))
}

/// The service's word and its message of an error; both empty if it is none
/// (<https://cloud.google.com/storage/docs/json_api/v1/status-codes>).
pub(super) fn error(body: &[u8]) -> (String, String) {
    #[derive(Deserialize)]
    struct Body {
        error: Failure,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Failure {
        message: String,
        errors: Vec<Reason>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Reason {
        reason: String,
    }
    let Ok(Body { error }) = serde_json::from_slice(body) else { return Default::default() };
    let reason = error.errors.into_iter().next().unwrap_or_default().reason;
    // `notFound` is said of buckets as well; the XML API has a word of its own for them.
    let is_bucket = reason == "notFound" && error.message.contains("bucket does not exist");
    (if is_bucket { "NoSuchBucket".to_owned() } else { reason }, error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_and_others_are_none() {
        let body = br#"{"error": {"code": 404, "message": "No such object: b/a",
            "errors": [{"message": "m", "domain": "global", "reason": "notFound"}]}}"#;
        assert_eq!(error(body), ("notFound".into(), "No such object: b/a".into()));
        let bucket = br#"{"error": {"code": 404, "message": "The specified bucket does not exist.",
            "errors": [{"reason": "notFound"}]}}"#;
        assert_eq!(error(bucket).0, "NoSuchBucket");
        let bare = br#"{"error": {"code": 401, "message": "Invalid Credentials"}}"#;
        assert_eq!(error(bare), (String::new(), "Invalid Credentials".into()));
        for other in ["", "{}", "[]", r#"{"error": "invalid_grant"}"#] {
            assert_eq!(error(other.as_bytes()), Default::default(), "{other}");
        }
    }

    #[test]
    fn an_entry_says_what_it_must() {
        let entry = |text: &str| read::<Resource>(text.as_bytes()).unwrap().meta();
        let meta = entry(
            r#"{"name": "a", "generation": "17", "size": "5", "contentType": "text/plain",
                "updated": "2009-10-12T17:50:30.123Z", "metadata": {"One": "=?UTF-8?B?w7w=?="}}"#,
        )
        .unwrap();
        assert_eq!((meta.key.as_str(), meta.size, meta.etag.as_str()), ("a", 5, "17"));
        assert_eq!(meta.metadata.get("one").map(String::as_str), Some("\u{fc}"));
        assert!(entry(r#"{"name": "a", "generation": "17", "size": "5"}"#).is_err());
        assert!(entry(r#"{"name": "a", "size": "5"}"#).is_err());
    }
}
