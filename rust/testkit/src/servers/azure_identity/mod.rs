//! Those who give tokens in Azure: Entra ID, the instance metadata of a machine, and App Service;
//! at one port, each at its own path.
//!
//! Written from the published protocol, page by page as each file says, and from nothing of the
//! credentials that are tested by it. It is strict: a parameter that it does not know, a header
//! that is missing, an assertion that is not to the letter, is refused with what the service
//! answers then.

mod assertion;
mod cli;
mod entra;
mod keys;
mod machine;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::{SecureRandom, SystemRandom};

use super::folder::Folder;
use super::wire::{self, Request, Response};
pub use cli::FakeCli;
use keys::Keys;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With tokens that are good for so many seconds.
    Gives(u64),
    /// The same for an hour, after this time.
    Slow(Duration),
    /// With this status, and `Retry-After` with so many seconds, so many times; then as it should.
    Refuses {
        /// The status.
        status: u16,
        /// What it asks to wait.
        retry_after: u64,
        /// How often.
        times: usize,
    },
}

/// The server. It ends when this is dropped.
#[derive(Debug)]
pub struct FakeIdentity {
    port: u16,
    folder: Folder,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    url: String,
    state: Mutex<State>,
    ended: AtomicBool,
}

#[derive(Debug)]
struct State {
    keys: Keys,
    manner: Manner,
    /// How far its clock is ahead of ours.
    ahead: TimeDelta,
    /// Identifiers of assertions that were used.
    used: Vec<String>,
    /// For each token who it is for, and what it is good for.
    issued: Vec<String>,
    asked: usize,
}

impl FakeIdentity {
    /// The tenant and the application that it knows; the latter as well as a user-assigned
    /// identity.
    pub const TENANT: &'static str = "11111111-2222-3333-4444-555555555555";
    /// See [`FakeIdentity::TENANT`].
    pub const CLIENT: &'static str = "66666666-7777-8888-9999-000000000000";
    /// The application's secret.
    pub const SECRET: &'static str = "a~secret of 40 characters & more=+%";
    /// What App Service wants to see.
    pub const IDENTITY_HEADER: &'static str = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a";

