//! Buckets, objects and their generations
//! (<https://cloud.google.com/storage/docs/metadata#generation-number>,
//! <https://cloud.google.com/storage/docs/objects#naming>).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};

use super::crc32c::crc32c;
use super::{Answered, Refused};

#[derive(Debug, Default)]
pub(super) struct Model {
    buckets: HashMap<String, BTreeMap<String, Object>>,
    last_generation: i64,
    pub(super) sessions: HashMap<String, super::resumable::Session>,
}

/// What is known of an object before it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Description {
    pub(super) content_type: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
    /// The checksum that the client has announced.
    pub(super) crc32c: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) bytes: Arc<Vec<u8>>,
    pub(super) generation: i64,
    pub(super) updated: DateTime<Utc>,
    pub(super) description: Description,
    /// As headers and resources have it: big-endian, in base64.
    pub(super) crc32c: String,
}

/// `ifGenerationMatch` and its like: zero wants that there is no object.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Condition {
    pub(super) matches: Option<i64>,
}

impl Condition {
    pub(super) fn check(self, there: Option<&Object>) -> Answered<()> {
        let generation = there.map_or(0, |object| object.generation);
        match self.matches {
            Some(wanted) if wanted != generation => Err(Refused::not_met()),
            _ => Ok(()),
        }
    }
}

/// A number of a condition.
pub(super) fn number(text: &str) -> Answered<i64> {
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| Refused::invalid(format!("{text:?} is no generation")))
}

impl Model {
    pub(super) fn add_bucket(&mut self, name: &str) {
        self.buckets.entry(name.to_owned()).or_default();
    }

    pub(super) fn bucket(&mut self, name: &str) -> Answered<&mut BTreeMap<String, Object>> {
        let message = "The specified bucket does not exist.";
        let none = || Refused::new(404, "NoSuchBucket", "notFound", message);
        self.buckets.get_mut(name).ok_or_else(none)
    }

    pub(super) fn object(&mut self, bucket: &str, name: &str) -> Answered<&Object> {
        self.bucket(bucket)?.get(name).ok_or_else(Refused::no_object)
    }

    /// Writes an object, if the condition holds and the bytes are what was announced.
    pub(super) fn insert(
        &mut self,
        (bucket, name): (&str, &str),
        description: Description,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Answered<Object> {
        check_name(name)?;
        check_metadata(&description.metadata)?;
        condition.check(self.bucket(bucket)?.get(name))?;
        let crc32c = BASE64.encode(crc32c(&bytes).to_be_bytes());
        if description.crc32c.as_ref().is_some_and(|announced| *announced != crc32c) {
            let message = "The CRC32C you specified did not match what we received.";
            return Err(Refused::new(400, "BadDigest", "invalid", message));
        }
        let updated = Utc::now();
        // A time in microseconds, and never twice the same.
        self.last_generation = updated.timestamp_micros().max(self.last_generation + 1);
        let generation = self.last_generation;
        let bytes = Arc::new(bytes);
        let object = Object { bytes, generation, updated, description, crc32c };
        self.bucket(bucket)?.insert(name.to_owned(), object.clone());
        Ok(object)
    }

    pub(super) fn delete(
        &mut self,
        bucket: &str,
        name: &str,
        condition: Condition,
    ) -> Answered<()> {
        condition.check(Some(self.object(bucket, name)?))?;
        self.bucket(bucket)?.remove(name);
        Ok(())
    }
}

pub(super) fn check_name(name: &str) -> Answered<()> {
    let is_bad = name.is_empty()
        || name.contains(['\r', '\n'])
        || matches!(name, "." | "..")
        || name.starts_with(".well-known/acme-challenge/");
    if is_bad {
        return Err(Refused::new(400, "InvalidURI", "invalid", "Invalid object name"));
    }
    if name.len() > 1024 {
        return Err(Refused::new(400, "KeyTooLongError", "invalid", "The name is too long"));
    }
    Ok(())
}

/// <https://cloud.google.com/storage/quotas#objects>: 8 KiB of names and values.
fn check_metadata(metadata: &BTreeMap<String, String>) -> Answered<()> {
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > 8 << 10 {
        return Err(Refused::new(400, "MetadataTooLarge", "invalid", "Too much metadata"));
    }
    Ok(())
}
