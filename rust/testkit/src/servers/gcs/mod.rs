//! A small Google Cloud Storage, in memory, since the emulators that one can install do not answer
//! what real clients send.
//!
//! Written from the published protocol, page by page as each file says, and from nothing of the
//! backend that is tested by it. It is strict: what it does not know, a parameter, a header, a field,
//! is refused, and so is every request without a token that it has issued or a signature that is
//! right. Where the service is free to do more or less, it does what is harder for a client: a
//! session keeps less of a part than it was sent, a copy takes several requests, etags are no
//! generations.

#![allow(clippy::indexing_slicing, reason = "of values in JSON: what is not there is null")]

mod auth;
mod crc32c;
mod encoding;
mod json;
mod mask;
mod media;
mod model;
mod resumable;
mod xml;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::folder::Folder;
use super::wire;
use auth::Auth;
pub use auth::Issuer;
use model::Model;
use wire::{Request, Response};

/// The server. It ends when this is dropped.
#[derive(Debug)]
pub struct FakeGcs {
    port: u16,
    folder: Folder,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    ended: AtomicBool,
}

#[derive(Debug)]
struct State {
    auth: Auth,
    model: Model,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeGcs {
    /// Starts it on a free port of 127.0.0.1, with a service account whose key file is made by
    /// openssl.
    ///
    /// # Errors
    /// No port is free, or openssl fails.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let folder = Folder::new()?;
        let auth = Auth::new(folder.path(), port)?;
        let state = Mutex::new(State { auth, model: Model::default() });
        let shared = Arc::new(Shared { state, ended: AtomicBool::new(false) });
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

    /// Makes a new and empty bucket; gives the URL to open it with, by the account's key file.
    pub fn new_place(&self, name: &str) -> String {
        self.shared.lock().model.add_bucket(name);
        let file = encoding::query(&self.key_file().display().to_string());
        format!("{}&service_account={file}", self.place(name))
    }

    /// The URL of a bucket without a credential.
    #[must_use]
    pub fn place(&self, name: &str) -> String {
        format!("gs://{name}?endpoint=http://127.0.0.1:{}", self.port)
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The key of the account that may do everything.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join(auth::KEY_FILE)
    }

    /// A token that is good for an hour, as if its issuer had been asked.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new_token(&self) -> io::Result<String> {
        self.shared.lock().auth.new_token(3600)
    }

    /// How many tokens were issued so far.
    #[must_use]
    pub fn issued(&self) -> usize {
        self.shared.lock().auth.issued()
    }

    /// Takes no token any more that was issued so far.
    pub fn revoke_tokens(&self) {
        self.shared.lock().auth.revoke();
    }

    /// How the issuer answers from now on.
    pub fn set_issuer(&self, issuer: Issuer) {
        self.shared.lock().auth.set_issuer(issuer);
    }
}

impl Drop for FakeGcs {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // It waits for the next connection.
        let _ = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Response {
        if request.path == "/token" {
            return self.issue(request);
        }
        let mut state = self.lock();
        let State { auth, model } = &mut *state;
        let path = request.path.as_str();
        if let Some(rest) = path.strip_prefix("/upload/storage/v1/b/") {
            return resumable::answer(auth, model, rest, request).unwrap_or_else(json::refused);
        }
        let media = path.strip_prefix("/download/storage/v1/b/");
        if let Some(rest) = media.or_else(|| path.strip_prefix("/storage/v1/b/")) {
            return json::answer(auth, model, rest, request).unwrap_or_else(json::refused);
        }
        xml::answer(auth, model, request).unwrap_or_else(xml::refused)
    }

    /// Slowness must not hold the rest up.
    fn issue(&self, request: &Request) -> Response {
        let issuer = self.lock().auth.issuer();
        if let Issuer::Slow(time) = issuer {
            thread::sleep(time);
        }
        self.lock().auth.issue(request)
    }
}

/// Why a request is not done: the status, the XML API's word, the JSON API's word, and a message.
#[derive(Debug)]
struct Refused {
    status: u16,
    code: &'static str,
    reason: &'static str,
    message: String,
}

type Answered<T = Response> = Result<T, Refused>;

impl Refused {
    fn new(status: u16, code: &'static str, reason: &'static str, message: &str) -> Self {
        Self { status, code, reason, message: message.to_owned() }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::new(400, "InvalidArgument", "invalid", "") }
    }

    fn no_object() -> Self {
        Self::new(404, "NoSuchKey", "notFound", "No such object")
    }

    fn not_met() -> Self {
        let message = "At least one of the pre-conditions you specified did not hold.";
        Self::new(412, "PreconditionFailed", "conditionNotMet", message)
    }
}
