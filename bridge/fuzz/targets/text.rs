//! Text that crosses: it is taken if, and only if, it is UTF-8, and the first bad byte is named.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::ErrorKind;
use tombolo_bridge::{owned_text, text};

/// How many bytes at the beginning are UTF-8, by the table of RFC 3629.
fn valid_up_to(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        let (more, lowest, highest) = match first {
            0x00..=0x7f => (0, 0, 0),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xe1..=0xec | 0xee | 0xef => (2, 0x80, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return at,
        };
        for step in 1..=more {
            let range = if step == 1 { lowest..=highest } else { 0x80..=0xbf };
            if !bytes.get(at + step).is_some_and(|byte| range.contains(byte)) {
                return at;
            }
        }
        at += more + 1;
    }
    at
}

fuzz_target!(|bytes: &[u8]| {
    let valid = valid_up_to(bytes);
    match (text("name", bytes), owned_text("name", bytes)) {
        (Ok(text), Ok(owned)) => {
            assert_eq!(valid, bytes.len());
            assert_eq!((text.as_bytes(), owned.as_bytes()), (bytes, bytes));
        }
        (Err(error), Err(owned)) => {
            assert_eq!(error.kind(), ErrorKind::InvalidText);
            assert_eq!(error.message(), format!("name: it is not UTF-8 at byte {valid}"));
            assert_eq!(error.message(), owned.message());
        }
        other => panic!("they differ: {other:?}"),
    }
});
