//! Doors to the format, for the fuzz targets alone: no promise is made for any of it.

use std::collections::BTreeMap;

use super::attr::{Attribute, MAX_LEN, NAME};
use super::codec::{ObjectPath, decode_segment, encode_segment};
use crate::Result;
use crate::blob::Key;

/// The attribute's name.
pub const ATTRIBUTE: &str = NAME;
/// No valid attribute is longer.
pub const LONGEST_ATTRIBUTE: usize = MAX_LEN;

/// An attribute that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The content type in it.
    pub content_type: String,
    /// The metadata in it.
    pub metadata: BTreeMap<String, String>,
    /// The same written again.
    pub again: Vec<u8>,
}

/// Reads an attribute as it may stand on the disk.
///
/// # Errors
/// What is wrong with it.
pub fn attribute(bytes: &[u8]) -> std::result::Result<Read, &'static str> {
    let read = Attribute::decode(bytes)?;
    let again = read.encode();
    Ok(Read { content_type: read.content_type, metadata: read.metadata, again })
}

/// The path of a key's object beneath the root.
///
/// # Errors
/// `invalid_argument` for a segment that is too long for a file name.
pub fn path(key: &Key) -> Result<String> {
    ObjectPath::of(key).map(|path| path.as_str().to_owned())
}

/// The segment of a key that a file name stands for, if it stands for one.
pub fn segment(name: &str) -> Option<String> {
    decode_segment(name).map(std::borrow::Cow::into_owned)
}

/// The file name of a segment.
pub fn name(segment: &str) -> String {
    let mut name = String::new();
    encode_segment(segment, &mut name);
    name
}

/// The version that a folder's format file names, if it is one that a store writes.
pub fn format(text: &[u8]) -> Option<u32> {
    super::root::version_of(text)
}

/// The text of the format file of that version.
pub fn format_text(version: u32) -> String {
    super::root::format_of(version)
}
