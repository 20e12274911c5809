//! The value of a secret: what is kept is there at once, without an allocation.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::core::{SecretStore, SecretValue};
use crate::{OwnText, Result, Runtime};

/// Reads a secret. It is polled without the runtime's context, and enters that only where the value
/// has to be asked for.
pub(super) enum Get {
    Asked { store: SecretStore, runtime: Runtime, name: OwnText },
    Waiting { runtime: Runtime, answer: Pin<Box<dyn Future<Output = Result<Bytes>> + Send>> },
    Answered,
}

const _: () = assert!(size_of::<Get>() <= 96, "it is moved twice, and lies in its slot");

impl Future for Get {
    type Output = Result<Bytes>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Self::Asked { store, name, .. } = &*self {
            if let Some(answer) = store.get_now(name) {
                return Poll::Ready(answer.map(SecretValue::into_shared));
            }
            self.ask();
        }
        match &mut *self {
            Self::Waiting { runtime, answer } => runtime.within(|| answer.as_mut().poll(cx)),
            Self::Asked { .. } | Self::Answered => Poll::Pending, // never: it was asked
        }
    }
}

impl Get {
    /// The answer takes a wait.
    #[inline(never)]
    fn ask(&mut self) {
        if let Self::Asked { store, runtime, name } = std::mem::replace(self, Self::Answered) {
            let get = async move { store.get(&name).await.map(SecretValue::into_shared) };
            *self = Self::Waiting { runtime, answer: Box::pin(get) };
        }
    }
}
