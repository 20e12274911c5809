//! The name of an object.

use std::fmt;

use crate::{Error, Result};

/// The name of an object: UTF-8 without NUL, from 1 to [`Key::MAX_LEN`] bytes.
///
/// It may hold line feeds and escapes, so messages take it as `Debug` writes it. There is no
/// `Display` to do it otherwise by chance; [`Key::as_str`] has the text itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The longest key, in bytes; the smallest limit of the clouds.
    pub const MAX_LEN: usize = 1024;

    /// Checks a key.
    ///
    /// # Errors
    /// `invalid_argument` for one that is empty, too long or holds a NUL.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        Self::named("key", key)
    }

    /// Checks a key that came as the argument `argument`, which the error names.
    pub(crate) fn named(argument: &str, key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        Self::check(argument, &key)?;
        Ok(Self(key))
    }

    /// Whether a text is a key; the error names it `argument`.
    pub(crate) fn check(argument: &str, key: &str) -> Result<()> {
        #[cfg(feature = "fault-injection")]
        crate::fault::panic_if_asked(key);
        if key.is_empty() {
            return Err(Error::invalid_argument(argument, "it is empty"));
        }
        if key.len() > Self::MAX_LEN {
            let why = format!("it has {} bytes, the limit is {}", key.len(), Self::MAX_LEN);
            return Err(Error::invalid_argument(argument, why));
        }
        // All of it, without a branch for each byte.
        if key.bytes().fold(false, |found, byte| found | (byte == 0)) {
            let at = key.find('\0').unwrap_or_default();
            return Err(Error::invalid_argument(argument, format!("it holds a NUL at byte {at}")));
        }
        Ok(())
    }

    /// The key as text of one's own.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    /// As the text is written in source: in quotes, with all that is not printable escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_a_key() {
        assert!(Key::new("a/../b//%2F\u{1F600}").is_ok());
        assert!(Key::new("k".repeat(1024)).is_ok());
        for (bad, why) in [("", "empty"), ("a\0b", "NUL at byte 1"), (&"k".repeat(1025), "1025")] {
            assert!(Key::new(bad).unwrap_err().message().contains(why), "{bad}");
        }
    }
}
