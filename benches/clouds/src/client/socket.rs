//! The limit: requests that were written beforehand, without a signature, on sockets of their own, and
//! answers of which no more is read than how long they are.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::fd::OwnedFd;

use crate::Answer;
use crate::body;
use crate::options::{Options, Work};

/// How much is read at once where it is not kept.
const PIECE: usize = 256 << 10;

pub(crate) struct Sockets {
    all: Vec<Socket>,
    poll: OwnedFd,
    work: Work,
    size: usize,
    requests: Vec<Vec<u8>>,
}

/// A connection and the request under way on it.
struct Socket {
    stream: TcpStream,
    /// Which of the requests of an operation is under way.
    at: usize,
    sent: usize,
    input: Vec<u8>,
    /// The length of the head of the answer, once that is there, and of its body.
    head: Option<(usize, usize)>,
    read: usize,
    found: u64,
    idle: bool,
}

pub(crate) fn open(options: &Options) -> Answer<Sockets> {
    let (host, base) = options.place.host_and_base()?;
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let connect = |at: usize| -> Answer<Socket> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let events = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
        epoll::add(&poll, &stream, epoll::EventData::new_u64(at as u64), events)?;
        let input = Vec::new();
        Ok(Socket { stream, at: 0, sent: 0, input, head: None, read: 0, found: 0, idle: true })
    };
    let all = (0..options.in_flight).map(connect).collect::<Answer<Vec<_>>>()?;
    let requests = requests(options, host, &format!("{base}/{}", options.place.container()));
    Ok(Sockets { all, poll, work: options.work, size: options.size, requests })
}

/// The requests of an operation, one after another.
fn requests(options: &Options, host: &str, place: &str) -> Vec<Vec<u8>> {
    let size = options.size;
    let get =
        |path: &str| format!("GET {place}{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes();
    match options.work {
        Work::Get | Work::GetInto | Work::GetStream => vec![get(&format!("/{}", body::key(size)))],
        Work::Put | Work::Seed => {
            let head = format!(
                "PUT {place}/{} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n",
                body::put_key(0)
            );
            vec![[head.as_bytes(), &body::of(size)].concat()]
        }
        Work::List if options.place.is_azure => [0, 5000]
            .map(|from| get(&format!("?comp=list&restype=container&maxresults=5000&marker={from}")))
            .into(),
        Work::List => (0..10)
            .map(|page| get(&format!("?list-type=2&max-keys=1000&continuation-token={page}000")))
            .collect(),
    }
}

impl Sockets {
    pub(crate) fn run(&mut self, times: u64) -> Answer {
        let (mut begun, mut done) = (0, 0);
        for at in 0..self.all.len() {
            if begun < times {
                begun += 1;
                done += self.go_on(at, &mut begun, times)?;
            }
        }
        let mut events = Vec::with_capacity(64);
        while done < times {
            events.clear();
            epoll::wait(&self.poll, spare_capacity(&mut events), None)?;
            for event in &events {
                let at = usize::try_from(event.data.u64())?;
                if !self.all.get(at).is_none_or(|socket| socket.idle) {
                    done += self.go_on(at, &mut begun, times)?;
                }
            }
        }
        Ok(())
    }

    /// Writes and reads until the socket takes and has no more; gives how many operations ended, of
    /// which each is followed by the next as long as `begun` is less than `times`.
    fn go_on(&mut self, at: usize, begun: &mut u64, times: u64) -> Answer<u64> {
        let Self { all, work, size, requests, .. } = self;
        let socket = all.get_mut(at).ok_or("no such socket")?;
        socket.idle = false;
        let mut ended = 0;
        loop {
            let request = requests.get(socket.at).ok_or("no such request")?;
            if !socket.write(request)? || !socket.read(*work)? {
                return Ok(ended);
            }
            socket.finish(*work, *size)?;
            socket.at += 1;
            if socket.at < requests.len() {
                continue;
            }
            if *work == Work::List {
                body::same(std::mem::take(&mut socket.found), body::LISTED)?;
            }
            socket.at = 0;
            ended += 1;
            if *begun == times {
                socket.idle = true;
                return Ok(ended);
            }
            *begun += 1;
        }
    }
}

impl Socket {
    /// Whether all is written.
    fn write(&mut self, request: &[u8]) -> Answer<bool> {
        while let Some(rest) = request.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(size) => self.sent += size,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// Whether the answer is there. What is dropped is read over and over into the same memory.
    fn read(&mut self, work: Work) -> Answer<bool> {
        loop {
            let filled = match (work, self.head) {
                (Work::GetStream, Some((head, _))) => head,
                _ => self.read,
            };
            let wanted =
                self.head.map_or(16 << 10, |(head, body)| (head + body - self.read).max(1));
            let wanted = if work == Work::GetStream { wanted.min(PIECE) } else { wanted };
            if self.input.len() < filled + wanted {
                self.input.resize(filled + wanted, 0);
            }
            let room = self.input.get_mut(filled..filled + wanted).unwrap_or_default();
            match self.stream.read(room) {
                Ok(0) => return Err("the server has closed the connection".into()),
                Ok(size) => {
                    if let (Work::GetStream, Some((head, _))) = (work, self.head) {
                        let piece = self.input.get(filled..filled + size).unwrap_or_default();
                        body::check(piece, self.read - head)?;
                    }
                    self.read += size;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            self.look_at_head()?;
            if self.head.is_some_and(|(head, body)| self.read >= head + body) {
                return Ok(true);
            }
        }
    }

    fn look_at_head(&mut self) -> Answer {
        if self.head.is_some() {
            return Ok(());
        }
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut answer = httparse::Response::new(&mut headers);
        let input = self.input.get(..self.read).unwrap_or_default();
        if let httparse::Status::Complete(head) = answer.parse(input)? {
            if !answer.code.is_some_and(|code| (200..300).contains(&code)) {
                return Err(format!("the server answered {:?}", answer.code).into());
            }
            let length = |header: &&mut httparse::Header<'_>| {
                header.name.eq_ignore_ascii_case("content-length")
            };
            let length = answer.headers.iter_mut().find(length).ok_or("no length")?.value;
            self.head = Some((head, std::str::from_utf8(length)?.parse()?));
        }
        Ok(())
    }

    /// Checks the answer, and makes ready for the next one.
    fn finish(&mut self, work: Work, size: usize) -> Answer {
        let (head, length) = self.head.take().ok_or("no answer")?;
        let answer = self.input.get(head..head + length).unwrap_or_default();
        match work {
            Work::Get | Work::GetInto => body::check_whole(answer, size)?,
            Work::GetStream => body::same(length, size)?,
            Work::Put | Work::Seed => body::same(length, 0)?,
            Work::List => self.found += keys_in(answer),
        }
        (self.sent, self.read) = (0, 0);
        if work == Work::Get && size > PIECE {
            self.input = Vec::new();
        }
        Ok(())
    }
}

/// How often a key begins in a page.
fn keys_in(page: &[u8]) -> u64 {
    memchr::memmem::find_iter(page, b">list/").count() as u64
}
