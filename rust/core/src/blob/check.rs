//! Checks of arguments, made before any backend is asked. Each error names the argument.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Capabilities, Key, ListOptions, PutCondition, PutOptions};
use crate::{Error, ErrorCode, Result};

/// The content type, the metadata's names and its values together, in bytes.
pub(crate) const MAX_METADATA: usize = 2048;
/// The longest name of an entry of the metadata.
const MAX_NAME: usize = 128;
/// The longest etag that is taken; the stores' own are far shorter.
const MAX_ETAG: usize = 1024;
/// The most objects and prefixes in a page.
const MAX_PAGE: usize = 10_000;
/// The most keys of one `delete_many`.
const MAX_DELETES: usize = 10_000;
/// The longest life of a presigned URL, which is the clouds' own limit.
const MAX_EXPIRY: Duration = Duration::from_secs(7 * 24 * 3600);

/// The conditions of a read.
pub(crate) fn conditions(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<()> {
    if_match.map_or(Ok(()), |tag| etag("if_match", tag))?;
    if_none_match.map_or(Ok(()), |tag| etag("if_none_match", tag))
}

/// The options of a write, and whether the backend can honour them.
pub(crate) fn put(options: &PutOptions, can: Capabilities) -> Result<()> {
    let kept = description(&options.content_type, &options.metadata)?;
    match &options.condition {
        PutCondition::None => {}
        PutCondition::IfAbsent => supported(can.put_if_absent, "condition", "IfAbsent")?,
        PutCondition::IfMatch(tag) => {
            etag("condition", tag)?;
            supported(can.put_if_match, "condition", "IfMatch")?;
        }
    }
    supported(can.metadata || kept == 0, "metadata", "a content type or metadata")
}

/// What an object is described with, and how many bytes that takes.
pub(crate) fn description(kind: &str, entries: &BTreeMap<String, String>) -> Result<usize> {
    content_type(kind)?;
    metadata(entries)?;
    let kept = size(kind, entries);
    if kept > MAX_METADATA {
        let why = format!(
            "with the content type it has {kept} bytes, the limit is {MAX_METADATA} together"
        );
        return Err(Error::invalid_argument("metadata", why));
    }
    Ok(kept)
}

/// The condition of a delete.
pub(crate) fn delete(if_match: Option<&str>, can: Capabilities) -> Result<()> {
    if_match.map_or(Ok(()), |tag| etag("if_match", tag))?;
    supported(can.delete_if_match || if_match.is_none(), "if_match", "a conditional delete")
}

/// How many keys one `delete_many` takes.
pub(crate) fn delete_many(keys: usize) -> Result<()> {
    if keys > MAX_DELETES {
        let why = format!("there are {keys}, the limit is {MAX_DELETES} a call");
        return Err(Error::invalid_argument("keys", why));
    }
    Ok(())
}

/// Both ends of a copy or a rename, and its condition.
pub(crate) fn transfer(
    from: &str,
    to: &str,
    if_absent: bool,
    can: Capabilities,
) -> Result<(Key, Key)> {
    let (from, to) = (Key::named("from", from)?, Key::named("to", to)?);
    if from == to {
        return Err(Error::invalid_argument("to", "it is the same key as `from`"));
    }
    supported(can.copy_if_absent || !if_absent, "if_absent", "a conditional copy or rename")?;
    Ok((from, to))
}

/// The options of a listing.
pub(crate) fn list(options: &ListOptions) -> Result<()> {
    partial_key("prefix", &options.prefix)?;
    partial_key("start_after", &options.start_after)?;
    if let Some(other) = options.delimiter.filter(|&c| c != '/') {
        let why = format!("it is {other:?}, only '/' or none is known");
        return Err(Error::invalid_argument("delimiter", why));
    }
    if !(1..=MAX_PAGE).contains(&options.page_size) {
        let why = format!("it is {}, it must be from 1 to {MAX_PAGE}", options.page_size);
        return Err(Error::invalid_argument("page_size", why));
    }
    Ok(())
}

/// How long a presigned URL is to work.
pub(crate) fn expiry(expires_in: Duration) -> Result<()> {
    if expires_in < Duration::from_secs(1) || expires_in > MAX_EXPIRY {
        let why = format!("it is {expires_in:?}, it must be from 1 second to 7 days");
        return Err(Error::invalid_argument("expires_in", why));
    }
    Ok(())
}

/// What the backend has declared it cannot do is refused before it is asked.
pub(crate) fn supported(can: bool, argument: &str, what: &str) -> Result<()> {
    if can {
        return Ok(());
    }
    let message = format!("{argument}: this store does not support {what}");
    Err(Error::new(ErrorCode::Unimplemented, message))
}

/// `*` is refused because HTTP gives it a meaning of its own: any version.
fn etag(argument: &str, tag: &str) -> Result<()> {
    let why = match tag {
        "" => "the etag is empty".into(),
        "*" => "`*` is not an etag".into(),
        _ if tag.len() > MAX_ETAG => format!("an etag of {} bytes is too long", tag.len()),
        _ if !tag.bytes().all(|b| (b' '..=b'~').contains(&b)) => "not printable ASCII".into(),
        _ => return Ok(()),
    };
    Err(Error::invalid_argument(argument, why))
}

fn content_type(text: &str) -> Result<()> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Ok(());
    }
    Err(Error::invalid_argument("content_type", "it is not printable ASCII"))
}

fn metadata(entries: &BTreeMap<String, String>) -> Result<()> {
    for (name, value) in entries {
        let known = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !first || name.len() > MAX_NAME || !name.bytes().all(known) {
            let why = format!(
                "the name {name:?} is not 1 to {MAX_NAME} of a-z 0-9 _ -, beginning with a letter"
            );
            return Err(Error::invalid_argument("metadata", why));
        }
        if value.chars().any(char::is_control) {
            let why = format!("the value of {name:?} holds a control character");
            return Err(Error::invalid_argument("metadata", why));
        }
    }
    Ok(())
}

/// How many bytes of [`MAX_METADATA`] these take.
pub(crate) fn size(content_type: &str, entries: &BTreeMap<String, String>) -> usize {
    content_type.len() + entries.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
}

fn partial_key(argument: &str, text: &str) -> Result<()> {
    if text.is_empty() { Ok(()) } else { Key::named(argument, text).map(drop) }
}
