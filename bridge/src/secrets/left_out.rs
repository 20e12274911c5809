//! What stands for secrets in a build without them: a store that cannot be opened.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tombolo::identity::TokenSource;

use crate::{Error, ErrorCode, Result};

fn left_out() -> Error {
    Error::new(
        ErrorCode::Unimplemented,
        "secrets were left out of this build: choose the feature `secrets`, or name it in CMake's \
         TOMBOLO_BLOCKS",
    )
}

pub(super) struct OpenOptions {
    #[expect(dead_code, reason = "there is no store to give it to")]
    pub(super) credential: Option<Arc<dyn TokenSource>>,
}

#[derive(Clone)]
pub(super) enum SecretStore {}

pub(super) enum SecretValue {}

pub(super) enum Watch {}

pub(super) struct Capabilities {
    pub(super) set: bool,
    pub(super) delete: bool,
    pub(super) versions: bool,
    pub(super) binary: bool,
    pub(super) at_once: bool,
}

impl SecretValue {
    pub(super) fn copy_of(_: &[u8]) -> Result<Self> {
        Err(left_out())
    }

    pub(super) fn into_shared(self) -> Bytes {
        match self {}
    }
}

impl SecretStore {
    pub(super) fn open_with(_: &str, _: OpenOptions) -> Result<Self> {
        Err(left_out())
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        match *self {}
    }

    pub(super) fn service(&self) -> &'static str {
        match *self {}
    }

    pub(super) fn get_now(&self, _: &str) -> Option<Result<SecretValue>> {
        match *self {}
    }

    pub(super) async fn get(&self, _: &str) -> Result<SecretValue> {
        match *self {}
    }

    pub(super) async fn get_version(&self, _: &str, _: &str) -> Result<SecretValue> {
        match *self {}
    }

    pub(super) async fn set(&self, _: &str, _: Shared) -> Result<String> {
        match *self {}
    }

    pub(super) async fn delete(&self, _: &str) -> Result<()> {
        match *self {}
    }

    pub(super) async fn list(&self) -> Result<Vec<String>> {
        match *self {}
    }

    pub(super) async fn versions(&self, _: &str) -> Result<Vec<String>> {
        match *self {}
    }

    pub(super) fn watch(&self, _: &str) -> Result<Watch> {
        match *self {}
    }
}

/// What C++ gives to be stored; there is none that could be.
pub(super) struct Shared;

impl SecretValue {
    pub(super) fn from_shared(_: Bytes) -> Shared {
        Shared
    }
}

impl Stream for Watch {
    type Item = Result<SecretValue>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match *self {}
    }
}
