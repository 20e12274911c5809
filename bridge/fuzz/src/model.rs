//! What a store must hold and answer, kept in a map.

use std::collections::{BTreeMap, BTreeSet};

use tombolo::ErrorCode;
use tombolo::blob::folder::fuzzing;
use tombolo::blob::{ByteRange, ListOptions};

/// An object.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its etag, as the store has told it.
    pub etag: String,
    /// Its content type.
    pub content_type: String,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
}

/// What a store must hold.
#[derive(Debug, Default)]
pub struct Model {
    /// The objects by their keys.
    pub objects: BTreeMap<String, Held>,
    /// Whether it is a folder, which may refuse some keys.
    pub is_folder: bool,
    etags: BTreeSet<String>,
}

impl Model {
    /// That of an empty store.
    #[must_use]
    pub fn new(is_folder: bool) -> Self {
        Self { is_folder, ..Self::default() }
    }

    /// An object was written; its etag must never have been one.
    pub fn write(&mut self, key: &str, held: Held) {
        assert!(self.etags.insert(held.etag.clone()), "the etag {} returns", held.etag);
        self.objects.insert(key.to_owned(), held);
    }

    /// Whether the store may refuse to write this key, since it is a folder: the two refusals that
    /// its format permits.
    #[must_use]
    pub fn may_refuse(&self, key: &str) -> bool {
        self.is_folder && (is_long(key) || self.objects.keys().any(|other| is_beneath(other, key)))
    }

    /// Whether the store may refuse to look for this key.
    #[must_use]
    pub fn may_not_look(&self, key: &str) -> bool {
        self.is_folder && is_long(key)
    }

    /// The objects and prefixes that a listing must answer with, in order.
    #[must_use]
    pub fn list(&self, options: &ListOptions) -> (Vec<String>, Vec<String>) {
        let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
        for key in self.objects.keys() {
            let Some(rest) = key.strip_prefix(&options.prefix) else { continue };
            if key <= &options.start_after {
                continue;
            }
            match rest.find('/').filter(|_| options.delimiter.is_some()) {
                None => objects.push(key.clone()),
                Some(at) => {
                    let prefix = key[..options.prefix.len() + at + 1].to_owned();
                    if prefixes.last() != Some(&prefix) {
                        prefixes.push(prefix);
                    }
                }
            }
        }
        (objects, prefixes)
    }
}

/// Whether a key has a segment that is no file name.
fn is_long(key: &str) -> bool {
    key.split('/').any(|segment| fuzzing::name(segment).len() > 255)
}

/// Whether one of the keys is a folder of the other.
fn is_beneath(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

/// The bytes of a range, or the code of the error.
///
/// # Errors
/// As [`ByteRange::resolve`], which has a target of its own.
pub fn part(body: &[u8], range: ByteRange) -> Result<&[u8], ErrorCode> {
    let range = range.resolve(body.len() as u64).map_err(|error| error.code())?;
    Ok(&body[range.start as usize..range.end as usize])
}
