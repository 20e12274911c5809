//! Azurite.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;

use super::certificate::Certificate;
use super::http;
use super::process::{Process, free_ports};

/// The account that every Azurite has, and its key, which is public:
/// <https://learn.microsoft.com/azure/storage/common/storage-connect-azurite>.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

#[derive(Debug)]
pub(super) struct Azurite {
    process: Process,
    port: u16,
    certificate: Option<Certificate>,
}

/// Where its data are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    InMemory,
    /// The bytes are on the disk before a write is answered; which objects they are of is written
    /// down five seconds later at most (`autosaveInterval` in its source), and is lost until then
    /// with the process.
    OnDisk,
}

impl Azurite {
    pub(super) fn start(data: Data) -> io::Result<Self> {
        Self::start_with(data, None)
    }

    pub(super) fn start_with_tls() -> io::Result<Self> {
        Self::start_with(Data::InMemory, Some(Certificate::new()?))
    }

    fn start_with(data: Data, certificate: Option<Certificate>) -> io::Result<Self> {
        let [port] = free_ports()?;
        let port_text = port.to_string();
        let place: &[&str] = match data {
            Data::InMemory => &["--inMemoryPersistence"],
            Data::OnDisk => &["--location", "{}"],
        };
        let rest = [
            "--silent",
            "--disableTelemetry",
            "--skipApiVersionCheck",
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            &port_text,
        ];
        let mut arguments: Vec<String> =
            place.iter().copied().chain(rest).map(str::to_owned).collect();
        if let Some(certificate) = &certificate {
            arguments.push(format!("--cert={}", certificate.certificate().display()));
            arguments.push(format!("--key={}", certificate.key().display()));
            // Tokens are looked at, though not at who has signed them; only over TLS.
            arguments.push("--oauth=basic".to_owned());
        }
        let mut process = Process::start("node/node_modules/.bin/azurite-blob", &arguments, &[])?;
        process.wait_until_open(port)?;
        Ok(Self { process, port, certificate })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    pub(super) fn start_again(&mut self) -> io::Result<()> {
        self.process.start_again()?;
        self.process.wait_until_open(self.port)
    }

    pub(super) fn new_place(&self, name: &str) -> io::Result<String> {
        let path = format!("/{ACCOUNT}/{name}?restype=container&{}", account_sas()?);
        let authority = self.certificate.as_ref().map(Certificate::authority);
        let scheme = if authority.is_some() { "https" } else { "http" };
        match &authority {
            Some(authority) => {
                over_tls(authority, &format!("https://127.0.0.1:{}{path}", self.port))?
            }
            None => http::succeed("PUT", self.port, &path)?,
        }
        let endpoint = encoded(&format!("{scheme}://127.0.0.1:{}/{ACCOUNT}", self.port));
        let trust = |path: PathBuf| format!("&ca_file={}", encoded(&path.display().to_string()));
        let trust = authority.map(trust).unwrap_or_default();
        let key = encoded(KEY);
        Ok(format!("azblob://{ACCOUNT}/{name}?endpoint={endpoint}&account_key={key}{trust}"))
    }
}

/// A `PUT` without a body, by curl.
fn over_tls(authority: &Path, url: &str) -> io::Result<()> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--request", "PUT"]);
    let ended = curl.args(["--data", "", "--cacert"]).arg(authority).arg(url).output()?;
    if ended.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&ended.stderr).into_owned()))
}

/// A shared access signature for everything in the account, as a query:
/// <https://learn.microsoft.com/rest/api/storageservices/create-account-sas>.
fn account_sas() -> io::Result<String> {
    let (permissions, expiry, version) = ("rwdlac", "2099-01-01T00:00:00Z", "2021-08-06");
    let signed =
        format!("{ACCOUNT}\n{permissions}\nb\nsco\n\n{expiry}\n\nhttp,https\n{version}\n\n");
    let key = BASE64.decode(KEY).map_err(io::Error::other)?;
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    let signature = encoded(&BASE64.encode(signature));
    Ok(format!(
        "sv={version}&ss=b&srt=sco&sp={permissions}&se={}&spr={}&sig={signature}",
        encoded(expiry),
        encoded("http,https")
    ))
}

fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let byte = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(byte).collect()
}
