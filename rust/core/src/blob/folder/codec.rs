//! Keys as paths and back: the part of the format that people see.
//!
//! A key is cut at `/` into segments and each segment becomes one file name. Nearly all segments are
//! their own name; the rest are percent-encoded (`docs/folder-format.md`). The mapping is a
//! bijection between segments and *canonical* names: a name that no segment encodes to is somebody
//! else's file, and no key reaches it.

use std::borrow::Cow;

use crate::blob::Key;
use crate::{Error, Result};

/// The reserved folder. A segment that begins with this text is encoded, at every depth, so that the
/// codec needs to know nothing but the segment.
pub(super) const RESERVED: &str = ".tombolo";

/// The longest file name on Linux, in bytes (`NAME_MAX`).
const MAX_NAME: usize = 255;

/// Where an object lives, relative to the root.
///
/// # Invariants
/// `path` is not empty, every component is a canonical name of at most [`MAX_NAME`] bytes, so none
/// is empty, `.`, `..` or reserved. A key of 1024 bytes gives at most 3072, below `PATH_MAX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ObjectPath {
    path: String,
}

impl ObjectPath {
    /// The path of `key`.
    ///
    /// # Errors
    /// `invalid_argument` for a segment of more than 255 bytes once encoded.
    pub(super) fn of(key: &Key) -> Result<Self> {
        let path = encode(key.as_str());
        for name in path.split('/') {
            if name.len() > MAX_NAME {
                return Err(too_long(key, name));
            }
        }
        // INVARIANT: `encode` gives canonical names, and their lengths were just checked.
        Ok(Self { path })
    }

    /// The whole path.
    pub(super) fn as_str(&self) -> &str {
        &self.path
    }

    /// The folder that holds the object; `.` for the root.
    pub(super) fn parent(&self) -> &str {
        self.path.rsplit_once('/').map_or(".", |(parent, _)| parent)
    }

    /// The file's name in that folder.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, name)| name)
    }
}

fn too_long(key: &Key, name: &str) -> Error {
    let head: String = name.chars().take(32).collect();
    let why = format!(
        "{key:?}: its segment {head:?}… has {} bytes as a file name, a folder store takes \
         {MAX_NAME}; use shorter segments",
        name.len()
    );
    Error::invalid_argument("key", why)
}

/// The path of any text that may be a key or the beginning of one.
pub(super) fn encode(key: &str) -> String {
    let mut path = String::with_capacity(key.len() + 8);
    for (i, segment) in key.split('/').enumerate() {
        if i > 0 {
            path.push('/');
        }
        encode_segment(segment, &mut path);
    }
    path
}

/// Appends the file name of `segment`.
pub(super) fn encode_segment(segment: &str, name: &mut String) {
    match segment {
        // A lone `%` is never the encoding of anything else: `%` itself is `%25`.
        "" => name.push('%'),
        "." => name.push_str("%2E"),
        ".." => name.push_str("%2E%2E"),
        _ => {
            let rest = if segment.starts_with(RESERVED) {
                name.push_str("%2E");
                segment.get(1..).unwrap_or_default()
            } else {
                segment
            };
            for (i, piece) in rest.split('%').enumerate() {
                if i > 0 {
                    name.push_str("%25");
                }
                name.push_str(piece);
            }
        }
    }
}

