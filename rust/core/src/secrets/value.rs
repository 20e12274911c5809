//! The value of a secret.

use std::fmt;

use bytes::Bytes;

use super::page::{Draft, LENGTH, Page};
use crate::{Error, Result};

/// The value of a secret, with its version. Cheap to clone: all clones share one memory, which is
/// wiped when the last of them goes.
///
/// It is in pages of its own, which the kernel leaves out of core dumps where it can. Nothing of it
/// is shown by `Debug`, and it has no `Display`. It can be sent to and shared by threads.
#[derive(Clone)]
pub struct SecretValue {
    /// The value, its version, and the length of that as four bytes, little-endian. One buffer, so
    /// that both cross the seam as one.
    whole: Bytes,
}

impl SecretValue {
    /// A secret to be stored: a copy of `value`, without a version. The caller's own is the
    /// caller's to wipe.
    ///
    /// # Errors `resource_exhausted` for more than [`super::MAX_VALUE`] bytes, or if there is no
    /// memory.
    pub fn copy_of(value: &[u8]) -> Result<Self> {
        Ok(Draft::of(value)?.finish(""))
    }

    pub(super) fn of_page(page: Page) -> Self {
        Self { whole: Bytes::from_owner(page) }
    }

    /// The bytes, for whoever needs them. Never for a message; a copy of them is not wiped.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.parts().0
    }

    /// The same as text.
    ///
    /// # Errors
    /// `invalid_argument` if they are not UTF-8.
    pub fn expose_text(&self) -> Result<&str> {
        std::str::from_utf8(self.expose())
            .map_err(|_| Error::invalid_argument("value", "the secret is not UTF-8"))
    }

    /// Which version it is, as the backend names it; it says nothing about the value. Empty for one
    /// that comes from no store.
    #[must_use]
    pub fn version(&self) -> &str {
        self.parts().1
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.expose().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For the seam: the memory itself, which both sides then share.
    #[doc(hidden)]
    #[must_use]
    pub fn into_shared(self) -> Bytes {
        self.whole
    }

    /// For the seam: what [`SecretValue::into_shared`] gave, or nothing at all.
    #[doc(hidden)]
    #[must_use]
    pub fn from_shared(whole: Bytes) -> Self {
        Self { whole }
    }

    fn parts(&self) -> (&[u8], &str) {
        self.split().unwrap_or_default()
    }

    fn split(&self) -> Option<(&[u8], &str)> {
        let (front, length) = self.whole.split_last_chunk::<LENGTH>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (value, version) = front.split_at_checked(front.len().checked_sub(length)?)?;
        Some((value, std::str::from_utf8(version).ok()?))
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretValue").field("version", &self.version()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_its_version_and_shows_nothing() {
        let value = Draft::of(b"s3cr3t").unwrap().finish("7");
        assert_eq!((value.expose(), value.version(), value.len()), (&b"s3cr3t"[..], "7", 6));
        assert_eq!(format!("{value:?}"), "SecretValue { version: \"7\", .. }");
        let copy = value.clone();
        assert_eq!(copy.expose().as_ptr(), value.expose().as_ptr());
        let empty = SecretValue::copy_of(b"").unwrap();
        assert!(empty.is_empty() && empty.version().is_empty());
    }

    #[test]
    fn a_long_version_is_cut_and_bad_memory_is_nothing() {
        let value = Draft::of(b"x").unwrap().finish(&"\u{e9}".repeat(100));
        assert_eq!((value.expose(), value.version().len()), (&b"x"[..], 128));
        for bad in [&b""[..], b"abc", b"\xff\xff\xff\xff", b"\xff\x01\0\0\0"] {
            let value = SecretValue::from_shared(Bytes::copy_from_slice(bad));
            assert!(value.is_empty() && value.version().is_empty());
        }
    }
}
