//! Memory of the caller that a read fills, whatever its type, given back with the answer.

use std::any::Any;
use std::fmt;
use std::ops::Range;

use super::{Filled, Object};
use crate::{Error, ErrorCode, Result};

/// How much is copied before others have their turn.
const STEP: usize = 1 << 20;

/// What a [`Buffer`] holds.
trait Memory: AsMut<[u8]> + Send {
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<B: AsMut<[u8]> + Send + 'static> Memory for B {
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// A buffer of the caller on its way through a [`super::Backend`]. Whoever writes into it owns it
/// meanwhile: blocking work takes it along, so that it outlives the last write also where the
/// future is dropped. It is given back in a [`Filled`], or dropped when nobody writes any more;
/// never leaked, as somebody may wait for that.
pub struct Buffer(Box<dyn Memory>);

impl Buffer {
    /// A buffer in `memory`, all of which may be overwritten.
    #[must_use]
    pub fn new(memory: impl AsMut<[u8]> + Send + 'static) -> Self {
        Self(Box::new(memory))
    }

    /// The memory, if it is a `B`.
    #[must_use]
    pub fn into_inner<B: 'static>(self) -> Option<B> {
        self.0.into_any().downcast().ok().map(|memory| *memory)
    }

    /// The beginning of the buffer, exactly as long as `range`.
    ///
    /// # Errors
    /// `invalid_argument`, naming `buffer` and both sizes, if it is smaller than that.
    pub fn part(&mut self, range: &Range<u64>) -> Result<&mut [u8]> {
        let all = (*self.0).as_mut();
        let (room, wanted) = (all.len(), range.end.saturating_sub(range.start));
        let part = usize::try_from(wanted).ok().and_then(|wanted| all.get_mut(..wanted));
        part.ok_or_else(|| {
            let why = format!("it has room for {room} bytes, and the read is of {wanted}");
            Error::invalid_argument("buffer", why)
        })
    }

    /// Copies the bytes of an object that is in memory already, in steps of at most 1 MiB between
    /// which others have their turn.
    ///
    /// # Errors
    /// As [`Buffer::part`]; `internal` if the object's bytes are not those of its range.
    pub async fn filled_by(mut self, object: Object) -> Result<Filled<Self>> {
        let Object { meta, range, bytes } = object;
        let part = self.part(&range)?;
        let size = part.len();
        if bytes.len() != size {
            let message = format!("{} bytes for a range of {size}", bytes.len());
            return Err(Error::new(ErrorCode::Internal, message));
        }
        for (at, (to, from)) in part.chunks_mut(STEP).zip(bytes.chunks(STEP)).enumerate() {
            if at > 0 {
                tokio::task::yield_now().await;
            }
            to.copy_from_slice(from);
        }
        Ok(Filled { buffer: self, size, range, meta })
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").finish_non_exhaustive()
    }
}
