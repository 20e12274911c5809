//! Doors to what is private, for the fuzz targets alone: no promise is made for any of it.

use tombolo::blob::{GetOptions, ListOptions, PresignMethod, PutOptions};

use super::{convert, ffi};
use crate::Result;

/// Bytes that may be absent.
pub type Maybe<'a> = Option<&'a [u8]>;

fn optional(text: Maybe<'_>) -> ffi::Optional<'_> {
    ffi::Optional { present: text.is_some(), text: text.unwrap_or_default() }
}

/// The options of a read, as C++ says them.
///
/// # Errors
/// `invalid_argument` for what is not text.
pub fn get_options(
    (kind, offset, length): (u32, u64, u64),
    if_match: Maybe<'_>,
    if_none_match: Maybe<'_>,
) -> Result<GetOptions> {
    let range = ffi::Range { kind, offset, length };
    let (if_match, if_none_match) = (optional(if_match), optional(if_none_match));
    ffi::GetOptions { range, if_match, if_none_match }.to_core()
}

/// The options of a write, as C++ says them.
///
/// # Errors
/// `invalid_argument` for what is not text, and for two conditions.
pub fn put_options(
    if_absent: bool,
    if_match: Maybe<'_>,
    content_type: &[u8],
    metadata: &[(&[u8], &[u8])],
) -> Result<PutOptions> {
    let field = |&(name, value)| ffi::Field { name, value };
    let metadata: Vec<_> = metadata.iter().map(field).collect();
    let if_match = optional(if_match);
    ffi::PutOptions { if_absent, if_match, content_type, metadata: &metadata }.to_core()
}

/// The options of a listing, as C++ says them.
///
/// # Errors
/// `invalid_argument` for what is not text, and for a delimiter of several characters.
pub fn list_options(
    prefix: &[u8],
    delimiter: &[u8],
    start_after: &[u8],
    page_size: usize,
) -> Result<ListOptions> {
    ffi::ListOptions { prefix, delimiter, start_after, page_size }.to_core()
}

/// What a presigned URL is to allow, as C++ says it.
///
/// # Errors
/// `invalid_argument` for a number that means nothing.
pub fn presign_method(number: u32) -> Result<PresignMethod> {
    convert::presign_method(number)
}
