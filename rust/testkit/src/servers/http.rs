//! As much of HTTP as it takes to make a bucket.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Sends a request without a body to 127.0.0.1; gives the status of the answer.
pub(super) fn send(method: &str, port: u16, path: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.strip_prefix("HTTP/1.1 ").or_else(|| answer.strip_prefix("HTTP/1.0 "));
    let status = status.and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    status.ok_or_else(|| io::Error::other("an answer that is not HTTP"))
}

/// As [`send`], for a request that must succeed.
pub(super) fn succeed(method: &str, port: u16, path: &str) -> io::Result<()> {
    match send(method, port, path)? {
        200..=299 => Ok(()),
        status => Err(io::Error::other(format!("{method} {path} was answered {status}"))),
    }
}
