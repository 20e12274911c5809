//! What the fake must know about the values that its operations answer with.

use bytes::Bytes;
use tombolo::Result;
use tombolo::blob::{
    BackendWriter, BlobReader, Buffer, DeleteOutcome, Filled, ListPage, Object, ObjectMeta,
    PutResult,
};

use crate::rule::{Answer, impossible};

/// The value of an operation.
pub(crate) trait Answered {
    /// How many bytes of bodies it holds.
    fn received(&self) -> u64 {
        0
    }
    /// Whether it is the end of a stream.
    fn is_end(&self) -> bool {
        false
    }
    /// The body that a rule may spoil.
    fn body(&mut self) -> Option<&mut Bytes> {
        None
    }
}

impl Answered for () {}
impl Answered for BlobReader {}
impl Answered for Box<dyn BackendWriter> {}
impl Answered for ObjectMeta {}
impl Answered for PutResult {}
impl Answered for Vec<DeleteOutcome> {}

impl Answered for Object {
    fn received(&self) -> u64 {
        self.bytes.len() as u64
    }
    fn body(&mut self) -> Option<&mut Bytes> {
        Some(&mut self.bytes)
    }
}

impl Answered for Filled<Buffer> {
    fn received(&self) -> u64 {
        self.size as u64
    }
}

impl Answered for Option<Bytes> {
    fn received(&self) -> u64 {
        self.as_ref().map_or(0, |bytes| bytes.len() as u64)
    }
    fn is_end(&self) -> bool {
        self.is_none()
    }
    fn body(&mut self) -> Option<&mut Bytes> {
        self.as_mut()
    }
}

impl Answered for Option<ListPage> {
    fn is_end(&self) -> bool {
        self.is_none()
    }
}

/// Does to the body what the rule says.
///
/// # Errors
/// `invalid_argument` if the body has no such byte.
pub(crate) fn spoil<T: Answered>(answer: &Answer, mut value: T) -> Result<T> {
    let (Answer::Cut(place) | Answer::Flip(place)) = *answer else { return Ok(value) };
    let body = value.body().ok_or_else(|| impossible("body", "the stream is at its end"))?;
    let size = body.len();
    let at = usize::try_from(place).ok().filter(|at| *at < size);
    let at = at.ok_or_else(|| {
        impossible("body", &format!("it has {size} bytes, and the rule wants byte {place}"))
    })?;
    if matches!(answer, Answer::Cut(_)) {
        body.truncate(at);
    } else {
        let mut spoilt = body.to_vec();
        if let Some(byte) = spoilt.get_mut(at) {
            *byte ^= 1;
        }
        *body = spoilt.into();
    }
    Ok(value)
}
