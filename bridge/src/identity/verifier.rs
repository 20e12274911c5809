//! Tokens that come in, and their claims.

#[cfg(not(feature = "identity"))]
mod left_out;

use std::pin::Pin;
use std::time::UNIX_EPOCH;

use cxx::CxxString;
#[cfg(feature = "identity")]
use tombolo::identity as core;

#[cfg(not(feature = "identity"))]
use self::left_out as core;
use crate::crossing::{free, sync};
use crate::{Placement, RawError, Spec, Ticket, entry, op, owned_text, text};

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
        type Verifier;
        type Claims;

        fn verifier_open(url: &[u8], error: &mut RawError) -> *mut Verifier;
        unsafe fn verifier_free(verifier: *mut Verifier);
        fn verify(self: &Verifier, token: &[u8]) -> Ticket;
        fn verify_now(self: &Verifier, token: &[u8], error: &mut RawError) -> *mut Claims;

        fn take_claims(op: &Ticket) -> *mut Claims;
        unsafe fn claims_free(claims: *mut Claims);
        fn text(self: &Claims, path: &[u8], out: Pin<&mut CxxString>) -> bool;
        fn raw(self: &Claims, path: &[u8], out: Pin<&mut CxxString>) -> bool;
        fn texts(self: &Claims, path: &[u8]) -> Vec<String>;
        fn integer(self: &Claims, path: &[u8], out: &mut i64) -> bool;
        fn number(self: &Claims, path: &[u8], out: &mut f64) -> bool;
        fn boolean(self: &Claims, path: &[u8], out: &mut bool) -> bool;
        fn time(self: &Claims, path: &[u8], out: &mut i64) -> bool;
        fn has_scope(self: &Claims, scope: &[u8]) -> bool;
        fn names(self: &Claims) -> Vec<String>;
        fn json(self: &Claims) -> &[u8];
    }
}

/// A verifier in the hands of C++.
pub struct Verifier(core::Verifier);

/// The claims of a token in the hands of C++.
pub struct Claims(core::Claims);

fn verifier_open(url: &[u8], error: &mut RawError) -> *mut Verifier {
    sync(error, || Ok(Verifier(core::Verifier::open(text("url", url)?)?)))
}

/// # Safety
/// `verifier` came from [`verifier_open`] and is not used again.
unsafe fn verifier_free(verifier: *mut Verifier) {
    // SAFETY: handed on from the caller.
    unsafe { free(verifier) };
}

/// # Safety
/// `claims` came from [`Verifier::verify_now`] or [`take_claims`] and is not used again.
unsafe fn claims_free(claims: *mut Claims) {
    // SAFETY: handed on from the caller.
    unsafe { free(claims) };
}

impl Verifier {
    fn verify(&self, token: &[u8]) -> Ticket {
        let spec = Spec::read("identity", "verify").on(Placement::Caller);
        let spec = if self.0.answers_at_once() { spec.without_runtime() } else { spec };
        op(spec, || {
            let (verifier, token) = (self.0.clone(), owned_text("token", token)?);
            Ok(async move { verifier.verify(&token).await.map(Claims) })
        })
    }

    fn verify_now(&self, token: &[u8], error: &mut RawError) -> *mut Claims {
        sync(error, || self.0.verify_now(text("token", token)?).map(Claims))
    }
}

fn take_claims(op: &Ticket) -> *mut Claims {
    op.take_handle::<Claims>()
}

/// A claim that is asked for; one of a path that is no text is not there.
fn asked<T>(path: &[u8], read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    entry(|| Ok(read(text("path", path)?))).ok().flatten()
}

/// Whether there is a value, which is put into `out` then.
fn put<T>(value: Option<T>, out: &mut T) -> bool {
    value.map(|value| *out = value).is_some()
}

fn put_text(value: Option<impl AsRef<str>>, out: Pin<&mut CxxString>) -> bool {
    value.map(|value| out.push_str(value.as_ref())).is_some()
}

impl Claims {
    fn text(&self, path: &[u8], out: Pin<&mut CxxString>) -> bool {
        put_text(asked(path, |path| self.0.text(path)), out)
    }

    fn raw(&self, path: &[u8], out: Pin<&mut CxxString>) -> bool {
        put_text(asked(path, |path| self.0.raw(path)), out)
    }

    fn texts(&self, path: &[u8]) -> Vec<String> {
        asked(path, |path| Some(self.0.texts(path))).unwrap_or_default()
    }

    fn integer(&self, path: &[u8], out: &mut i64) -> bool {
        put(asked(path, |path| self.0.integer(path)), out)
    }

    fn number(&self, path: &[u8], out: &mut f64) -> bool {
        put(asked(path, |path| self.0.number(path)), out)
    }

    fn boolean(&self, path: &[u8], out: &mut bool) -> bool {
        put(asked(path, |path| self.0.boolean(path)), out)
    }

    /// Nanoseconds since 1970.
    fn time(&self, path: &[u8], out: &mut i64) -> bool {
        let time = asked(path, |path| self.0.time(path)?.duration_since(UNIX_EPOCH).ok());
        put(time.and_then(|since| i64::try_from(since.as_nanos()).ok()), out)
    }

    fn has_scope(&self, scope: &[u8]) -> bool {
        asked(scope, |scope| Some(self.0.has_scope(scope))).unwrap_or_default()
    }

    fn names(&self) -> Vec<String> {
        let names = || Ok(self.0.names().map(str::to_owned).collect());
        entry(names).unwrap_or_default()
    }

    fn json(&self) -> &[u8] {
        self.0.json().as_bytes()
    }
}
