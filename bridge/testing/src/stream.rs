//! Readers, writers and listings of the fake: each of their calls goes by the script.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{StreamExt, TryStreamExt, iter, unfold};
use tombolo::Result;
use tombolo::blob::{BackendWriter, BoxFuture, Lister, PutResult};

use crate::answered::Answered;
use crate::asked::{Asked, Kind};
use crate::backend::Fake;

type Items<T> = Pin<Box<dyn Stream<Item = Result<T>> + Send>>;

/// The chunks of an object, of at most `size` bytes, each a call.
pub(crate) fn chunks(
    fake: Arc<Fake>,
    key: String,
    chunks: Items<Bytes>,
    size: usize,
) -> Items<Bytes> {
    let chunks = if size == 0 { chunks } else { smaller(chunks, size) };
    pulled(fake, Kind::Read, key, chunks)
}

fn smaller(chunks: Items<Bytes>, size: usize) -> Items<Bytes> {
    let split = move |mut rest: Bytes| {
        let pieces = std::iter::from_fn(move || {
            let piece = rest.split_to(rest.len().min(size));
            (!piece.is_empty()).then_some(Ok(piece))
        });
        iter(pieces)
    };
    Box::pin(chunks.map_ok(split).try_flatten())
}

/// The pages of a listing, each a call.
pub(crate) fn pages(fake: Arc<Fake>, prefix: String, lister: Lister) -> Lister {
    Lister::new(pulled(fake, Kind::List, prefix, lister.into_stream()))
}

/// A stream of which each pull is a call, that of its end too.
fn pulled<T: Send + 'static>(fake: Arc<Fake>, kind: Kind, key: String, items: Items<T>) -> Items<T>
where
    Option<T>: Answered,
{
    let state = (fake, key, items, 0);
    Box::pin(unfold(state, move |(fake, key, mut items, had)| async move {
        let asked = Asked::new(kind, &key).in_stream(had);
        let item = fake.act(asked, async { items.next().await.transpose() }).await.transpose()?;
        Some((item, (fake, key, items, had + 1)))
    }))
}

/// A writer each of whose calls goes by the script.
pub(crate) struct FakeWriter {
    fake: Arc<Fake>,
    key: String,
    inner: Box<dyn BackendWriter>,
    written: u64,
}

impl FakeWriter {
    pub(crate) fn new(fake: Arc<Fake>, key: String, inner: Box<dyn BackendWriter>) -> Self {
        Self { fake, key, inner, written: 0 }
    }
}

impl BackendWriter for FakeWriter {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<()>> {
        let asked = Asked::new(Kind::Write, &self.key).sending(piece.len()).in_stream(self.written);
        self.written += 1;
        Box::pin(self.fake.act(asked, self.inner.write(piece)))
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<PutResult>> {
        let asked = Asked::new(Kind::Finish, &self.key).in_stream(self.written);
        Box::pin(self.fake.act(asked, self.inner.finish()))
    }
}
