//! Tokens in: a [`Verifier`] checks what comes in, and gives the [`Claims`] of those
//! tokens that are good.
//!
//! Tokens are JSON Web Tokens (RFC 7519) in the compact form, signed with a key pair; what RFC 8725, the
//! best current practices, asks of who verifies is done here: algorithms are pinned, a key is used with
//! its own algorithms only, issuer and audience are always checked, and nothing that an unverified
//! token says is believed, nor any address in it looked up.

mod algorithm;
mod claims;
mod compact;
mod key;
mod key_set;
mod published;
mod remote;
mod rules;
mod url;
mod verifier;

pub use algorithm::{Algorithm, Algorithms};
pub use claims::Claims;
pub use key_set::KeySet;
pub use rules::Rules;
pub use verifier::Verifier;

#[cfg(test)]
mod tests;
