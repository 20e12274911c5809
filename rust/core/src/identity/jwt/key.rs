//! A public key, as it stands in a set of keys (RFC 7517).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, RsaParameters, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Algorithm, Algorithms};

/// The sizes of RSA keys that are taken, in bits: what is shorter is no longer safe, what is longer takes
/// so long that bad tokens could keep a service busy.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A key that verifies signatures.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Its name in tokens, or empty.
    pub(super) id: String,
    /// What it may be used for.
    pub(super) algorithms: Algorithms,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    /// Modulus and exponent, big-endian.
    Rsa(PublicKeyComponents<Vec<u8>>),
    /// A point of a curve, uncompressed, or an Ed25519 key.
    Point(&'static dyn VerificationAlgorithm, Vec<u8>),
}

impl Key {
    /// Whether `signature` is one of `message` by the owner of this key.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.algorithms.contains(algorithm) {
            return false;
        }
        match &self.material {
            Material::Rsa(key) => rsa_parameters(algorithm)
                .is_some_and(|parameters| key.verify(parameters, message, signature).is_ok()),
            Material::Point(curve, point) => {
                UnparsedPublicKey::new(*curve, point).verify(message, signature).is_ok()
            }
        }
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => None,
    }
}

/// A key as it is written. Members of private keys are passed over.
#[derive(Deserialize)]
pub(super) struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow, default)]
    kid: Cow<'a, str>,
    #[serde(borrow, default)]
    alg: Cow<'a, str>,
    #[serde(borrow, default, rename = "use")]
    usage: Cow<'a, str>,
    key_ops: Option<Vec<String>>,
    #[serde(borrow, default)]
    crv: Cow<'a, str>,
    #[serde(borrow, default)]
    n: Cow<'a, str>,
    #[serde(borrow, default)]
    e: Cow<'a, str>,
    #[serde(borrow, default)]
    x: Cow<'a, str>,
    #[serde(borrow, default)]
    y: Cow<'a, str>,
    /// Of a shared secret.
    k: Option<IgnoredAny>,
}

impl Jwk<'_> {
    /// The key, or why it is none that verifies here.
    pub(super) fn read(&self) -> Result<Key, String> {
        if !matches!(self.usage.as_ref(), "" | "sig") {
            return Err(format!("its use is {:?}", self.usage));
        }
        if let Some(operations) = &self.key_ops
            && !operations.iter().any(|operation| operation == "verify")
        {
            return Err("its key_ops do not have \"verify\"".to_owned());
        }
        let (mut algorithms, material) = self.material()?;
        if !self.alg.is_empty() {
            let own =
                Algorithm::named(&self.alg).map_or(Algorithms::NONE, |a| Algorithms::of(&[a]));
            algorithms = algorithms.and(own);
            if algorithms.is_empty() {
                return Err(format!("its alg {:?} is not one for its kty", self.alg));
            }
        }
        Ok(Key { id: self.kid.clone().into_owned(), algorithms, material })
    }

    fn material(&self) -> Result<(Algorithms, Material), String> {
        match (self.kty.as_ref(), self.crv.as_ref()) {
            ("RSA", _) => self.rsa(),
            ("EC", "P-256") => {
                self.point(Algorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED, 32)
            }
            ("EC", "P-384") => {
                self.point(Algorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED, 48)
            }
            ("OKP", "Ed25519") => {
                let x = bytes("x", &self.x, 32)?;
                let algorithms = Algorithms::of(&[Algorithm::EdDsa]);
                Ok((algorithms, Material::Point(&signature::ED25519, x)))
            }
            ("oct", _) if self.k.is_some() => Err("it is a shared secret".to_owned()),
            (kty, crv) => Err(format!("its kty {kty:?} with crv {crv:?} is not supported")),
        }
    }

    fn rsa(&self) -> Result<(Algorithms, Material), String> {
        let n = number("n", &self.n)?;
        let e = number("e", &self.e)?;
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        if !RSA_BITS.contains(&bits) {
            let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
            return Err(format!("it is an RSA key of {bits} bits, not of {least} to {most}"));
        }
        let algorithms = Algorithm::ALL.into_iter().filter(|a| rsa_parameters(*a).is_some());
        Ok((algorithms.collect(), Material::Rsa(PublicKeyComponents { n, e })))
    }

    /// A point whose coordinates have `size` bytes each.
    fn point(
        &self,
        algorithm: Algorithm,
        curve: &'static dyn VerificationAlgorithm,
        size: usize,
    ) -> Result<(Algorithms, Material), String> {
        const UNCOMPRESSED: u8 = 4;
        let point = [vec![UNCOMPRESSED], bytes("x", &self.x, size)?, bytes("y", &self.y, size)?];
        Ok((Algorithms::of(&[algorithm]), Material::Point(curve, point.concat())))
    }
}

fn decoded(name: &str, text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("its {name} is not base64url"))
}

/// Exactly so many bytes.
fn bytes(name: &str, text: &str, size: usize) -> Result<Vec<u8>, String> {
    let bytes = decoded(name, text)?;
    if bytes.len() == size { Ok(bytes) } else { Err(format!("its {name} has not {size} bytes")) }
}

/// A number without the zeros in front that some issuers write.
fn number(name: &str, text: &str) -> Result<Vec<u8>, String> {
    let bytes = decoded(name, text)?;
    let number: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    if number.is_empty() { Err(format!("it has no {name}")) } else { Ok(number) }
}
