//! Options and results of blobs, between the core's types and those that cross.

use std::collections::BTreeMap;
use std::time::SystemTime;

use tombolo::blob::{self, ByteRange, PutCondition};

use super::ffi;
use crate::{
    Error, LentBuffer, RawBuffer, RawBytes, RawError, Result, Runtime, Spec, owned_text, text,
};

impl ffi::Optional<'_> {
    pub(super) fn to_core(self, name: &str) -> Result<Option<String>> {
        if !self.present {
            return Ok(None);
        }
        owned_text(name, self.text).map(Some)
    }
}

impl ffi::Range {
    fn to_core(self) -> ByteRange {
        match self.kind {
            1 => ByteRange::From { offset: self.offset, length: None },
            2 => ByteRange::From { offset: self.offset, length: Some(self.length) },
            3 => ByteRange::Suffix(self.length),
            _ => ByteRange::Full,
        }
    }
}

impl ffi::GetOptions<'_> {
    /// Whether they ask for anything.
    #[inline]
    pub(super) fn are_any(&self) -> bool {
        self.range.kind != 0 || self.if_match.present || self.if_none_match.present
    }

    pub(super) fn to_core(self) -> Result<blob::GetOptions> {
        Ok(blob::GetOptions {
            range: self.range.to_core(),
            if_match: self.if_match.to_core("if_match")?,
            if_none_match: self.if_none_match.to_core("if_none_match")?,
        })
    }

    pub(super) fn to_head(self) -> Result<blob::HeadOptions> {
        let blob::GetOptions { if_match, if_none_match, .. } = self.to_core()?;
        Ok(blob::HeadOptions { if_match, if_none_match })
    }
}

impl ffi::PutOptions<'_> {
    pub(super) fn to_core(&self) -> Result<blob::PutOptions> {
        let condition = match (self.if_absent, self.if_match.to_core("if_match")?) {
            (false, None) => PutCondition::None,
            (true, None) => PutCondition::IfAbsent,
            (false, Some(etag)) => PutCondition::IfMatch(etag),
            (true, Some(_)) => {
                let why = "it cannot be combined with if_absent";
                return Err(Error::invalid_argument("if_match", why));
            }
        };
        let content_type = owned_text("content_type", self.content_type)?;
        Ok(blob::PutOptions { condition, content_type, metadata: metadata(self.metadata)? })
    }
}

/// Metadata as the core wants it.
fn metadata(fields: &[ffi::Field<'_>]) -> Result<BTreeMap<String, String>> {
    let pair = |field: &ffi::Field<'_>| {
        Ok((owned_text("metadata", field.name)?, owned_text("metadata", field.value)?))
    };
    fields.iter().map(pair).collect()
}

impl ffi::ListOptions<'_> {
    pub(super) fn to_core(self) -> Result<blob::ListOptions> {
        let mut delimiter = text("delimiter", self.delimiter)?.chars();
        let (first, more) = (delimiter.next(), delimiter.next());
        if more.is_some() {
            return Err(Error::invalid_argument("delimiter", "it must be one character"));
        }
        Ok(blob::ListOptions {
            prefix: owned_text("prefix", self.prefix)?,
            delimiter: first,
            start_after: owned_text("start_after", self.start_after)?,
            page_size: self.page_size,
        })
    }
}

/// Keys of many objects. One that is not text is refused alone: the core gets in its place the empty
/// text, which is no key and harms nothing; see [`refuse`].
pub(super) fn keys(spec: Spec, keys: &[&[u8]]) -> (Vec<String>, Vec<(usize, Error)>) {
    let mut refused = Vec::new();
    let key = |(at, key): (usize, &&[u8])| {
        owned_text("key", key).unwrap_or_else(|error| {
            refused.push((at, error.with_origin(spec.service, spec.operation)));
            String::new()
        })
    };
    (keys.iter().enumerate().map(key).collect(), refused)
}

/// Puts in what was refused before the core was asked. The outcomes are in the order of the keys.
pub(super) fn refuse(
    mut outcomes: Vec<blob::DeleteOutcome>,
    refused: Vec<(usize, Error)>,
) -> Vec<blob::DeleteOutcome> {
    for (at, error) in refused {
        if let Some(outcome) = outcomes.get_mut(at) {
            outcome.result = Err(error);
        }
    }
    outcomes
}

/// What a URL is to allow.
pub(super) fn presign_method(number: u32) -> Result<blob::PresignMethod> {
    match number {
        0 => Ok(blob::PresignMethod::Get),
        1 => Ok(blob::PresignMethod::Put),
        2 => Ok(blob::PresignMethod::Delete),
        _ => Err(Error::invalid_argument("method", "it is none of get, put and delete")),
    }
}

impl From<blob::ObjectMeta> for ffi::ObjectMeta {
    fn from(meta: blob::ObjectMeta) -> Self {
        let entry = |(name, value)| ffi::Entry { name, value };
        Self {
            key: meta.key,
            size: meta.size,
            etag: meta.etag,
            last_modified: nanoseconds(meta.last_modified),
            content_type: meta.content_type,
            metadata: meta.metadata.into_iter().map(entry).collect(),
        }
    }
}

fn nanoseconds(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => {
            i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, i64::wrapping_neg)
        }
    }
}

impl From<blob::Capabilities> for ffi::Capabilities {
    fn from(can: blob::Capabilities) -> Self {
        Self {
            put_if_match: can.put_if_match,
            put_if_absent: can.put_if_absent,
            delete_if_match: can.delete_if_match,
            copy_if_absent: can.copy_if_absent,
            atomic_rename: can.atomic_rename,
            metadata: can.metadata,
            list_has_metadata: can.list_has_metadata,
            presign: can.presign,
            persistent: can.persistent,
            key_beside_folder: can.key_beside_folder,
            long_segments: can.long_segments,
            odd_keys: can.odd_keys,
            new_etags: can.new_etags,
            cached_reads: can.cached_reads,
        }
    }
}

impl From<blob::Object> for ffi::Object {
    fn from(object: blob::Object) -> Self {
        Self {
            meta: object.meta.into(),
            start: object.range.start,
            end: object.range.end,
            bytes: RawBytes::from(object.bytes),
        }
    }
}

impl From<blob::Filled<LentBuffer>> for ffi::Filled {
    fn from(filled: blob::Filled<LentBuffer>) -> Self {
        Self {
            meta: filled.meta.into(),
            start: filled.range.start,
            end: filled.range.end,
            size: filled.size,
            buffer: RawBuffer::from(filled.buffer),
        }
    }
}

impl ffi::Reader {
    pub(super) fn new(runtime: &Runtime, chunks: Spec, reader: blob::BlobReader) -> Self {
        Self {
            meta: reader.meta.into(),
            start: reader.range.start,
            end: reader.range.end,
            chunks: runtime.stream(chunks, || Ok(reader.chunks)),
        }
    }
}

impl From<blob::ListPage> for ffi::ListPage {
    fn from(page: blob::ListPage) -> Self {
        let objects = page.objects.into_iter().map(ffi::ObjectMeta::from).collect();
        Self { objects, prefixes: page.prefixes }
    }
}

impl From<Vec<blob::DeleteOutcome>> for ffi::DeleteOutcomes {
    fn from(outcomes: Vec<blob::DeleteOutcome>) -> Self {
        let outcome = |outcome: blob::DeleteOutcome| ffi::DeleteOutcome {
            key: outcome.key,
            error: outcome.result.err().map_or(RawError::NONE, RawError::from),
        };
        Self { outcomes: outcomes.into_iter().map(outcome).collect() }
    }
}
