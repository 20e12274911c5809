//! What an application signs with the key of its certificate to show who it is
//! (<https://learn.microsoft.com/entra/identity-platform/certificate-credentials>; RFC 7523).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result, random};

/// How long an assertion is good for, and how much of that is before now, for clocks that are late.
/// Microsoft asks for 5 to 10 minutes.
const SECONDS: u64 = 540;
const BEFORE: u64 = 60;

/// How it is signed, and by which digest it names the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSASSA-PSS, and SHA-256: what Microsoft recommends.
    Ps256,
    /// RSASSA-PKCS1-v1_5, and SHA-1: what older authorities know.
    Rs256,
}

/// The key of a certificate.
pub(super) struct Signer {
    key: RsaKeyPair,
    /// That of the key first.
    certificates: Vec<CertificateDer<'static>>,
    algorithm: Algorithm,
    send_chain: bool,
}

impl Signer {
    /// Reads the key and the certificate in PEM, in whatever order.
    ///
    /// # Errors
    /// What is wrong, without any of it.
    pub(super) fn new(
        pem: &[u8],
        algorithm: Algorithm,
        send_chain: bool,
    ) -> std::result::Result<Self, &'static str> {
        let key = match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs8(der)) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(der)) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err("holds no private key in PEM; one with a password is not read"),
        };
        let key = key.map_err(|_| "holds a private key that is no RSA key of 2048 bits or more")?;
        let all = CertificateDer::pem_slice_iter(pem).collect::<std::result::Result<Vec<_>, _>>();
        let mut certificates = all.map_err(|_| "holds a certificate that is not PEM")?;
        // A certificate holds the public key as it is encoded here.
        let public = key.public().as_ref();
        let is_own = |one: &CertificateDer<'_>| one.windows(public.len()).any(|at| at == public);
        let own = certificates.iter().position(is_own);
        let own = own.ok_or("holds no certificate of its private key")?;
        if let Some(until_own) = certificates.get_mut(..=own) {
            until_own.rotate_right(1);
        }
        Ok(Self { key, certificates, algorithm, send_chain })
    }

    /// An assertion that `client` is who it says, for the authority at `url`.
    pub(super) fn assertion(&self, client: &str, url: &str, now: SystemTime) -> Result<Secret> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let from = now.saturating_sub(BEFORE);
        let claims = json!({
            "aud": url, "iss": client, "sub": client, "jti": URL_SAFE_NO_PAD.encode(random::bits()?),
            "nbf": from, "iat": from, "exp": now + SECONDS,
        });
        let [header, claims] =
            [self.header(), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes())?);
        Ok(Secret::new(format!("{signed}.{signature}")))
    }

    fn header(&self) -> Value {
        let own = self.certificates.first().map(|one| one.as_ref()).unwrap_or_default();
        let (algorithm, name, hash) = match self.algorithm {
            Algorithm::Ps256 => ("PS256", "x5t#S256", &SHA256),
            Algorithm::Rs256 => ("RS256", "x5t", &SHA1_FOR_LEGACY_USE_ONLY),
        };
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(hash, own));
        let mut header = json!({"alg": algorithm, "typ": "JWT", name: thumbprint});
        if self.send_chain
            && let Some(fields) = header.as_object_mut()
        {
            let chain = self.certificates.iter().map(|one| BASE64.encode(one)).collect::<Vec<_>>();
            fields.insert("x5c".to_owned(), json!(chain));
        }
        header
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let algorithm: &'static dyn RsaEncoding = match self.algorithm {
            Algorithm::Ps256 => &RSA_PSS_SHA256,
            Algorithm::Rs256 => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.key.public().modulus_len()];
        let signed = self.key.sign(algorithm, &SystemRandom::new(), message, &mut signature);
        signed
            .map_err(|_| Error::new(ErrorCode::Internal, "the certificate's key does not sign"))?;
        Ok(signature)
    }
}
