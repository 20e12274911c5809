//! Blobs in a cloud: Azure Blob Storage, Google Cloud Storage, and S3 with whatever speaks it.
//!
//! What HTTP has for all is written once: ranges, conditions, deletes, retries, a reader that goes
//! on after a break. A [`protocol::Protocol`] adds what differs. Signatures are those of
//! `object_store`, whose own interface for stores cannot say what Tombolo's does (decision 25).

#![cfg_attr(
    not(all(feature = "azure", feature = "gcs", feature = "s3")),
    allow(dead_code, reason = "what only one of the protocols asks for")
)]

mod ahead;
mod attempt;
#[cfg(feature = "azure")]
pub(crate) mod azure;
mod backend;
mod bearer;
mod body;
mod call;
#[cfg(any(feature = "gcs", feature = "s3"))]
mod canonical;
pub(crate) mod checksum;
mod client;
mod copy;
pub(crate) mod credential;
mod delete;
mod errors;
#[cfg(feature = "gcs")]
pub(crate) mod gcs;
mod get;
mod headers;
mod list;
pub(super) mod metrics;
mod none_match;
mod opened;
mod own;
mod parts;
pub(super) mod policy;
mod protocol;
mod put;
mod reader;
#[cfg(feature = "s3")]
pub(crate) mod s3;
pub(crate) mod store;
mod task;
pub(crate) mod transfer;
pub(crate) mod url;
mod writer;
mod xml;
