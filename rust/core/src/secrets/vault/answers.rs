//! What the server answers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::{Zeroize, Zeroizing};

use super::Wiped;
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};

/// So much of what the server says about an error is told.
const TOLD: usize = 200;

/// A status and a body, which is wiped.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// A version of a secret. What of it is not asked for is not taken apart.
#[derive(Deserialize)]
pub(super) struct Read<'a> {
    #[serde(borrow)]
    data: Versioned<'a>,
}

#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(borrow)]
    data: BTreeMap<Cow<'a, str>, &'a RawValue>,
    metadata: Version,
}

#[derive(Deserialize)]
pub(super) struct Written {
    pub(super) data: Version,
}

#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) version: u64,
}

#[derive(Deserialize)]
pub(super) struct Keys {
    pub(super) data: KeyList,
}

#[derive(Deserialize)]
pub(super) struct KeyList {
    pub(super) keys: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) data: Versions,
}

#[derive(Deserialize)]
pub(super) struct Versions {
    versions: BTreeMap<String, VersionState>,
}

#[derive(Deserialize)]
struct VersionState {
    deletion_time: String,
    destroyed: bool,
}

#[derive(Deserialize, Default)]
struct Errors {
    #[serde(default)]
    errors: Vec<String>,
}

impl Read<'_> {
    /// A field of the secret, if it is there.
    pub(super) fn field(&self, name: &str) -> Result<Option<Wiped>> {
        let Some(raw) = self.data.data.get(name) else { return Ok(None) };
        let text: String = serde_json::from_str(raw.get()).map_err(|_| {
            let message = format!("the field {name:?} of the secret is no text");
            Error::new(ErrorCode::FailedPrecondition, message)
        })?;
        Ok(Some(Zeroizing::new(text)))
    }

    pub(super) fn version(&self) -> String {
        self.data.metadata.version.to_string()
    }
}

impl Versions {
    /// Those that were neither deleted nor destroyed, the last first.
    pub(super) fn readable(self) -> Vec<String> {
        let readable = |(number, state): (String, VersionState)| {
            let is_there = state.deletion_time.is_empty() && !state.destroyed;
            number.parse::<u64>().ok().filter(|_| is_there)
        };
        let mut numbers: Vec<_> = self.versions.into_iter().filter_map(readable).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.iter().map(u64::to_string).collect()
    }
}

impl Answer {
    /// Whether what was asked for is not there.
    pub(super) fn is_absent(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// Why: as `otherwise` has it, unless the server knows no engine at all there.
    pub(super) fn absent(&self, otherwise: impl FnOnce() -> Error) -> Error {
        match self.says("no handler for route") {
            true => {
                let message = "there is no key-value engine at this path of the server: check the \
                               path in the URL";
                Error::new(ErrorCode::FailedPrecondition, message)
            }
            false => otherwise(),
        }
        .with_service_status(self.status.as_u16().into())
    }

    /// # Errors
    /// `unavailable`: something else answers than what should.
    pub(super) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        // The parser's own errors quote what they have read.
        serde_json::from_slice(&self.body).map_err(|_| {
            let message = "the server's answer is not that of a key-value engine, version 2";
            Error::new(ErrorCode::Unavailable, message)
                .with_service_status(self.status.as_u16().into())
        })
    }

    /// Whether the server says this about an error.
    pub(super) fn says(&self, what: &str) -> bool {
        self.told().contains(what)
    }

    /// What the server says about an error, cut.
    fn told(&self) -> String {
        let errors: Errors = serde_json::from_slice(&self.body).unwrap_or_default();
        let told = errors.errors.join("; ");
        // It may be of many lines, and messages are of one.
        told.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect()
    }

    /// Why the server has refused, unless it has not. `token` is never shown.
    pub(super) fn checked(self, token: &Secret) -> Result<Self> {
        let status = self.status;
        if status.is_success() || status == StatusCode::NOT_FOUND {
            return Ok(self);
        }
        let (code, what) = match status.as_u16() {
            400 => (ErrorCode::InvalidArgument, "the server refuses the request"),
            401 => (ErrorCode::Unauthenticated, "the server takes no token of this kind"),
            403 => (ErrorCode::PermissionDenied, "the policies of the token do not allow this"),
            412 => (ErrorCode::Aborted, "the server has not seen an earlier write yet"),
            413 => (ErrorCode::ResourceExhausted, "the secret is too large for the server"),
            429 => (ErrorCode::ResourceExhausted, "the server has too many requests"),
            503 => (ErrorCode::Unavailable, "the server is sealed, or down for maintenance"),
            _ => (ErrorCode::Unavailable, "the server has failed"),
        };
        let told = token.hidden_in(self.told());
        let message = if told.is_empty() { what.to_owned() } else { format!("{what}: {told}") };
        let retryable = matches!(status.as_u16(), 412 | 429 | 500..);
        Err(Error::new(code, message)
            .with_retryable(retryable)
            .with_service_status(status.as_u16().into()))
    }
}

