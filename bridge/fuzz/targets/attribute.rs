//! The attribute of an object's file, as other hands may have written it: what is taken is what a
//! store could have written, and stays the same when it is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::blob::folder::fuzzing::{LONGEST_ATTRIBUTE, attribute};
use tombolo_fuzz::input::is_description;

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = attribute(bytes) else { return };
    assert_eq!(attribute(&read.again).as_ref(), Ok(&read));
    assert!(read.again.len() <= bytes.len(), "a number may have been longer than it need be");
    assert!(is_description(&read.content_type, &read.metadata), "{read:?}");
    assert!(read.again.len() <= LONGEST_ATTRIBUTE);
});
