//! Identity: who asks, and who is asked.
//!
//! Tokens out: how a store, or any client of a service, gets the bearer token that shows who asks:
//! from a [`TokenSource`]. With the feature `identity`, a `Credential` is one that knows an issuer:
//! Microsoft Entra ID, asked as the machine, the workload or the application that one is.
//!
//! Tokens in, with the feature `identity`: a `Verifier` checks the tokens of those who ask us, and
//! gives their `Claims`.

#[cfg(feature = "identity")]
mod azure;
#[cfg(any(feature = "cloud", feature = "identity"))]
#[cfg_attr(
    not(any(feature = "azure", feature = "gcs", feature = "identity")),
    allow(dead_code, reason = "the other clouds take keys")
)]
mod cache;
#[cfg(feature = "identity")]
mod credential;
#[cfg(feature = "identity")]
mod given;
#[cfg(feature = "identity")]
mod jwt;
mod token;

#[cfg(feature = "cloud")]
pub(crate) use cache::TokenCache;
#[cfg(feature = "identity")]
pub use credential::Credential;
#[cfg(feature = "identity")]
pub use jwt::{Algorithm, Algorithms, Claims, KeySet, Rules, Verifier};
pub use token::{AccessToken, TokenSource};
