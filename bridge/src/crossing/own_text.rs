//! Text of an operation's own, which lies in the operation where it is short.

use std::fmt;
use std::ops::Deref;

use tombolo::Result;

use super::text::{owned_text, text};

/// Text that was checked and copied when it crossed: see [`own_text`]. Up to 63 bytes take no
/// allocation.
pub struct OwnText(Kind);

/// # Invariants
/// The first `len` bytes of a short one are UTF-8, and there are as many.
enum Kind {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(String),
}

/// The longest that takes no allocation: most names of objects are shorter.
const SHORT: usize = 63;

/// The bytes of the argument `name` as text of the operation's own: a copy.
///
/// # Errors
/// As [`owned_text`].
#[inline]
pub fn own_text(name: &str, bytes: &[u8]) -> Result<OwnText> {
    if bytes.len() > SHORT {
        return owned_text(name, bytes).map(|text| OwnText(Kind::Long(text)));
    }
    let text = text(name, bytes)?;
    let mut bytes = [0; SHORT];
    let (copy, _) = bytes.split_at_mut(text.len());
    copy.copy_from_slice(text.as_bytes());
    // INVARIANT: no longer than SHORT, which a byte can count.
    Ok(OwnText(Kind::Short { len: text.len() as u8, bytes }))
}

impl Deref for OwnText {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match &self.0 {
            // SAFETY: the invariant.
            Kind::Short { len, bytes } => unsafe {
                std::str::from_utf8_unchecked(bytes.get_unchecked(..usize::from(*len)))
            },
            Kind::Long(text) => text,
        }
    }
}

impl fmt::Debug for OwnText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_short_or_long() {
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 5000] {
            let given = "x".repeat(len);
            let own = own_text("key", given.as_bytes()).unwrap();
            assert_eq!((&*own, matches!(own.0, Kind::Short { .. })), (&*given, len <= SHORT));
        }
        assert_eq!(&*own_text("key", "größe".as_bytes()).unwrap(), "größe");
    }

    #[test]
    fn bad_text_is_named_short_or_long() {
        for mut bad in [vec![], vec![b'x'; SHORT]] {
            bad.push(0xff);
            let at = bad.len() - 1;
            let error = own_text("key", &bad).unwrap_err();
            assert_eq!(error.message(), format!("key: it is not UTF-8 at byte {at}"));
        }
    }
}