/// The segment that a file name stands for, or `None` if no segment encodes to it.
pub(super) fn decode_segment(name: &str) -> Option<Cow<'_, str>> {
    if !name.contains('%') {
        let plain = !name.is_empty() && name != "." && name != ".." && !name.starts_with(RESERVED);
        return plain.then_some(Cow::Borrowed(name));
    }
    if name == "%" {
        return Some(Cow::Borrowed(""));
    }
    let segment = name.replace("%2E", ".").replace("%25", "%");
    // One comparison instead of a second set of rules: what does not encode back is not ours. It
    // also catches the text that the two replacements together would decode twice.
    let mut back = String::with_capacity(name.len());
    encode_segment(&segment, &mut back);
    (back == name).then_some(Cow::Owned(segment))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn path(key: &str) -> String {
        ObjectPath::of(&Key::new(key).unwrap()).unwrap().path
    }

    fn decode(path: &str) -> Option<String> {
        let segments: Option<Vec<_>> = path.split('/').map(decode_segment).collect();
        segments.map(|s| s.join("/"))
    }

    /// A small generator (splitmix64), so that a failure repeats.
    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    #[test]
    fn the_examples_of_the_format_page() {
        let page = [
            ("a/b.txt", "a/b.txt"),
            ("/a", "%/a"),
            ("a//b", "a/%/b"),
            ("a/", "a/%"),
            ("/", "%/%"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("...", "..."),
            (".hidden", ".hidden"),
            ("%2e", "%252e"),
            ("50%", "50%25"),
            ("%", "%25"),
            (".tombolo", "%2Etombolo"),
            ("x/.tombolo-old", "x/%2Etombolo-old"),
            ("\u{1F600}", "\u{1F600}"),
        ];
        for (key, name) in page {
            assert_eq!(path(key), name, "{key}");
            assert_eq!(decode(name).as_deref(), Some(key), "{name}");
        }
    }

    #[test]
    fn every_text_over_a_small_alphabet_round_trips_and_none_collide() {
        let alphabet = ["a", "/", ".", "%", "2", "5", "E", "e"];
        let mut seen = HashMap::new();
        let mut texts = vec![String::new()];
        for _ in 0..6 {
            texts = texts.iter().flat_map(|t| alphabet.map(|c| format!("{t}{c}"))).collect();
            for key in &texts {
                let path = encode(key);
                assert_eq!(decode(&path).as_ref(), Some(key), "{path}");
                for name in path.split('/') {
                    assert!(!["", ".", ".."].contains(&name), "{key} gives {path}");
                }
                assert!(seen.insert(path, key.clone()).is_none(), "{key} collides");
            }
        }
    }

    #[test]
    fn every_canonical_name_encodes_back_and_every_other_is_refused() {
        let alphabet = ["a", ".", "%", "2", "5", "E", "e", ".tombolo"];
        let mut names = vec![String::new()];
        let (mut ours, mut others) = (0, 0);
        for _ in 0..6 {
            names = names.iter().flat_map(|t| alphabet.map(|c| format!("{t}{c}"))).collect();
            for name in &names {
                match decode_segment(name) {
                    Some(segment) => {
                        ours += 1;
                        assert_eq!(&encode(&segment), name);
                    }
                    None => others += 1,
                }
            }
        }
        assert!(ours > 1000 && others > 1000, "{ours} {others}");
    }

    #[test]
    fn random_keys_round_trip_within_path_max() {
        let pool = ["/", "/", ".", "..", "%", "%2E", "%25", ".tombolo", "ü", "😀", "k", "\n", "\\"];
        let mut state = 7;
        for _ in 0..50_000 {
            let mut key = String::new();
            let pieces = 1 + next(&mut state) % 40;
            for _ in 0..pieces {
                key.push_str(pool[(next(&mut state) % pool.len() as u64) as usize]);
            }
            let path = path(&key);
            assert_eq!(decode(&path).as_deref(), Some(&*key), "{path}");
        }
        for unit in ["/", "%/", "./", "../", ".tombolo/"] {
            let key = unit.repeat(1024 / unit.len());
            assert!(path(&key).len() < 4096, "{unit}");
        }
    }

    #[test]
    fn a_segment_is_refused_beyond_255_bytes_once_encoded() {
        assert_eq!(path(&"k".repeat(255)).len(), 255);
        for key in ["k".repeat(256), "%".repeat(86), format!("a/{}/b", "é".repeat(128))] {
            let e = ObjectPath::of(&Key::new(key).unwrap()).unwrap_err();
            assert_eq!(e.code(), crate::ErrorCode::InvalidArgument);
            assert!(e.message().contains("255"), "{e}");
        }
    }

    #[test]
    fn parent_and_name() {
        let of = |key: &str| ObjectPath::of(&Key::new(key).unwrap()).unwrap();
        assert_eq!((of("a/b/c").parent(), of("a/b/c").name()), ("a/b", "c"));
        assert_eq!((of("a").parent(), of("a").name()), (".", "a"));
        assert_eq!((of("a/").parent(), of("a/").name()), ("a", "%"));
    }
}