/// JSON of something that is wiped on the way, as far as it is ours.
pub(super) fn to_json(mut value: Value) -> Result<Zeroizing<Vec<u8>>> {
    // Room for all of it at once: a buffer that grows leaves its older self behind.
    let mut body = Zeroizing::new(Vec::with_capacity(length(&value)));
    let written = serde_json::to_writer(&mut *body, &value);
    wipe(&mut value);
    written.map_err(|_| Error::new(ErrorCode::Internal, "the request cannot be written"))?;
    Ok(body)
}

/// No less than what it takes as JSON.
fn length(value: &Value) -> usize {
    // The longest a byte of text can be is `\u0000`.
    let text = |text: &str| 6 * text.len() + 3;
    match value {
        Value::String(one) => text(one),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| text(name) + length(value)).sum::<usize>() + 2
        }
        Value::Array(values) => values.iter().map(|value| length(value) + 1).sum::<usize>() + 2,
        _ => 32,
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        _ => {}
    }
}

/// An answer without a body that is of interest.
pub(super) fn parsed<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    answer.json()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, body: Zeroizing::new(body.into()) }
    }

    #[test]
    fn a_secret_is_one_field_of_many() {
        let body = r#"{"data":{"data":{"value":"s3\u0063ret","port":5432},
            "metadata":{"version":3,"x":1}}}"#;
        let answer = answer(200, body);
        let read: Read<'_> = answer.json().unwrap();
        assert_eq!(&**read.field("value").unwrap().unwrap(), "s3cret");
        assert_eq!(read.version(), "3");
        assert!(read.field("none").unwrap().is_none());
        let error = read.field("port").unwrap_err();
        assert_eq!(error.message(), "the field \"port\" of the secret is no text");
    }

    #[test]
    fn what_the_server_says_is_told_without_the_token() {
        let refused = |status, body: &str| {
            let token = Secret::new("t0k3n".into());
            let error = answer(status, body).checked(&token).err().unwrap();
            (error.code(), error.message().to_owned(), error.retryable())
        };
        let (code, message, retryable) = refused(503, r#"{"errors":["Vault is sealed"]}"#);
        assert_eq!(code, ErrorCode::Unavailable);
        assert!(message.ends_with(": Vault is sealed") && retryable);
        let (code, message, _) = refused(403, "{\"errors\":[\"1 error:\\n\\t* bad t0k3n\\n\\n\"]}");
        assert_eq!(code, ErrorCode::PermissionDenied);
        assert!(message.ends_with(": 1 error: * bad [hidden]"), "{message}");
        assert_eq!(refused(502, "<html>").1, "the server has failed");
        assert!(!refused(400, "{}").2);
    }

    #[test]
    fn what_is_not_there_is_told_from_a_wrong_path() {
        let absent = |body| answer(404, body).absent(|| Error::new(ErrorCode::NotFound, "none"));
        assert_eq!(absent(r#"{"errors":[]}"#).code(), ErrorCode::NotFound);
        let body = r#"{"errors":["no handler for route \"kv/data/a\". route entry not found."]}"#;
        assert_eq!(absent(body).code(), ErrorCode::FailedPrecondition);
    }

    #[test]
    fn deleted_versions_are_none() {
        let body = r#"{"data":{"versions":{
            "2":{"deletion_time":"","destroyed":false},"10":{"deletion_time":"","destroyed":false},
            "9":{"deletion_time":"2026-11-27T10:00:00Z","destroyed":false},
            "1":{"deletion_time":"","destroyed":true}}}}"#;
        let metadata: Metadata = answer(200, body).json().unwrap();
        assert_eq!(metadata.data.readable(), ["10", "2"]);
    }

    #[test]
    fn a_body_has_room_from_the_beginning() {
        let value = json!({ "data": { "value": "\u{1}\"x".repeat(100), "list": [1, "a", null] } });
        let room = length(&value);
        let body = to_json(value.clone()).unwrap();
        assert!(body.len() <= room, "{} > {room}", body.len());
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), value);
    }
}
