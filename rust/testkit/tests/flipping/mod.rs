//! A way to a server on which bytes change.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Where this is in a body, its last byte changes.
pub(crate) const MARK: &[u8] = b"<FLIP-ME>";

/// Passes on what comes, until it is told to change it. Its threads end with the process.
pub(crate) struct Flipping {
    pub(crate) port: u16,
    /// How many bytes are still to be changed on the way to the server.
    up: Arc<AtomicUsize>,
    /// And back.
    down: Arc<AtomicUsize>,
}

impl Flipping {
    /// A way to `server`.
    pub(crate) fn start(server: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (up, down) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counts = (Arc::clone(&up), Arc::clone(&down));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Who breaks off on either side ends both.
                let _ = connect(&client, server, &counts.0, &counts.1);
            }
        });
        Ok(Self { port, up, down })
    }

    /// How many bytes are to be changed on the way up and on the way down from now on.
    pub(crate) fn flip(&self, up: usize, down: usize) {
        self.up.store(up, Ordering::SeqCst);
        self.down.store(down, Ordering::SeqCst);
    }

    /// How many of them are still to come.
    pub(crate) fn left(&self) -> (usize, usize) {
        (self.up.load(Ordering::SeqCst), self.down.load(Ordering::SeqCst))
    }

    /// The URL of a place at the server, by this way.
    pub(crate) fn of(&self, url: &str) -> Option<String> {
        let (before, host) = url.split_once("127.0.0.1")?;
        let colon = if host.starts_with("%3A") { "%3A" } else { ":" };
        let rest =
            host.strip_prefix(colon)?.trim_start_matches(|digit: char| digit.is_ascii_digit());
        Some(format!("{before}127.0.0.1{colon}{}{rest}", self.port))
    }
}

/// The port in the URL of a place.
pub(crate) fn port(url: &str) -> Option<u16> {
    let (_, host) = url.split_once("127.0.0.1")?;
    let host = host.strip_prefix("%3A").or_else(|| host.strip_prefix(':'))?;
    let end = host.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(host.len());
    host[..end].parse().ok()
}

fn connect(
    client: &TcpStream,
    server: u16,
    up: &Arc<AtomicUsize>,
    down: &Arc<AtomicUsize>,
) -> io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server))?;
    for (from, to, count) in [(client, &server, up), (&server, client, down)] {
        to.set_nodelay(true)?;
        let (from, to, count) = (from.try_clone()?, to.try_clone()?, Arc::clone(count));
        thread::spawn(move || {
            let _ = pass(&from, &to, &count);
            // It may be closed already.
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        });
    }
    Ok(())
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, count: &AtomicUsize) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    let mut held = Vec::new();
    loop {
        let size = from.read(&mut buffer)?;
        held.extend_from_slice(&buffer[..size]);
        while let Some(at) = held.windows(MARK.len()).position(|part| part == MARK) {
            let less = |count: usize| count.checked_sub(1);
            let flips = count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
            let end = at + MARK.len();
            held[end - 1] ^= u8::from(flips);
            to.write_all(&held[..end])?;
            held.drain(..end);
        }
        // What may be the beginning of a mark waits for the rest.
        let is_begun = |length: &usize| held.ends_with(&MARK[..*length]);
        let kept = (1..MARK.len()).rev().find(is_begun).unwrap_or(0);
        let passed = held.len() - if size == 0 { 0 } else { kept };
        to.write_all(&held[..passed])?;
        held.drain(..passed);
        if size == 0 {
            return Ok(());
        }
    }
}
