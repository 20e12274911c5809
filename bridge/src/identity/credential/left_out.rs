//! What stands for credentials in a build without identity: one that cannot be opened.

use std::future::Future;
use std::pin::Pin;

use tombolo::identity::{AccessToken, TokenSource};

use crate::{Error, ErrorCode, Result};

#[derive(Clone)]
pub(super) enum Credential {}

impl Credential {
    pub(super) fn open(_: &str) -> Result<Self> {
        Err(Error::new(
            ErrorCode::Unimplemented,
            "identity was left out of this build: choose the feature `identity`, or name it in CMake's \
             TOMBOLO_BLOCKS",
        ))
    }

    pub(super) fn token_now(&self, _: &str) -> Option<AccessToken> {
        match *self {}
    }

    pub(super) async fn token(&self, _: &str) -> Result<AccessToken> {
        match *self {}
    }
}

impl TokenSource for Credential {
    fn token<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        match *self {}
    }
}
