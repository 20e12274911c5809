//! A connection: reads requests one after another, and writes their answers as the socket takes them.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use bytes::{Buf, Bytes};

use crate::answers::answer;
use crate::objects::Objects;
use crate::request::{Chunks, Request, joined};

/// Whether anything more is to come.
#[derive(PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Closed,
}

pub(crate) struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    /// A request whose body is coming into `input`.
    under_way: Option<(Request, Chunks)>,
    output: VecDeque<Bytes>,
}

const PIECE: usize = 256 << 10;

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, input: Vec::new(), under_way: None, output: VecDeque::new() }
    }

    /// Reads and writes until the socket has and takes no more.
    pub(crate) fn go_on(&mut self, objects: &mut Objects) -> io::Result<State> {
        loop {
            self.write()?;
            let (state, full) = self.read()?;
            self.requests(objects)?;
            self.write()?;
            // What did not fill the room was all there was.
            if state == State::Closed || !full {
                return Ok(state);
            }
        }
    }

    /// Whether the connection is open, and whether there may be more to read at once.
    fn read(&mut self) -> io::Result<(State, bool)> {
        let missing = self.under_way.as_ref().map_or(0, |(request, _)| request.length);
        let room = missing.saturating_sub(self.input.len()).clamp(16 << 10, PIECE);
        let filled = self.input.len();
        // What is kept is not made again, so this zeroes little.
        self.input.resize(filled + room, 0);
        let read = self.stream.read(self.input.get_mut(filled..).unwrap_or_default());
        self.input.truncate(filled + read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => Ok((State::Closed, false)),
            Ok(size) => Ok((State::Open, size == room)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok((State::Open, false)),
            Err(error) => Err(error),
        }
    }

    fn requests(&mut self, objects: &mut Objects) -> io::Result<()> {
        loop {
            let (request, mut chunks) = match self.under_way.take() {
                Some(under_way) => under_way,
                None => match Request::read(&self.input)? {
                    None => return Ok(()),
                    Some((request, head)) => {
                        self.begin(&request, head);
                        (request, Chunks::default())
                    }
                },
            };
            let Some(body) = self.body(&request, &mut chunks)? else {
                self.under_way = Some((request, chunks));
                return Ok(());
            };
            let body = if request.in_chunks { joined(&body)? } else { body };
            self.output.extend(answer(objects, &request, body.into()));
        }
    }

    fn begin(&mut self, request: &Request, head: usize) {
        self.input.drain(..head);
        if request.expects {
            self.output.push_back(Bytes::from_static(b"HTTP/1.1 100 Continue\r\n\r\n"));
        }
        self.input.reserve(request.length.saturating_sub(self.input.len()));
    }

    /// The request's body, once it is all there.
    fn body(&mut self, request: &Request, chunks: &mut Chunks) -> io::Result<Option<Vec<u8>>> {
        if request.is_chunked {
            let (taken, whole) = chunks.take(&self.input)?;
            self.input.drain(..taken);
            return Ok(whole.then(|| std::mem::take(&mut chunks.body)));
        }
        if self.input.len() < request.length {
            return Ok(None);
        }
        let rest = self.input.split_off(request.length);
        Ok(Some(std::mem::replace(&mut self.input, rest)))
    }

    fn write(&mut self) -> io::Result<()> {
        while let Some(piece) = self.output.front_mut() {
            match self.stream.write(piece.get(..piece.len().min(PIECE)).unwrap_or_default()) {
                Ok(size) => piece.advance(size),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
            if piece.is_empty() {
                self.output.pop_front();
            }
        }
        Ok(())
    }
}