    /// Starts it on a free port of 127.0.0.1, with keys that are made by openssl.
    ///
    /// # Errors
    /// No port is free, or openssl fails.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let folder = Folder::new()?;
        let keys = Keys::new(folder.path())?;
        let state = Mutex::new(State {
            keys,
            manner: Manner::Gives(3600),
            ahead: TimeDelta::zero(),
            used: Vec::new(),
            issued: Vec::new(),
            asked: 0,
        });
        let (url, ended) = (format!("http://127.0.0.1:{port}"), AtomicBool::new(false));
        let shared = Arc::new(Shared { url, state, ended });
        let server = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if server.ended.load(Ordering::SeqCst) {
                    return;
                }
                let server = Arc::clone(&server);
                // A client that breaks off is not this server's failure.
                thread::spawn(move || wire::serve(&stream, |request| server.answer(request)));
            }
        });
        Ok(Self { port, folder, shared, accepting: Some(accepting) })
    }

    /// Its URL: the authority of Entra ID, and the endpoint of the instance metadata.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// What App Service sets as `IDENTITY_ENDPOINT`.
    #[must_use]
    pub fn identity_endpoint(&self) -> String {
        format!("{}{}", self.shared.url, machine::APP_SERVICE)
    }

    /// What the environment of a service says that has all of it: an application with a secret, a
    /// certificate and a workload identity, and App Service.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 9] {
        let path = |path: PathBuf| path.display().to_string();
        [
            ("AZURE_TENANT_ID", Self::TENANT.to_owned()),
            ("AZURE_CLIENT_ID", Self::CLIENT.to_owned()),
            ("AZURE_CLIENT_SECRET", Self::SECRET.to_owned()),
            ("AZURE_CLIENT_CERTIFICATE_PATH", path(self.certificate_file())),
            ("AZURE_FEDERATED_TOKEN_FILE", path(self.federated_token_file())),
            ("AZURE_AUTHORITY_HOST", self.url().to_owned()),
            ("AZURE_POD_IDENTITY_AUTHORITY_HOST", self.url().to_owned()),
            ("IDENTITY_ENDPOINT", self.identity_endpoint()),
            ("IDENTITY_HEADER", Self::IDENTITY_HEADER.to_owned()),
        ]
    }

    /// A file with the application's secret, one with the key of its certificate, and one with a
    /// token of the cluster that it trusts.
    #[must_use]
    pub fn secret_file(&self) -> PathBuf {
        self.folder.path().join(keys::SECRET)
    }

    /// See [`FakeIdentity::secret_file`].
    #[must_use]
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.path().join(keys::CERTIFICATE)
    }

    /// See [`FakeIdentity::secret_file`].
    #[must_use]
    pub fn federated_token_file(&self) -> PathBuf {
        self.folder.path().join(keys::FEDERATED)
    }

    /// Writes another file beside these, which goes with them.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_file(&self, name: &str, content: &str) -> io::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// Puts a new token of the cluster into its file, as Kubernetes does, for another audience or
    /// subject than the application trusts if so wanted.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_federated_token(&self, audience: &str, subject: &str) -> io::Result<()> {
        self.lock().keys.write_federated(self.folder.path(), audience, subject, Utc::now())
    }

    /// Answers like this from now on.
    pub fn set_manner(&self, manner: Manner) {
        self.lock().manner = manner;
    }

    /// Sets its clock so many seconds ahead of ours.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.lock().ahead = TimeDelta::seconds(seconds);
    }

    /// The tokens so far: for whom, and what for.
    #[must_use]
    pub fn issued(&self) -> Vec<String> {
        self.lock().issued.clone()
    }

    /// How many requests have come so far.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.lock().asked
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Drop for FakeIdentity {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // It waits for the next connection.
        let _ = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Response {
        let manner = {
            let mut state = self.lock();
            state.asked += 1;
            state.manner
        };
        // Slowness must not hold the rest up.
        if let Manner::Slow(time) = manner {
            thread::sleep(time);
        }
        let mut state = self.lock();
        let answer = match state.refuses() {
            Some(answer) => answer,
            None if request.path == machine::METADATA => state.metadata(request),
            None if request.path == machine::APP_SERVICE => state.app_service(request),
            None => state.entra(&self.url, request),
        };
        answer.with("Date", state.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }
}

impl State {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.ahead
    }

    fn refuses(&mut self) -> Option<Response> {
        let Manner::Refuses { status, retry_after, times } = self.manner else { return None };
        let left = times.checked_sub(1)?;
        self.manner = Manner::Refuses { status, retry_after, times: left };
        Some(Response::new(status).with("Retry-After", retry_after.to_string()))
    }

    fn seconds(&self) -> u64 {
        if let Manner::Gives(seconds) = self.manner { seconds } else { 3600 }
    }

    /// A new token, which says nothing to anybody.
    fn issue(&mut self, who: &str, what: &str) -> String {
        let mut random = [0; 24];
        // Tokens need not be secret here.
        let _ = SystemRandom::new().fill(&mut random);
        self.issued.push(format!("{who} {what}"));
        format!("token-{}-{}", self.issued.len(), URL_SAFE_NO_PAD.encode(random))
    }
}

/// The pairs of a query or a form, decoded; `None` if one is there twice or wrongly encoded.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let name = decoded(name)?;
        if pairs.iter().any(|(other, _)| *other == name) {
            return None;
        }
        pairs.push((name, decoded(value)?));
    }
    Some(pairs)
}

fn decoded(text: &str) -> Option<String> {
    let mut rest = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
        decoded.push(match byte {
            b'%' => u8::try_from(digit()? * 16 + digit()?).ok()?,
            b'+' => b' ',
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The value of a pair.
fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}
