//! Credentials that know an issuer, and their tokens.

#[cfg(not(feature = "identity"))]
mod left_out;

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use cxx::CxxString;
#[cfg(feature = "identity")]
use tombolo::identity as core;
use tombolo::identity::{AccessToken, TokenSource};

#[cfg(not(feature = "identity"))]
use self::left_out as core;
use crate::crossing::{free, sync};
use crate::{Placement, RawError, Spec, Ticket, op, owned_text, text};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod ffi {
    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo"]
        type Ticket = crate::Ticket;
        #[namespace = "tombolo::detail"]
        type RawError = crate::RawError;
    }

    extern "Rust" {
        #[derive(ExternType)]
        type Credential;

        fn credential_open(url: &[u8], error: &mut RawError) -> *mut Credential;
        unsafe fn credential_free(credential: *mut Credential);
        fn token(self: &Credential, scope: &[u8]) -> Ticket;

        /// `seconds` below 0: it is not known how long the token is good for.
        fn take_token(op: &Ticket, token: Pin<&mut CxxString>, seconds: &mut i64) -> bool;
    }
}

/// A credential in the hands of C++.
pub struct Credential(core::Credential);

impl Credential {
    /// As what a store is opened with.
    #[cfg_attr(
        not(feature = "identity"),
        allow(unreachable_code, reason = "without identity no credential is made")
    )]
    pub(super) fn source(&self) -> Arc<dyn TokenSource> {
        shared(&self.0)
    }
}

/// Generic, so that it can be said of a credential that cannot be, in a build without identity.
fn shared<T: TokenSource + Clone>(source: &T) -> Arc<dyn TokenSource> {
    Arc::new(source.clone())
}

fn credential_open(url: &[u8], error: &mut RawError) -> *mut Credential {
    sync(error, || Ok(Credential(core::Credential::open(text("url", url)?)?)))
}

/// # Safety
/// `credential` came from [`credential_open`] and is not used again.
unsafe fn credential_free(credential: *mut Credential) {
    // SAFETY: handed on from the caller.
    unsafe { free(credential) };
}

impl Credential {
    /// A token that is kept is ready at once; another is asked for on a worker.
    fn token(&self, scope: &[u8]) -> Ticket {
        let spec = Spec::read("identity", "token");
        let kept = text("scope", scope).ok().and_then(|scope| self.0.token_now(scope));
        if let Some(token) = kept {
            return op(spec.on(Placement::Caller).without_runtime(), || Ok(ready(Ok(token))));
        }
        op(spec.on(Placement::Worker), || {
            let (credential, scope) = (self.0.clone(), owned_text("scope", scope)?);
            Ok(async move { credential.token(&scope).await })
        })
    }
}

fn take_token(op: &Ticket, token: Pin<&mut CxxString>, seconds: &mut i64) -> bool {
    let Some(taken) = op.take::<AccessToken>() else { return false };
    token.push_str(taken.expose());
    let rest = taken.remaining().map(|rest| i64::try_from(rest.as_secs()).unwrap_or(i64::MAX));
    *seconds = rest.unwrap_or(-1);
    true
}
