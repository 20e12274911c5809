//! The bytes of objects, and whether those that came are these: the numbers from 0 on, in four bytes each.

use bytes::Bytes;

use crate::Answer;

/// How far apart the bytes are that are looked at. All of them would cost as much as the read.
const STRIDE: usize = 4096;

/// The name of the object of `size` bytes that every server of the bench has.
pub(crate) fn key(size: usize) -> String {
    format!("bytes-{size}")
}

/// The key that the puts of one of those in flight go to: an upload in parts is ended by another of the
/// same key.
pub(crate) fn put_key(at: usize) -> String {
    format!("put-{at}")
}

/// How many keys a listing has, of 4096 bytes each.
pub(crate) const LISTED: u64 = 10_000;

pub(crate) fn of(size: usize) -> Bytes {
    (0..u32::MAX).flat_map(u32::to_be_bytes).take(size).collect()
}

/// Looks at a piece that begins at `offset`.
pub(crate) fn check(piece: &[u8], offset: usize) -> Answer {
    let next = offset.next_multiple_of(STRIDE);
    for at in (next..offset + piece.len()).step_by(STRIDE) {
        let wanted = u32::try_from(at / 4)?.to_be_bytes();
        let found = piece.get(at - offset..).unwrap_or_default();
        let length = found.len().min(4);
        if found.get(..length) != wanted.get(..length) {
            return Err(format!("wrong bytes at {at}").into());
        }
    }
    Ok(())
}

/// Looks at an object.
pub(crate) fn check_whole(whole: &[u8], size: usize) -> Answer {
    same(whole.len(), size)?;
    check(whole, 0)
}

pub(crate) fn same<T: PartialEq + std::fmt::Display>(found: T, wanted: T) -> Answer {
    if found == wanted { Ok(()) } else { Err(format!("{found} in place of {wanted}").into()) }
}
