//! Ranges of bytes: what they resolve to, reckoned with numbers that do not overflow.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::ErrorCode;
use tombolo::blob::ByteRange;
use tombolo_fuzz::input::AnyRange;

/// From where to where, or whether it is the range or the object that is at fault.
fn reckoned(range: ByteRange, size: u64) -> Result<(u128, u128), ErrorCode> {
    let size = u128::from(size);
    let (start, end) = match range {
        ByteRange::Full => return Ok((0, size)),
        ByteRange::From { length: Some(0), .. } | ByteRange::Suffix(0) => {
            return Err(ErrorCode::InvalidArgument);
        }
        ByteRange::From { offset, length } => {
            let offset = u128::from(offset);
            (offset, length.map_or(size, |length| size.min(offset + u128::from(length))))
        }
        ByteRange::Suffix(length) => (size - size.min(length.into()), size),
    };
    if start < size { Ok((start, end)) } else { Err(ErrorCode::OutOfRange) }
}

fuzz_target!(|input: (AnyRange, u64)| {
    let (range, size) = (input.0.range(), input.1);
    let resolved = range.resolve(size).map(|range| (range.start.into(), range.end.into()));
    assert_eq!(resolved.map_err(|error| error.code()), reckoned(range, size));
});
