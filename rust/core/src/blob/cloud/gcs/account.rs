//! A service account, by the file that Google makes of its key
//! (<https://cloud.google.com/iam/docs/keys-create-delete>).

use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;

use crate::blob::cloud::headers::broken;
use crate::net::secret::Secret;
use crate::{Error, Result};

/// Where tokens are issued, if the file does not say.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAccount {
    pub(super) email: String,
    pub(super) key_id: String,
    /// In PEM.
    pub(super) private_key: Secret,
    pub(in crate::blob::cloud) token_uri: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    #[serde(default)]
    private_key: String,
    token_uri: Option<String>,
}

impl ServiceAccount {
    /// Reads a file.
    ///
    /// # Errors
    /// `invalid_argument` that names the file and what is wrong with it, and shows nothing of it.
    pub(crate) fn read(argument: &str, path: &Path) -> Result<Self> {
        let bad = |why: &str| Error::invalid_argument(argument, format!("{path:?} {why}"));
        let text = std::fs::read(path).map_err(|error| bad("cannot be read").with_cause(error))?;
        // The cause is left out, since it may show a part of the file.
        let file: File = serde_json::from_slice(&text).map_err(|_| bad("is not JSON"))?;
        let File { kind, client_email: email, private_key_id: key_id, private_key, token_uri } =
            file;
        if kind != "service_account" {
            return Err(bad("is no key of a service account, as its `type` is another"));
        }
        if email.is_empty() || private_key.is_empty() {
            return Err(bad("has no `client_email` or no `private_key`"));
        }
        let token_uri = token_uri.unwrap_or_else(|| TOKEN_URI.to_owned());
        if !token_uri.starts_with("https://") && !token_uri.starts_with("http://127.0.0.1:") {
            return Err(bad("has a `token_uri` that does not begin with https://"));
        }
        Ok(Self { email, key_id, private_key: Secret::new(private_key), token_uri })
    }
}

/// Signs as an account.
pub(super) struct Signer {
    pub(super) email: String,
    pub(super) key_id: String,
    key: RsaKeyPair,
}

impl Signer {
    /// # Errors
    /// `invalid_argument` if the key is none. The causes are left out, since they may show it.
    pub(super) fn new(account: &ServiceAccount) -> Result<Self> {
        let bad = || {
            let why = "its `private_key` is no RSA key of 2048 bits or more, in PEM";
            Error::invalid_argument("service_account", why)
        };
        let pem = account.private_key.expose().as_bytes();
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| bad())? {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(bad()),
        };
        let (email, key_id) = (account.email.clone(), account.key_id.clone());
        Ok(Self { email, key_id, key: key.map_err(|_| bad())? })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, which JWTs call RS256.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
            .map_err(|_| broken("an account's key that does not sign"))?;
        Ok(signature)
    }
}
