//! Checksums of bytes on their way, and whether they are what they were.

use std::mem;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest as CrcDigest, checksum_combine};
use md5::{Digest as _, Md5};
use ring::digest::{Context, SHA256};

use crate::{Error, ErrorCode};

/// After so many bytes others have their turn, where many are checked at once.
const STEP: usize = 1 << 20;

/// Which checksums are sent and verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Checksums {
    /// None but those that a signature needs.
    Off,
    /// Those that cost about as much as copying the bytes once: cyclic redundancy checks.
    #[default]
    Quick,
    /// Digests as well, which cost a multiple of that: MD5, SHA-256.
    All,
}

/// The CRC-64 that both Azure (`x-ms-content-crc64`) and S3 (`x-amz-checksum-crc64nvme`) know: the
/// polynomial 0x9A6C9329AC4BC9B5, reflected, begun and ended with all bits set. They differ in the
/// order of the bytes that they write it in.
pub(super) struct Crc64(CrcDigest);

impl Crc64 {
    pub(super) fn new() -> Self {
        Self(CrcDigest::new(CrcAlgorithm::Crc64Nvme))
    }

    /// That of a body in pieces.
    pub(super) fn of(body: &[Bytes]) -> Sum {
        let mut crc = Self::new();
        body.iter().for_each(|piece| crc.update(piece));
        crc.take()
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// That of all bytes so far; then it begins again.
    pub(super) fn take(&mut self) -> Sum {
        let length = self.0.get_amount();
        Sum { value: self.0.finalize_reset(), length }
    }
}

/// The [`Crc64`] of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) value: u64,
    length: u64,
}

impl Sum {
    /// That of no bytes.
    pub(super) const NONE: Self = Self { value: 0, length: 0 };

    /// That of these bytes and then the others.
    pub(super) fn then(self, next: Self) -> Self {
        let (ours, others) = (self.value, next.value);
        let value = checksum_combine(CrcAlgorithm::Crc64Nvme, ours, others, next.length);
        Self { value, length: self.length.saturating_add(next.length) }
    }
}

/// A way to compute a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// Its bytes from the highest on, as S3 has it.
    Crc64Nvme,
    /// Its bytes from the lowest on, as Azure has it.
    Crc64Azure,
    Crc32C,
    Crc32,
    Md5,
    Sha256,
}

