//! Gives an answer of the server to the client, as it is or with a fault.

use std::io;

use tokio::io::AsyncWriteExt;

use super::connection::Next;
use super::fault::Fault;
use super::message::Head;
use super::wire::Wire;

/// An etag that no server gives.
const OTHER_ETAG: &str = "\"0x0FFFFFFFFFFFFFF\"";

/// What the server has answered.
pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
    /// Of the request.
    pub(super) method: String,
    /// Whether its end is that of the connection.
    pub(super) ends: bool,
}

impl Answer {
    fn bytes(&self) -> Vec<u8> {
        [self.head.0.as_slice(), &self.body].concat()
    }

    /// A body in chunks as one of a length, so that both can be spoilt alike.
    fn joined(mut self) -> Self {
        if let Some(body) = joined(&self.body).filter(|_| self.head.is_chunked()) {
            self.head = self.head.with_length_for_chunks(body.len());
            self.body = body;
        }
        self
    }

    fn with_length(&mut self, change: impl Fn(usize) -> usize) {
        let change = |length: &str| change(length.parse().unwrap_or_default()).to_string();
        self.head = self.head.with("content-length", change);
    }
}

/// The chunks' content; `None` where they are none.
fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = chunks.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(chunks.get(..line)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(chunks.get(line + 2..line + 2 + size)?);
        chunks = chunks.get(line + 2 + size + 2..)?;
    }
}

pub(super) async fn deliver(
    wire: &mut Box<dyn Wire>,
    mut answer: Answer,
    fault: Option<&Fault>,
) -> io::Result<Next> {
    if let Some(Fault::Longer(_) | Fault::Shorter(_) | Fault::Flip(_)) = fault {
        answer = answer.joined();
    }
    let mut next = if answer.ends { Next::Close } else { Next::Request };
    let mut size = usize::MAX;
    match fault {
        Some(Fault::AnswerAfter(answered)) => {
            wire.write_all(&answered.bytes(&answer.method)).await?;
            return Ok(Next::Request);
        }
        Some(Fault::ResetAfter) => return Ok(Next::Reset),
        Some(Fault::StallAfter) => return Ok(Next::Silence),
        Some(Fault::Drip(pieces, wait)) => {
            let bytes = answer.bytes();
            for piece in bytes.chunks(bytes.len().div_ceil((*pieces).max(1))) {
                tokio::time::sleep(*wait).await;
                wire.write_all(piece).await?;
            }
            return Ok(next);
        }
        Some(Fault::CutHead(length)) => (size, next) = (*length, Next::Close),
        Some(Fault::CutBody(length)) => (size, next) = (answer.head.0.len() + length, Next::Close),
        Some(Fault::StallBody(length)) => {
            (size, next) = (answer.head.0.len() + length, Next::Silence);
        }
        Some(Fault::Longer(more)) => {
            answer.with_length(|length| length + more);
            next = Next::Close;
        }
        Some(Fault::Shorter(less)) => answer.with_length(|length| length.saturating_sub(*less)),
        Some(Fault::Twice) => {
            let twice = answer.bytes().repeat(2);
            wire.write_all(&twice).await?;
            return Ok(next);
        }
        Some(Fault::OtherEtag) => {
            answer.head = answer.head.with("etag", |_| OTHER_ETAG.to_owned());
        }
        Some(Fault::Flip(at)) => {
            if let Some(byte) = answer.body.get_mut(*at) {
                *byte ^= 1;
            }
        }
        Some(Fault::CloseAfter) => next = Next::Close,
        _ => {}
    }
    let bytes = answer.bytes();
    wire.write_all(bytes.get(..size).unwrap_or(&bytes)).await?;
    Ok(next)
}
