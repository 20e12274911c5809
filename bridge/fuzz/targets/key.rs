//! Keys and file names: a key's path stays beneath the root, and leads back to that key alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::ErrorCode;
use tombolo::blob::Key;
use tombolo::blob::folder::fuzzing::{name, path, segment};
use tombolo_bridge::owned_text;
use tombolo_fuzz::input::is_key;

/// What any text that is a file name must do.
fn check_name(text: &str) {
    if let Some(segment) = segment(text) {
        assert_eq!(name(&segment), text, "another name of the same segment");
        assert!(!segment.contains('/') && !segment.contains('\0'));
    }
}

fn check_key(key: &Key) {
    let path = match path(key) {
        Ok(path) => path,
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            tombolo_fuzz::check_error(&error, key.as_str().len());
            assert!(key.as_str().split('/').any(|segment| name(segment).len() > 255));
            return;
        }
    };
    for name in path.split('/') {
        assert!(!["", ".", ".."].contains(&name), "{path}");
        assert!(!name.starts_with(".tombolo"), "{path}");
        assert!(name.len() <= 255 && !name.contains('\0'), "{path}");
    }
    let back: Option<Vec<String>> = path.split('/').map(segment).collect();
    assert_eq!(back.map(|segments| segments.join("/")).as_deref(), Some(key.as_str()));
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = owned_text("key", bytes) else { return };
    if !text.is_empty() && text.len() < 256 && !text.contains(['/', '\0']) {
        check_name(&text);
    }
    match Key::new(text.as_str()) {
        Ok(key) => {
            assert!(is_key(&text));
            check_key(&key);
        }
        Err(error) => {
            assert!(!is_key(&text));
            tombolo_fuzz::check_error(&error, bytes.len());
        }
    }
});
