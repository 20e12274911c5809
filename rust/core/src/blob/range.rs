//! Which bytes of an object a read wants.

use std::ops::Range;

use crate::{Error, ErrorCode, Result};

/// The bytes of an object that a read wants. A range that reaches beyond the end is clipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteRange {
    /// The whole object.
    #[default]
    Full,
    /// From `offset` on, at most `length` bytes, or to the end.
    From {
        /// The first byte wanted; it must lie inside the object.
        offset: u64,
        /// How many bytes; at least one. `None`: to the end.
        length: Option<u64>,
    },
    /// The last bytes; at least one. More than the object holds: all of it.
    Suffix(u64),
}

impl ByteRange {
    /// What can be judged without the object: a range must want at least one byte.
    #[inline]
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Self::From { length: Some(0), .. } | Self::Suffix(0) => {
                Err(Error::invalid_argument("range", "it must hold at least one byte"))
            }
            Self::Full | Self::From { .. } | Self::Suffix(_) => Ok(()),
        }
    }

    /// The absolute range within an object of `size` bytes.
    ///
    /// # Errors
    /// `invalid_argument` for a range of no bytes, `out_of_range` for one that begins at or beyond
    /// the end (HTTP 416).
    #[inline]
    pub fn resolve(self, size: u64) -> Result<Range<u64>> {
        self.check()?;
        match self {
            Self::Full => Ok(0..size),
            Self::From { offset, length } if offset < size => {
                let end = length.map_or(size, |length| offset.saturating_add(length).min(size));
                Ok(offset..end)
            }
            Self::From { offset, .. } => Err(out_of_range(offset, size)),
            Self::Suffix(_) if size == 0 => Err(out_of_range(0, size)),
            Self::Suffix(length) => Ok(size.saturating_sub(length)..size),
        }
    }
}

fn out_of_range(offset: u64, size: u64) -> Error {
    let message = format!("range: it begins at byte {offset} of an object of {size} bytes");
    Error::new(ErrorCode::OutOfRange, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_clipped_to_the_object() {
        let from = |offset, length| ByteRange::From { offset, length };
        assert_eq!(ByteRange::Full.resolve(0).unwrap(), 0..0);
        assert_eq!(from(2, Some(3)).resolve(10).unwrap(), 2..5);
        assert_eq!(from(2, Some(u64::MAX)).resolve(10).unwrap(), 2..10);
        assert_eq!(from(9, None).resolve(10).unwrap(), 9..10);
        assert_eq!(ByteRange::Suffix(3).resolve(10).unwrap(), 7..10);
        assert_eq!(ByteRange::Suffix(30).resolve(10).unwrap(), 0..10);
    }

    #[test]
    fn empty_and_outside_ranges_are_refused() {
        let code = |range: ByteRange, size| range.resolve(size).unwrap_err().code();
        let from = |offset, length| ByteRange::From { offset, length };
        assert_eq!(code(from(0, Some(0)), 10), ErrorCode::InvalidArgument);
        assert_eq!(code(ByteRange::Suffix(0), 10), ErrorCode::InvalidArgument);
        assert_eq!(code(from(10, None), 10), ErrorCode::OutOfRange);
        assert_eq!(code(from(0, None), 0), ErrorCode::OutOfRange);
        assert_eq!(code(ByteRange::Suffix(1), 0), ErrorCode::OutOfRange);
    }
}
