//! The bytes that the cases write and expect, in a form that C++ can make as well.

/// Some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The bytes of this text.
    Text(String),
    /// `len` bytes from byte `skip` on of the stream that `seed` (not 0) begins.
    ///
    /// The stream is xorshift64* (Marsaglia 2003, Vigna 2016, `doi:10.1145/2845077`): the state
    /// starts as `seed`; each step does `x ^= x >> 12; x ^= x << 25; x ^= x >> 27` and yields
    /// `x * 0x2545F4914F6CDD1D` (mod 2^64) as eight bytes, the lowest first.
    Pattern {
        /// What the stream starts from.
        seed: u64,
        /// How many bytes of it are left out.
        skip: u64,
        /// How many bytes follow.
        len: u64,
    },
}

impl Body {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Pattern { seed, skip, len } => {
                let skip = usize::try_from(*skip).unwrap_or(usize::MAX);
                let len = usize::try_from(*len).unwrap_or(usize::MAX);
                let mut bytes = stream(*seed, skip.saturating_add(len));
                bytes.drain(..skip);
                bytes
            }
        }
    }
}

/// The first `len` bytes of a stream.
fn stream(seed: u64, len: usize) -> Vec<u8> {
    let mut x = seed;
    let mut bytes = Vec::new();
    while bytes.len() < len {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        bytes.extend_from_slice(&x.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_pinned_so_that_both_languages_agree() {
        let pattern = |skip, len| Body::Pattern { seed: 1, skip, len }.bytes();
        assert_eq!(pattern(0, 8), 0x47E4_CE4B_896C_DD1D_u64.to_le_bytes());
        assert_eq!(pattern(5, 20), pattern(0, 25)[5..]);
        assert_eq!(Body::from("ab").bytes(), b"ab");
    }
}
