//! The keys of an application and of a cluster whose tokens it trusts, made by openssl.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;

use super::FakeIdentity;

pub(super) const SECRET: &str = "secret";
pub(super) const CERTIFICATE: &str = "application.pem";
pub(super) const FEDERATED: &str = "token";
/// Who issues the cluster's tokens, and for what account of it the application trusts them.
pub(super) const CLUSTER: &str = "https://cluster.test/";

#[derive(Debug)]
pub(super) struct Keys {
    /// The certificate that the application has registered, in DER.
    pub(super) certificate: Vec<u8>,
    pub(super) application: RsaKeyPair,
    pub(super) cluster: RsaKeyPair,
}

impl Keys {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let (key, certificate) = (folder.join("application.key"), folder.join("application.crt"));
        let mut make = Command::new("openssl");
        make.args(["req", "-x509", "-noenc", "-days", "2", "-newkey", "rsa:2048"]);
        make.args(["-subj", "/CN=application", "-keyout"]).arg(&key).arg("-out").arg(&certificate);
        run(&mut make)?;
        let cluster = folder.join("cluster.key");
        let mut make = Command::new("openssl");
        make.args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"]);
        run(make.arg(&cluster))?;
        let (key, certificate) = (fs::read_to_string(key)?, fs::read_to_string(certificate)?);
        fs::write(folder.join(CERTIFICATE), format!("{key}{certificate}"))?;
        fs::write(folder.join(SECRET), format!("{}\n", FakeIdentity::SECRET))?;
        let keys = Self {
            certificate: der(&certificate)?,
            application: pair(&key)?,
            cluster: pair(&fs::read_to_string(cluster)?)?,
        };
        keys.write_federated(
            folder,
            super::assertion::AUDIENCE,
            super::assertion::SUBJECT,
            Utc::now(),
        )?;
        Ok(keys)
    }

    /// As Kubernetes projects the token of a service account into a pod
    /// (<https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken>).
    pub(super) fn write_federated(
        &self,
        folder: &Path,
        audience: &str,
        subject: &str,
        now: DateTime<Utc>,
    ) -> io::Result<()> {
        let now = now.timestamp();
        let header = json!({"alg": "RS256", "kid": "cluster"});
        let claims = json!({
            "iss": CLUSTER, "sub": subject, "aud": [audience],
            "iat": now, "nbf": now, "exp": now + 3600,
        });
        let [header, claims] =
            [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let mut signature = vec![0; self.cluster.public().modulus_len()];
        self.cluster
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| io::Error::other("the cluster's key does not sign"))?;
        // The whole at once, since it may be read meanwhile.
        let new = folder.join("token.new");
        fs::write(&new, format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))?;
        fs::rename(new, folder.join(FEDERATED))
    }
}

fn der(pem: &str) -> io::Result<Vec<u8>> {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64.decode(lines).map_err(io::Error::other)
}

fn pair(pem: &str) -> io::Result<RsaKeyPair> {
    RsaKeyPair::from_pkcs8(&der(pem)?).map_err(|why| io::Error::other(why.to_string()))
}

fn run(command: &mut Command) -> io::Result<()> {
    let ended = command.output().map_err(|why| {
        io::Error::other(format!("openssl does not run ({why}): run `make setup`"))
    })?;
    if ended.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("openssl: {}", String::from_utf8_lossy(&ended.stderr))))
}
