//! What stands for identity in a build without it: a verifier that cannot be opened.

use std::borrow::Cow;
use std::time::SystemTime;

use crate::{Error, ErrorCode, Result};

#[derive(Clone)]
pub(super) enum Verifier {}

pub(super) enum Claims {}

impl Verifier {
    pub(super) fn open(_: &str) -> Result<Self> {
        Err(Error::new(
            ErrorCode::Unimplemented,
            "identity was left out of this build: choose the feature `identity`, or name it in CMake's \
             TOMBOLO_BLOCKS",
        ))
    }

    pub(super) fn answers_at_once(&self) -> bool {
        match *self {}
    }

    pub(super) async fn verify(&self, _: &str) -> Result<Claims> {
        match *self {}
    }

    pub(super) fn verify_now(&self, _: &str) -> Result<Claims> {
        match *self {}
    }
}

impl Claims {
    pub(super) fn text(&self, _: &str) -> Option<Cow<'_, str>> {
        match *self {}
    }

    pub(super) fn raw(&self, _: &str) -> Option<Cow<'_, str>> {
        match *self {}
    }

    pub(super) fn texts(&self, _: &str) -> Vec<String> {
        match *self {}
    }

    pub(super) fn integer(&self, _: &str) -> Option<i64> {
        match *self {}
    }

    pub(super) fn number(&self, _: &str) -> Option<f64> {
        match *self {}
    }

    pub(super) fn boolean(&self, _: &str) -> Option<bool> {
        match *self {}
    }

    pub(super) fn time(&self, _: &str) -> Option<SystemTime> {
        match *self {}
    }

    pub(super) fn has_scope(&self, _: &str) -> bool {
        match *self {}
    }

    pub(super) fn names(&self) -> std::iter::Empty<&str> {
        match *self {}
    }

    pub(super) fn json(&self) -> &str {
        match *self {}
    }
}
