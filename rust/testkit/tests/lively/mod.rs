//! A server whose answers a test gives, with a thread for each connection: requests are answered at
//! once, or when the test says so, and a client that goes away is seen.
#![allow(dead_code, reason = "each program of tests uses a part of it")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take that takes a moment.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Method and target, such as `GET /bucket/key`.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    /// The body; empty where the server throws bodies away.
    pub(crate) body: Vec<u8>,
    /// How many bytes the body had.
    pub(crate) length: u64,
}

impl Asked {
    /// The value of a header, or an empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value)
    }

    /// The value of a parameter of the query, or an empty text.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let query = self.line.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }

    /// The range that is asked for, if one is, of an object of `size` bytes.
    pub(crate) fn range(&self, size: u64) -> Option<std::ops::Range<u64>> {
        let (start, last) = self.header("range").strip_prefix("bytes=")?.split_once('-')?;
        let last = last.parse::<u64>().unwrap_or(u64::MAX);
        if start.is_empty() {
            return Some(size.saturating_sub(last)..size);
        }
        Some(start.parse().ok()?..last.saturating_add(1).min(size))
    }
}

/// An answer.
pub(crate) struct Answer {
    status: &'static str,
    headers: String,
    length: u64,
    body: Box<dyn Read + Send>,
    /// Answered when it opens.
    after: Option<Arc<Gate>>,
}

impl Answer {
    pub(crate) fn new(status: &'static str, headers: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let length = body.len() as u64;
        let (headers, body) = (headers.to_owned(), Box::new(io::Cursor::new(body)));
        Self { status, headers, length, body, after: None }
    }

    /// With a body of `length` bytes, as far as `body` has them; then the connection is closed.
    pub(crate) fn with_body(mut self, length: u64, body: impl Read + Send + 'static) -> Self {
        (self.length, self.body) = (length, Box::new(body));
        self
    }

    pub(crate) fn after(mut self, gate: &Arc<Gate>) -> Self {
        self.after = Some(Arc::clone(gate));
        self
    }
}

/// Holds answers back until it is opened.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    pub(crate) fn open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Whether it has opened after `time`.
    fn is_open_after(&self, time: Duration) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(open, time, |open| !*open);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

type Handler = Box<dyn Fn(usize, &Asked) -> Answer + Send + Sync>;

/// What the server has seen.
#[derive(Default)]
pub(crate) struct Seen {
    asked: Mutex<Vec<Asked>>,
    /// Requests that were read and not answered yet, and the most of them at a time.
    under_way: AtomicUsize,
    most: AtomicUsize,
    /// Clients that went away while they waited.
    gone: AtomicUsize,
}

impl Seen {
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Those of a method whose target holds `part`.
    pub(crate) fn of(&self, method: &str, part: &str) -> Vec<Asked> {
        let method = format!("{method} ");
        let is_one = |asked: &Asked| asked.line.starts_with(&method) && asked.line.contains(part);
        self.asked().into_iter().filter(is_one).collect()
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    pub(crate) fn gone(&self) -> usize {
        self.gone.load(Ordering::SeqCst)
    }
}

/// The server. Its threads end with the process.
pub(crate) struct Lively {
    pub(crate) port: u16,
    pub(crate) seen: Arc<Seen>,
}

impl Lively {
    /// Starts it. The answer is given how many requests came before.
    pub(crate) fn start(
        answer: impl Fn(usize, &Asked) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_with(true, Box::new(answer))
    }

    /// One that throws bodies away, so that they take no memory.
    pub(crate) fn start_lean(
        answer: impl Fn(usize, &Asked) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_with(false, Box::new(answer))
    }

    fn start_with(keeps: bool, answer: Handler) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (seen, answer) = (Arc::new(Seen::default()), Arc::new(answer));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                // A client that breaks off is not this server's failure.
                thread::spawn(move || while serve(&stream, keeps, &seen, &answer).is_ok() {});
            }
        });
        Ok(Self { port, seen })
    }

    /// A store of S3 there.
    pub(crate) fn s3(&self, parameters: &str) -> String {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        format!("s3://b?endpoint={endpoint}&credentials=anonymous{parameters}")
    }

    /// A store of Azure there.
    pub(crate) fn azure(&self, parameters: &str) -> String {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        format!("azblob://a/b?endpoint={endpoint}&credentials=anonymous{parameters}")
    }
}

fn serve(stream: &TcpStream, keeps: bool, seen: &Seen, answer: &Handler) -> io::Result<()> {
    let asked = read(&mut BufReader::new(stream), keeps)?;
    let now = seen.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    seen.most.fetch_max(now, Ordering::SeqCst);
    let mut all = seen.asked.lock().unwrap_or_else(PoisonError::into_inner);
    let before = all.len();
    all.push(asked.clone());
    drop(all);
    let Answer { status, headers, length, mut body, after } = answer(before, &asked);
    let waited = match &after {
        Some(gate) => wait(stream, gate),
        None => Ok(()),
    };
    seen.under_way.fetch_sub(1, Ordering::SeqCst);
    if waited.is_err() {
        seen.gone.fetch_add(1, Ordering::SeqCst);
        return waited;
    }
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n");
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    let is_head = asked.line.starts_with("HEAD ");
    if !is_head && copy(&mut body, &mut stream)? < length {
        return Err(io::Error::other("that is all there is"));
    }
    Ok(())
}

/// As `io::copy`, in larger steps: a gigabyte is to take a moment.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<u64> {
    let (mut buffer, mut copied) = (vec![0; 256 << 10], 0);
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(copied),
            size => {
                to.write_all(&buffer[..size])?;
                copied += size as u64;
            }
        }
    }
}

/// Waits for the gate, or for the client to go.
fn wait(stream: &TcpStream, gate: &Gate) -> io::Result<()> {
    let began = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(1)))?;
    while !gate.is_open_after(Duration::from_millis(5)) {
        match stream.peek(&mut [0]) {
            Ok(0) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Err(error),
            _ => {}
        }
        if began.elapsed() > 2 * PATIENCE {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
    stream.set_read_timeout(None)
}

fn read(stream: &mut BufReader<&TcpStream>, keeps: bool) -> io::Result<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut lines = lines.into_iter();
    let line = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let pair = |line: String| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    };
    let mut asked = Asked { line, headers: lines.filter_map(pair).collect(), ..Asked::default() };
    asked.length = asked.header("content-length").parse().unwrap_or(0);
    let mut body = stream.take(asked.length);
    let read = if keeps {
        body.read_to_end(&mut asked.body)? as u64
    } else {
        copy(&mut body, &mut io::sink())?
    };
    if read < asked.length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(asked)
}

/// Waits until `holds`, which takes a moment.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !holds() {
        if began.elapsed() > PATIENCE {
            return Err(format!("it did not come to pass: {what}"));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
