//! A client's connection: request after request to the server, and the answers back.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::deliver::{Answer, deliver};
use super::fault::Fault;
use super::message::{Framing, Head, Reader};
use super::proxy::Shared;
use super::wire::{Wire, reset};

const NO_HTTP: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What becomes of the connection after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Request,
    Close,
    Reset,
    /// It is kept, and no byte is sent, until the client closes it.
    Silence,
}

/// A request whose head has come.
struct Asked {
    head: Head,
    /// Its place in what was seen.
    number: usize,
    fault: Option<Fault>,
}

/// A client's connection, and the one to the server that is kept as long.
pub(super) struct Client {
    wire: Box<dyn Wire>,
    read: Reader,
    server: Option<TcpStream>,
    shared: Arc<Shared>,
    /// Its place in what was seen.
    number: usize,
}

impl Client {
    pub(super) fn new(wire: Box<dyn Wire>, shared: Arc<Shared>, number: usize) -> Self {
        Self { wire, read: Reader::default(), server: None, shared, number }
    }

    /// Serves it to its end. Where the client or the server breaks off, the other is left as well.
    pub(super) async fn serve(mut self) {
        loop {
            let next = match self.read.head(&mut self.wire).await {
                Ok(Some(head)) if head.is_request() => self.answer(head).await,
                // The beginning of TLS, for instance: who waits for an answer is told.
                Ok(Some(_)) => self.wire.write_all(NO_HTTP).await.map(|()| Next::Close),
                Ok(None) | Err(_) => return self.shared.closed_by_client(self.number),
            };
            match next {
                Ok(Next::Request) => {}
                Ok(Next::Close) | Err(_) => {
                    // The client may have gone, which is what this would do.
                    let _ = self.wire.shutdown().await;
                    return self.shared.closed_by_proxy(self.number);
                }
                Ok(Next::Reset) => return reset(&*self.wire),
                Ok(Next::Silence) => {
                    gone(&mut self.wire).await;
                    return self.shared.closed_by_client(self.number);
                }
            }
        }
    }

    async fn answer(&mut self, head: Head) -> io::Result<Next> {
        let (method, target) = head.request();
        let (number, fault) = self.shared.note(self.number, method, target);
        let asked = Asked { head, number, fault };
        let body = self.request_body(&asked).await?;
        match &asked.fault {
            Some(Fault::Answer(answered)) => {
                self.wire.write_all(&answered.bytes(asked.head.request().0)).await?;
                return Ok(Next::Request);
            }
            Some(Fault::Reset) => return Ok(Next::Reset),
            Some(Fault::Stall) => return Ok(Next::Silence),
            _ => {}
        }
        let Some(answer) = self.forward(&asked, body).await? else { return Ok(Next::Silence) };
        deliver(&mut self.wire, answer, asked.fault.as_ref()).await
    }

    async fn request_body(&mut self, asked: &Asked) -> io::Result<Vec<u8>> {
        let framing = asked.head.request_framing();
        let (Some(Fault::SlowRequest(piece, wait)), Framing::Length(length)) =
            (&asked.fault, framing)
        else {
            return self.body_or_gone(framing).await;
        };
        let mut body = Vec::new();
        while body.len() < length {
            tokio::time::sleep(*wait).await;
            let piece = Framing::Length((*piece).min(length - body.len()));
            body.extend_from_slice(&self.body_or_gone(piece).await?);
        }
        Ok(body)
    }

    async fn body_or_gone(&mut self, framing: Framing) -> io::Result<Vec<u8>> {
        let body = self.read.body(&mut self.wire, framing).await;
        if body.is_err() {
            self.shared.closed_by_client(self.number);
        }
        body
    }

    /// Has the server do it; `None` where the client goes before that.
    async fn forward(&mut self, asked: &Asked, body: Vec<u8>) -> io::Result<Option<Answer>> {
        let mut server = match self.server.take().filter(is_alive) {
            Some(server) => server,
            None => connect(self.shared.server).await?,
        };
        server.write_all(&asked.head.0).await?;
        server.write_all(&body).await?;
        self.shared.forwarded(asked.number);
        let method = asked.head.request().0;
        let answer = tokio::select! {
            () = gone(&mut self.wire) => return Ok(None),
            answer = receive(&mut server, method) => answer?,
        };
        self.server = Some(server);
        Ok(Some(answer))
    }
}

async fn connect(port: u16) -> io::Result<TcpStream> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    server.set_nodelay(true)?;
    Ok(server)
}

/// Whether the server has neither closed it nor said what nobody has asked.
fn is_alive(server: &TcpStream) -> bool {
    matches!(server.try_read(&mut [0]), Err(why) if why.kind() == io::ErrorKind::WouldBlock)
}

async fn receive(server: &mut TcpStream, method: &str) -> io::Result<Answer> {
    let mut read = Reader::default();
    let head = read.head(server).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let framing = head.answer_framing(method);
    let body = read.body(server, framing).await?;
    Ok(Answer { head, body, method: method.to_owned(), ends: framing == Framing::Closed })
}

/// Comes when the client closes its end. A client that asks again before it is answered is gone as
/// well: there is none that does.
async fn gone(wire: &mut Box<dyn Wire>) {
    // Whichever way it ends.
    let _ = wire.read(&mut [0]).await;
}