impl Algorithm {
    /// The bytes of its value.
    fn len(self) -> usize {
        match self {
            Self::Crc64Nvme | Self::Crc64Azure => 8,
            Self::Crc32C | Self::Crc32 => 4,
            Self::Md5 => 16,
            Self::Sha256 => 32,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Crc64Nvme | Self::Crc64Azure => "CRC-64",
            Self::Crc32C => "CRC-32C",
            Self::Crc32 => "CRC-32",
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// Whether it is among those that `checksums` wants looked at.
    pub(super) fn is_wanted(self, checksums: Checksums) -> bool {
        match checksums {
            Checksums::Off => false,
            Checksums::Quick => !matches!(self, Self::Md5 | Self::Sha256),
            Checksums::All => true,
        }
    }
}

enum State {
    Crc(Box<CrcDigest>),
    Md5(Box<Md5>),
    Sha256(Box<Context>),
}

impl State {
    fn new(algorithm: Algorithm) -> Self {
        let crc = |algorithm| Self::Crc(Box::new(CrcDigest::new(algorithm)));
        match algorithm {
            Algorithm::Crc64Nvme | Algorithm::Crc64Azure => crc(CrcAlgorithm::Crc64Nvme),
            Algorithm::Crc32C => crc(CrcAlgorithm::Crc32Iscsi),
            Algorithm::Crc32 => crc(CrcAlgorithm::Crc32IsoHdlc),
            Algorithm::Md5 => Self::Md5(Box::default()),
            Algorithm::Sha256 => Self::Sha256(Box::new(Context::new(&SHA256))),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(crc) => crc.update(bytes),
            Self::Md5(md5) => md5.update(bytes),
            Self::Sha256(sha) => sha.update(bytes),
        }
    }
}

/// What bytes should be, and what they have been so far.
pub(super) struct Check {
    algorithm: Algorithm,
    expected: Vec<u8>,
    state: State,
}

impl Check {
    /// A check against `expected`, in base64 as services write it. `None` where that is no value of
    /// the algorithm: a checksum of the checksums of parts (`…-3`), or what a service makes up.
    pub(super) fn new(algorithm: Algorithm, expected: &str) -> Option<Self> {
        let expected = BASE64.decode(expected).ok().filter(|value| value.len() == algorithm.len());
        Some(Self { algorithm, expected: expected?, state: State::new(algorithm) })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
    }

    /// The same with all of `bytes`, which may be many.
    pub(super) async fn update_in_steps(&mut self, bytes: &[u8]) {
        for step in bytes.chunks(STEP) {
            self.update(step);
            tokio::task::yield_now().await;
        }
    }

    /// Whether all bytes that came are those that should have come.
    ///
    /// # Errors
    /// `data_loss`, which names the checksum and both values.
    pub(super) fn finish(&mut self, key: &str) -> Result<(), Error> {
        let found = match mem::replace(&mut self.state, State::new(self.algorithm)) {
            State::Crc(crc) => self.crc_bytes(crc.finalize()),
            State::Md5(md5) => md5.finalize().to_vec(),
            State::Sha256(sha) => sha.finish().as_ref().to_vec(),
        };
        if found == self.expected {
            return Ok(());
        }
        let (name, expected) = (self.algorithm.name(), BASE64.encode(&self.expected));
        let message = format!(
            "the object {key:?}: the bytes that came are not those that the service has: their {name} \
             is {}, the service's is {expected}",
            BASE64.encode(found)
        );
        Err(Error::new(ErrorCode::DataLoss, message))
    }

    fn crc_bytes(&self, crc: u64) -> Vec<u8> {
        let highest_first = crc.to_be_bytes();
        match self.algorithm {
            Algorithm::Crc64Azure => crc.to_le_bytes().to_vec(),
            Algorithm::Crc32C | Algorithm::Crc32 => highest_first[4..].to_vec(),
            _ => highest_first.to_vec(),
        }
    }
}

/// The MD5 of a short body, as headers have it.
pub(super) fn md5(body: &[u8]) -> String {
    md5_text(Md5::digest(body))
}

/// A digest as headers have it.
pub(super) fn md5_text(digest: impl AsRef<[u8]>) -> String {
    BASE64.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the catalogue of parametrised CRCs, and the digests of RFC 1321 and FIPS 180.
    const DIGITS: &[u8] = b"123456789";

    fn holds(algorithm: Algorithm, expected: &[u8]) -> bool {
        let mut check = Check::new(algorithm, &BASE64.encode(expected)).unwrap();
        DIGITS.chunks(4).for_each(|piece| check.update(piece));
        check.finish("a").is_ok()
    }

    #[test]
    fn values_are_those_of_the_published_algorithms() {
        let crc64 = 0xae8b_1486_0a79_9888_u64;
        assert_eq!(Crc64::of(&[Bytes::from_static(DIGITS)]).value, crc64);
        assert!(holds(Algorithm::Crc64Nvme, &crc64.to_be_bytes()));
        assert!(holds(Algorithm::Crc64Azure, &crc64.to_le_bytes()));
        assert!(!holds(Algorithm::Crc64Azure, &crc64.to_be_bytes()));
        assert!(holds(Algorithm::Crc32C, &0xe306_9283_u32.to_be_bytes()));
        assert!(holds(Algorithm::Crc32, &0xcbf4_3926_u32.to_be_bytes()));
        assert!(holds(Algorithm::Md5, &BASE64.decode("JfnnlDI7RTiF9RgfG2JNCw==").unwrap()));
        assert!(!holds(Algorithm::Md5, &[0; 16]));
        assert_eq!(md5(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
        let sha = BASE64.decode("FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=").unwrap();
        assert!(holds(Algorithm::Sha256, &sha));
    }

    #[test]
    fn parts_make_the_whole() {
        let sum = |part| Crc64::of(&[Bytes::copy_from_slice(part)]);
        let whole = DIGITS.chunks(2).fold(Sum::NONE, |whole, part| whole.then(sum(part)));
        assert_eq!(whole, sum(DIGITS));
        assert_eq!(whole.then(Sum::NONE), whole);
        let mut crc = Crc64::new();
        crc.update(b"others");
        crc.take();
        crc.update(DIGITS);
        assert_eq!(crc.take(), whole);
    }

    #[test]
    fn what_is_no_value_is_no_check() {
        for other in ["", "INSVUA==", "aCTj8I4R7Nw=-3", "not base64"] {
            assert!(Check::new(Algorithm::Crc64Nvme, other).is_none(), "{other}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_both_values() {
        let mut check = Check::new(Algorithm::Crc32C, &BASE64.encode([1, 2, 3, 4])).unwrap();
        check.update(DIGITS);
        let error = check.finish("a/b").unwrap_err();
        assert_eq!((error.code(), error.retryable()), (ErrorCode::DataLoss, false));
        assert!(error.message().contains("\"a/b\"") && error.message().contains("CRC-32C"));
        assert!(error.message().contains("4waSgw==") && error.message().contains("AQIDBA=="));
    }
}
