//! A set of public keys (RFC 7517, section 5).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::algorithm::Algorithm;
use super::key::{Jwk, Key};
use crate::{Error, Result};

/// The longest document that is read, in bytes.
pub(super) const MAX_DOCUMENT: usize = 1 << 20;
/// The most keys of a set.
const MAX_KEYS: usize = 256;
/// How many keys are tried for a token that names none.
const MAX_TRIED: usize = 8;

/// Public keys of an issuer.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    /// Why the others of the document cannot be used, for messages.
    unused: Vec<String>,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

impl KeySet {
    /// Reads a JSON Web Key Set, or a single key. Keys of a kind that does not verify here are passed
    /// over, as RFC 7517 wants it. Does not block; copies what it keeps.
    ///
    /// # Errors
    /// `invalid_argument` for a document that is none, and for one without any key that verifies.
    pub fn from_json(json: &str) -> Result<Self> {
        if json.len() > MAX_DOCUMENT {
            return Err(bad(format!("it has {} bytes, the limit is {MAX_DOCUMENT}", json.len())));
        }
        let set: Result<Document<'_>, _> = serde_json::from_str(json);
        let members = match set {
            Ok(set) => set.keys,
            Err(set) => vec![single(json).ok_or_else(|| {
                bad("it is neither a set of keys in JSON (RFC 7517) nor a single one")
                    .with_cause(set)
            })?],
        };
        if members.len() > MAX_KEYS {
            return Err(bad(format!("it has {} keys, the limit is {MAX_KEYS}", members.len())));
        }
        let mut set = Self::default();
        for (at, member) in members.into_iter().enumerate() {
            match read(member) {
                Ok(key) => set.keys.push(key),
                Err(why) => set.unused.push(format!("key {}: {why}", at + 1)),
            }
        }
        if set.keys.is_empty() {
            let why = set.unused.join("; ");
            return Err(bad(format!("it has no key that verifies tokens ({why})")));
        }
        Ok(set)
    }

    /// How many keys it has that verify.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Those that a token with this key identifier and algorithm may be signed with: the ones of that
    /// name, or, if the token names none, all that fit, up to a bound.
    pub(super) fn fitting<'a>(
        &'a self,
        id: &'a str,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a Key> {
        let fits =
            move |key: &&Key| (id.is_empty() || key.id == id) && key.algorithms.contains(algorithm);
        self.keys.iter().filter(fits).take(MAX_TRIED)
    }
}

/// A document that is one key.
fn single(json: &str) -> Option<&RawValue> {
    let key: &RawValue = serde_json::from_str(json).ok()?;
    read(key).is_ok().then_some(key)
}

fn read(member: &RawValue) -> Result<Key, String> {
    let key: Jwk<'_> = serde_json::from_str(member.get())
        .map_err(|error| format!("it is not a key in JSON: {error}"))?;
    key.read()
}

fn bad(why: impl std::fmt::Display) -> Error {
    Error::invalid_argument("keys", why)
}
