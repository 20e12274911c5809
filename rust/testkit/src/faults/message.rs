//! Messages of HTTP/1.1, as the bytes that they are.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// More than any of the tests' objects, and no end of a broken server's.
const MAX_BODY: usize = 256 << 20;
const MAX_HEAD: usize = 64 << 10;

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    /// Where the connection does.
    Closed,
}

/// The first lines of a message, with the empty one at their end.
#[derive(Clone, Debug)]
pub(super) struct Head(pub(super) Vec<u8>);

impl Head {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Method and target of a request.
    pub(super) fn request(&self) -> (&str, &str) {
        let line = self.text().lines().next().unwrap_or_default();
        let mut words = line.split(' ');
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }

    /// Whether it is the head of a request at all.
    pub(super) fn is_request(&self) -> bool {
        self.text().lines().next().is_some_and(|line| line.ends_with(" HTTP/1.1"))
    }

    fn status(&self) -> u16 {
        let status = self.text().get(9..12).and_then(|digits| digits.parse().ok());
        status.unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ str| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.len())
        };
        self.text().lines().find_map(|line| {
            let length = value(line)?;
            line.get(line.len() - length..).map(str::trim)
        })
    }

    /// The same with the header's value changed, where it has it.
    pub(super) fn with(&self, name: &str, change: impl Fn(&str) -> String) -> Self {
        let lines = self.text().split_inclusive("\r\n").map(|line| match line.split_once(':') {
            Some((found, value)) if found.eq_ignore_ascii_case(name) => {
                format!("{found}: {}\r\n", change(value.trim()))
            }
            _ => line.to_owned(),
        });
        Self(lines.collect::<String>().into_bytes())
    }

    /// The same with this length in place of chunks.
    pub(super) fn with_length_for_chunks(&self, length: usize) -> Self {
        let lines = self.text().split_inclusive("\r\n").map(|line| match line.split_once(':') {
            Some((name, _)) if name.eq_ignore_ascii_case("transfer-encoding") => {
                format!("Content-Length: {length}\r\n")
            }
            _ => line.to_owned(),
        });
        Self(lines.collect::<String>().into_bytes())
    }

    fn length(&self) -> Option<usize> {
        self.header("content-length").and_then(|length| length.parse().ok())
    }

    pub(super) fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked"))
    }

    pub(super) fn request_framing(&self) -> Framing {
        if self.is_chunked() {
            Framing::Chunked
        } else {
            Framing::Length(self.length().unwrap_or(0))
        }
    }

    /// The framing of an answer to a request of `method`.
    pub(super) fn answer_framing(&self, method: &str) -> Framing {
        if method == "HEAD" || matches!(self.status(), 204 | 304) {
            return Framing::Length(0);
        }
        match self.length() {
            _ if self.is_chunked() => Framing::Chunked,
            Some(length) => Framing::Length(length),
            None => Framing::Closed,
        }
    }
}

/// One direction of a connection, with what has come of it and was not taken yet.
#[derive(Default)]
pub(super) struct Reader(Vec<u8>);

impl Reader {
    /// Not drained byte by byte, which takes long without optimisation.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.0.split_off(length);
        std::mem::replace(&mut self.0, rest)
    }

    /// Whether something came before the end.
    pub(super) async fn more(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<bool> {
        Ok(from.read_buf(&mut self.0).await? > 0)
    }

    /// The next head; `None` where the connection ends before one begins.
    pub(super) async fn head(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<Option<Head>> {
        loop {
            if let Some(at) = self.0.windows(4).position(|window| window == b"\r\n\r\n") {
                return Ok(Some(Head(self.take(at + 4))));
            }
            // No message begins so; what does may have no end that could be waited for.
            if self.0.first().is_some_and(|first| !first.is_ascii_uppercase()) {
                return Ok(Some(Head(std::mem::take(&mut self.0))));
            }
            if self.0.len() > MAX_HEAD {
                return Err(io::Error::other("a head without an end"));
            }
            if !self.more(from).await? {
                return if self.0.is_empty() { Ok(None) } else { Err(ended()) };
            }
        }
    }

    /// A body as it came, framing included.
    pub(super) async fn body(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        framing: Framing,
    ) -> io::Result<Vec<u8>> {
        match framing {
            Framing::Length(length) => self.exactly(from, length).await,
            Framing::Chunked => self.chunks(from).await,
            Framing::Closed => {
                while self.0.len() < MAX_BODY && self.more(from).await? {}
                Ok(std::mem::take(&mut self.0))
            }
        }
    }

    pub(super) async fn exactly(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        length: usize,
    ) -> io::Result<Vec<u8>> {
        if length > MAX_BODY {
            return Err(io::Error::other("a body that is too long for this proxy"));
        }
        while self.0.len() < length {
            if !self.more(from).await? {
                return Err(ended());
            }
        }
        Ok(self.take(length))
    }

    async fn chunks(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let line = self.line(from).await?;
            let text = String::from_utf8_lossy(&line);
            let size = text.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            all.extend_from_slice(&line);
            if size == 0 {
                return self.trailers(from, all).await;
            }
            all.extend_from_slice(&self.exactly(from, size.saturating_add(2)).await?);
            if all.len() > MAX_BODY {
                return Err(io::Error::other("a body that is too long for this proxy"));
            }
        }
    }

    async fn trailers(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        mut all: Vec<u8>,
    ) -> io::Result<Vec<u8>> {
        loop {
            let line = self.line(from).await?;
            all.extend_from_slice(&line);
            if line == b"\r\n" {
                return Ok(all);
            }
        }
    }

    async fn line(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.0.windows(2).position(|window| window == b"\r\n") {
                return Ok(self.take(at + 2));
            }
            if !self.more(from).await? {
                return Err(ended());
            }
        }
    }
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended in the middle of a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: \"e\"\r\n\r\n3\r\nabc\r\n0\r\n\r\nrest";

    #[tokio::test]
    async fn messages_are_kept_as_they_are() -> io::Result<()> {
        let (mut from, mut reader) = (ANSWER, Reader::default());
        let head = reader.head(&mut from).await?.ok_or_else(ended)?;
        assert_eq!(head.answer_framing("GET"), Framing::Chunked);
        assert_eq!(head.answer_framing("HEAD"), Framing::Length(0));
        let body = reader.body(&mut from, Framing::Chunked).await?;
        assert_eq!([head.0.as_slice(), &body, b"rest"].concat(), ANSWER);
        assert_eq!(reader.body(&mut from, Framing::Closed).await?, b"rest");
        assert!(reader.head(&mut from).await?.is_none());
        Ok(())
    }

    #[test]
    fn a_header_is_changed_and_nothing_else() {
        let head = Head(b"GET /a?b HTTP/1.1\r\nhost: x\r\nContent-Length: 7\r\n\r\n".to_vec());
        assert_eq!((head.request(), head.is_request()), (("GET", "/a?b"), true));
        assert_eq!(head.header("Host"), Some("x"));
        let longer = head.with("content-length", |length| format!("{length}0"));
        assert_eq!(longer.request_framing(), Framing::Length(70));
        assert_eq!(longer.0.len(), head.0.len() + 1);
    }
}
