//! The head of a request: what of it this server looks at.

use std::io;

/// What is asked.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path, without its query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// The first byte and the last, if only a part is wanted.
    pub(crate) range: Option<(usize, Option<usize>)>,
    pub(crate) length: usize,
    /// Whether the client sends its body only once it was told to.
    pub(crate) expects: bool,
    /// Whether the body comes in HTTP's chunks, rather than with a length.
    pub(crate) is_chunked: bool,
    /// Whether the body has AWS's own chunks.
    pub(crate) in_chunks: bool,
}

impl Request {
    /// The request at the beginning of `input` and the length of its head, once that is there.
    pub(crate) fn read(input: &[u8]) -> io::Result<Option<(Self, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        let head = match parsed.parse(input).map_err(io::Error::other)? {
            httparse::Status::Partial => return Ok(None),
            httparse::Status::Complete(length) => length,
        };
        let (path, query) = parsed
            .path
            .unwrap_or_default()
            .split_once('?')
            .unwrap_or((parsed.path.unwrap_or_default(), ""));
        let mut request = Self {
            method: parsed.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        };
        for header in parsed.headers.iter() {
            request.take(header.name, std::str::from_utf8(header.value).unwrap_or_default())?;
        }
        Ok(Some((request, head)))
    }

    fn take(&mut self, name: &str, value: &str) -> io::Result<()> {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if is("content-length") {
            self.length = value.parse().map_err(io::Error::other)?;
        } else if is("range") || is("x-ms-range") {
            self.range = range(value);
        } else if is("expect") {
            self.expects = true;
        } else if is("content-encoding") && value.contains("aws-chunked") {
            self.in_chunks = true;
        } else if is("transfer-encoding") {
            self.is_chunked = true;
        }
        Ok(())
    }

    /// The value of a name in the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| {
            let (found, value) = pair.split_once('=').unwrap_or((pair, ""));
            (found == name).then_some(value)
        })
    }
}

fn range(value: &str) -> Option<(usize, Option<usize>)> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()))
}

/// A body that comes in chunks: `SIZE[;…]\r\nbytes\r\n … 0[;…]\r\n`, and then lines that end with an empty
/// one. HTTP has them, and AWS within a body.
#[derive(Default)]
pub(crate) struct Chunks {
    pub(crate) body: Vec<u8>,
    /// Whether what comes now are the lines after the last chunk.
    is_last: bool,
}

impl Chunks {
    /// Takes whole chunks from the beginning of `input`; gives how many bytes these were, and whether
    /// the body is complete.
    pub(crate) fn take(&mut self, input: &[u8]) -> io::Result<(usize, bool)> {
        let mut taken = 0;
        while let Some(rest) = input.get(taken..)
            && let Some(end) = rest.iter().position(|&byte| byte == b'\n')
        {
            let (line, after) = rest.split_at(end + 1);
            let line = std::str::from_utf8(line).map_err(io::Error::other)?.trim_end();
            if self.is_last {
                taken += end + 1;
                if line.is_empty() {
                    return Ok((taken, true));
                }
                continue;
            }
            let size = line.split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            self.is_last = size == 0;
            if self.is_last {
                taken += end + 1;
                continue;
            }
            let Some(chunk) = after.get(..size + 2) else { break };
            self.body.extend_from_slice(chunk.get(..size).unwrap_or_default());
            taken += end + 1 + size + 2;
        }
        Ok((taken, false))
    }
}

/// The body within AWS's chunks.
pub(crate) fn joined(chunks: &[u8]) -> io::Result<Vec<u8>> {
    let mut all = Chunks::default();
    all.take(chunks)?;
    Ok(all.body)
}
