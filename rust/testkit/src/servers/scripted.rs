//! A server that answers each request as a test says, to see what is sent and to break what comes
//! back.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and target, such as `GET /bucket/key`.
    pub line: String,
    /// All headers, in lower case, as `name: value`.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// The value of a header, or an empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = |line: &'_ String| line.split_once(": ").map(|(found, _)| found == name);
        let line = self.headers.iter().find(|line| value(line) == Some(true));
        line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    }
}

/// The bytes that answer a request; the connection is closed after them. It may block: each connection has a
/// thread of its own.
pub type Answer = Box<dyn Fn(usize, &Asked) -> Vec<u8> + Send + Sync>;

/// A server of its own answers. Its thread ends with the process.
#[derive(Debug)]
pub struct Scripted {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    /// Starts it. `answer` is given how many connections were made before, which is how many
    /// requests, and the request.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(answer: Answer) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            let answer: Arc<Answer> = Arc::new(answer);
            // In the order in which they connect, however long they take to ask.
            for (before, stream) in listener.incoming().flatten().enumerate() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                // A client that breaks off is not this server's failure.
                thread::spawn(move || serve(stream, before, &seen, &answer));
            }
        });
        Ok(Self { port, asked })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(
    stream: TcpStream,
    before: usize,
    seen: &Mutex<Vec<Asked>>,
    answer: &Answer,
) -> io::Result<()> {
    let asked = read(&mut BufReader::new(stream.try_clone()?))?;
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    (&stream).write_all(&answer(before, &asked))
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut lines = lines.into_iter();
    let line = lines.next().unwrap_or_default();
    let line = line.trim_end_matches(" HTTP/1.1").to_owned();
    let lower = |line: String| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
        None => line,
    };
    let mut asked = Asked { line, headers: lines.map(lower).collect(), body: Vec::new() };
    let length = asked.header("content-length").parse().unwrap_or(0);
    stream.take(length).read_to_end(&mut asked.body)?;
    Ok(asked)
}
