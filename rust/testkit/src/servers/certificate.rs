//! Certificates by an authority that nobody knows.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::folder::Folder;

/// A certificate and its key, until it is dropped.
#[derive(Debug)]
pub struct Certificate {
    folder: Folder,
}

impl Certificate {
    /// Makes one for 127.0.0.1, by openssl.
    ///
    /// # Errors
    /// openssl is not installed, or refuses.
    pub fn new() -> io::Result<Self> {
        Self::of("IP:127.0.0.1")
    }

    /// Makes one for another host's name.
    ///
    /// # Errors
    /// As [`Certificate::new`].
    pub fn of_another_name() -> io::Result<Self> {
        Self::of("DNS:another.test")
    }

    fn of(name: &str) -> io::Result<Self> {
        let certificate = Self { folder: Folder::new()? };
        let authority_key = certificate.file("authority.key");
        run(&mut openssl("authority", &authority_key, &certificate.authority()))?;
        let mut made = openssl("server", &certificate.key(), &certificate.certificate());
        made.arg("-CA").arg(certificate.authority()).arg("-CAkey").arg(&authority_key);
        made.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        made.args(["-addext", &format!("subjectAltName={name}")]);
        run(&mut made)?;
        Ok(certificate)
    }

    /// The certificate of its authority, which a client is to trust; all files are in PEM.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.file("authority.pem")
    }

    /// The certificate itself.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.file("server.pem")
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.file("server.key")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn openssl(name: &str, key: &Path, certificate: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-noenc", "-days", "2", "-newkey", "ec"]);
    command.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", &format!("/CN={name}")]);
    command.arg("-keyout").arg(key).arg("-out").arg(certificate);
    command
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
