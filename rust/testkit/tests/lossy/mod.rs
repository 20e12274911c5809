//! A way to a server on which the answer to one request is lost, after the server has carried it out.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Whether the answer to a request with this head is to be lost.
pub(crate) type Loses = fn(&str) -> bool;

/// The way. It ends with the process.
pub(crate) struct Lossy {
    port: u16,
    has_lost: Arc<AtomicBool>,
}

impl Lossy {
    /// To a server on `port`; loses the first answer that it may.
    pub(crate) fn to(port: u16, loses: Loses) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let own = listener.local_addr()?.port();
        let has_lost = Arc::new(AtomicBool::new(false));
        let lost = Arc::clone(&has_lost);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let lost = Arc::clone(&lost);
                thread::spawn(move || pass(client, port, loses, &lost));
            }
        });
        Ok(Self { port: own, has_lost })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn has_lost(&self) -> bool {
        self.has_lost.load(Ordering::Relaxed)
    }
}

/// Passes one request and its answer on.
fn pass(mut client: TcpStream, port: u16, loses: Loses, lost: &AtomicBool) -> io::Result<()> {
    let mut from = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body)?;
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    // So that the answer has an end that needs no reading.
    let closing = format!("{}\r\nConnection: close\r\n\r\n", head.trim_end());
    server.write_all(closing.as_bytes())?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    if loses(&head) && !lost.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    client.write_all(&answer)
}
