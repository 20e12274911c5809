//! Identity: who asks, and who is asked.
//!
//! Tokens out: how a store, or any client of a service, gets the bearer token that shows who asks. This is
//! the interface alone, a [`TokenSource`], with the cache that stands behind it; there are no sources that
//! know an issuer yet.
//!
//! Tokens in, with the feature `identity`: a `Verifier` checks the tokens of those who ask us, and gives
//! their `Claims`.

#[cfg(feature = "cloud")]
#[cfg_attr(
    not(any(feature = "azure", feature = "gcs")),
    allow(dead_code, reason = "the other clouds take keys")
)]
mod cache;
#[cfg(feature = "identity")]
mod jwt;
mod token;

#[cfg(feature = "cloud")]
pub(crate) use cache::TokenCache;
#[cfg(feature = "identity")]
pub use jwt::{Algorithm, Algorithms, Claims, KeySet, Rules, Verifier};
pub use token::{AccessToken, TokenSource};
