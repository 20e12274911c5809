//! As much of HTTP/1.1 (RFC 9112) as clients of our own servers send.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// The longest head of a request.
const MAX_HEAD: u64 = 64 << 10;
/// The longest body.
const MAX_BODY: u64 = 1 << 30;

/// A request, as it came.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    /// Encoded.
    pub(super) path: String,
    /// Encoded; what follows the question mark.
    pub(super) query: String,
    /// Names in lower case, values without outer spaces.
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The value of a header, if it is there.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All headers.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// An answer.
#[derive(Debug, Default)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// What the length is said to be, where there is no body.
    pub(super) length: Option<usize>,
}

impl Response {
    pub(super) fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn with_body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", kind)
    }
}

/// Answers the requests of one connection until it ends.
pub(super) fn serve(stream: &TcpStream, answer: impl Fn(&Request) -> Response) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream);
    while let Some(request) = read(&mut input, stream)? {
        let response = answer(&request);
        write(stream, &response, request.method == "HEAD")?;
        if request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            return Ok(());
        }
    }
    Ok(())
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

fn read(input: &mut BufReader<&TcpStream>, stream: &TcpStream) -> io::Result<Option<Request>> {
    let mut head = input.take(MAX_HEAD);
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.trim_end().split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(bad("no request of HTTP/1.1"));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..Request::default()
    };
    loop {
        let mut line = Vec::new();
        head.read_until(b'\n', &mut line)?;
        let line = String::from_utf8(line).map_err(|_| bad("a header that is not UTF-8"))?;
        let line = line.strip_suffix("\r\n").ok_or_else(|| bad("a line without an end"))?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a header without a colon"))?;
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("host").is_none() {
        return Err(bad("a request without a host"));
    }
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        let mut stream = stream;
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    request.body = body(input, &request)?;
    Ok(Some(request))
}

fn body(input: &mut BufReader<&TcpStream>, request: &Request) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    match (request.header("transfer-encoding"), request.header("content-length")) {
        (None, None) => {}
        (None, Some(length)) => {
            let length = length.parse().map_err(|_| bad("a length that is no number"))?;
            exactly(input, length, &mut body)?;
        }
        (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => loop {
            let mut line = String::new();
            input.take(64).read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim_end(), 16);
            let length = length.map_err(|_| bad("a chunk without a length"))?;
            exactly(input, length, &mut body)?;
            exactly(input, 2, &mut Vec::new())?;
            if length == 0 {
                break;
            }
        },
        _ => return Err(bad("a body of unknown length")),
    }
    Ok(body)
}

fn exactly(input: &mut BufReader<&TcpStream>, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    if length > MAX_BODY || input.take(length).read_to_end(body)? as u64 != length {
        return Err(bad("a body that is too long, or was broken off"));
    }
    Ok(())
}

fn write(mut stream: &TcpStream, response: &Response, is_head: bool) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} -\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !matches!(response.status, 204 | 304) {
        let length = response.length.unwrap_or(response.body.len());
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    let mut whole = head.into_bytes();
    if !is_head {
        whole.extend_from_slice(&response.body);
    }
    stream.write_all(&whole)
}
