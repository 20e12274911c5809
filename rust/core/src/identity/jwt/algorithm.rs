//! Signature algorithms, and sets of them.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// A signature algorithm of JSON Web Signatures: RFC 7518 section 3.1, and RFC 8037 for Ed25519.
///
/// Those with a shared secret are left out: whoever could verify could also issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 = 0,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384 = 1,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512 = 2,
    /// RSASSA-PSS with SHA-256.
    Ps256 = 3,
    /// RSASSA-PSS with SHA-384.
    Ps384 = 4,
    /// RSASSA-PSS with SHA-512.
    Ps512 = 5,
    /// ECDSA on P-256 with SHA-256.
    Es256 = 6,
    /// ECDSA on P-384 with SHA-384.
    Es384 = 7,
    /// Ed25519.
    EdDsa = 8,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// The name in a token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// That of this name, which is case-sensitive. `Ed25519` is the name that RFC 9864 gives to what
    /// `EdDSA` is here.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "Ed25519" => Some(Self::EdDsa),
            _ => Self::ALL.into_iter().find(|algorithm| algorithm.name() == name),
        }
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::named(name).ok_or_else(|| {
            let known = Algorithms::ALL;
            Error::invalid_argument("algorithm", format!("{name:?} is not one of {known}"))
        })
    }
}

/// A set of algorithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Algorithms(u16);

impl Algorithms {
    /// None.
    pub const NONE: Self = Self(0);
    /// All of [`Algorithm::ALL`].
    pub const ALL: Self = Self::of(&Algorithm::ALL);

    /// These.
    #[must_use]
    pub const fn of(mut algorithms: &[Algorithm]) -> Self {
        let mut set = 0;
        while let [first, rest @ ..] = algorithms {
            set |= 1 << *first as u8;
            algorithms = rest;
        }
        Self(set)
    }

    /// Whether `algorithm` is one of them.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u8) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl FromIterator<Algorithm> for Algorithms {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |set, one| set | Self::of(&[one]).0))
    }
}

/// Their names, as in `RS256, ES256`.
impl fmt::Display for Algorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Algorithm::ALL.into_iter().filter(|one| self.contains(*one));
        let names: Vec<_> = all.map(Algorithm::name).collect();
        f.write_str(&names.join(", "))
    }
}
