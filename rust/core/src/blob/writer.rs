//! An object that is being written in pieces.

use std::fmt;
use std::mem;

use bytes::Bytes;

use super::{BackendWriter, PutResult};
use crate::{Error, ErrorCode, Result};

/// An object that is being written in pieces; [`BlobWriter::finish`] publishes it whole.
///
/// Until then no reader sees anything of it. Dropping the writer, or a future of it that has not
/// answered yet, gives the object up: nothing becomes visible, except that a dropped `finish` may
/// have published already. After that, and after an error, it answers `failed_precondition`.
pub struct BlobWriter {
    state: State,
    service: &'static str,
}

enum State {
    Open(Box<dyn BackendWriter>),
    Finished,
    /// An operation failed, or was dropped while it had the backend's writer.
    GivenUp,
}

impl BlobWriter {
    pub(crate) fn new(inner: Box<dyn BackendWriter>, service: &'static str) -> Self {
        Self { state: State::Open(inner), service }
    }

    /// Appends `piece`; an empty one changes nothing. When it answers, the writer is ready for the
    /// next piece, which is the backpressure. In a cloud it is sent later, and what fails then is told
    /// by the next call.
    ///
    /// # Errors
    /// `failed_precondition` after `finish`, a failure or a dropped future; else what the backend
    /// answers, such as `resource_exhausted`. The object is given up then.
    pub async fn write(&mut self, piece: Bytes) -> Result<()> {
        let service = self.service;
        let mut inner = self.take().map_err(|e| e.with_origin(service, "write"))?;
        if !piece.is_empty() {
            inner.write(piece).await.map_err(|e| e.with_origin(service, "write"))?;
        }
        self.state = State::Open(inner);
        Ok(())
    }

    /// Publishes the object, if the condition it was opened with holds now.
    ///
    /// # Errors
    /// `failed_precondition`, kind `ConditionNotMet`, if the condition does not hold; otherwise as
    /// [`BlobWriter::write`].
    pub async fn finish(&mut self) -> Result<PutResult> {
        let service = self.service;
        let mut inner = self.take().map_err(|e| e.with_origin(service, "finish"))?;
        let put = inner.finish().await.map_err(|e| e.with_origin(service, "finish"))?;
        self.state = State::Finished;
        Ok(put)
    }

    /// Takes the backend's writer out, so that a future dropped midway takes it along.
    fn take(&mut self) -> Result<Box<dyn BackendWriter>> {
        let why = match mem::replace(&mut self.state, State::GivenUp) {
            State::Open(inner) => return Ok(inner),
            State::Finished => {
                self.state = State::Finished;
                "the writer has finished"
            }
            State::GivenUp => "the writer was given up: an operation of it failed or was dropped",
        };
        Err(Error::new(ErrorCode::FailedPrecondition, why))
    }
}

impl fmt::Debug for BlobWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Open(_) => "open",
            State::Finished => "finished",
            State::GivenUp => "given up",
        };
        f.debug_struct("BlobWriter").field("service", &self.service).field("state", &state).finish()
    }
}
