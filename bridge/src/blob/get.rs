//! The bytes of an object. A store in memory answers at once, without an allocation.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tombolo::blob::{BlobStore, ByteRange, GetOptions};

use crate::{OwnText, Result};

/// Reads an object, or a range of it.
pub(super) enum Get {
    /// Boxed, since most ask for nothing, and the less there is to move, the better.
    Asked {
        store: BlobStore,
        key: OwnText,
        options: Option<Box<GetOptions>>,
    },
    Waiting(Pin<Box<dyn Future<Output = Result<Bytes>> + Send>>),
}

const _: () = assert!(size_of::<Get>() <= 96, "it is moved twice, and lies in its slot");

static NO_OPTIONS: GetOptions =
    GetOptions { range: ByteRange::Full, if_match: None, if_none_match: None };

impl Future for Get {
    type Output = Result<Bytes>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Self::Asked { store, key, options } = &*self {
            let options = options.as_deref().unwrap_or(&NO_OPTIONS);
            if let Some(answer) = store.bytes_now(key, options) {
                return Poll::Ready(answer);
            }
            self.ask();
        }
        match &mut *self {
            Self::Waiting(answer) => answer.as_mut().poll(cx),
            Self::Asked { .. } => Poll::Pending, // never: it was asked
        }
    }
}

impl Get {
    /// The answer takes a wait.
    #[inline(never)]
    fn ask(&mut self) {
        let none: Pin<Box<dyn Future<Output = Result<Bytes>> + Send>> =
            Box::pin(std::future::pending());
        if let Self::Asked { store, key, options } = std::mem::replace(self, Self::Waiting(none)) {
            let options = options.map(|options| *options).unwrap_or_default();
            let get = async move { store.get(&key, options).await.map(|object| object.bytes) };
            *self = Self::Waiting(Box::pin(get));
        }
    }
}
