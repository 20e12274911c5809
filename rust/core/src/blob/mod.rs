//! Blobs: objects of bytes under keys, in a local folder, in memory or in a cloud.
//!
//! [`BlobStore`] is the face; [`Backend`] is what a store implements; the semantics are the same
//! on every backend, and the suite in `tombolo-testkit` holds them to it.

#[cfg(not(any(
    feature = "folder",
    feature = "memory",
    feature = "azure",
    feature = "gcs",
    feature = "s3"
)))]
compile_error!(
    "choose a backend for blobs: the feature `folder`, `memory`, `azure`, `gcs` or `s3`"
);

mod backend;
mod buffer;
mod capabilities;
mod check;
#[cfg(any(feature = "azure", feature = "gcs", feature = "s3"))]
mod cloud;
#[cfg_attr(
    not(any(feature = "folder", feature = "memory")),
    allow(dead_code, reason = "new etags as text are the embedded stores'")
)]
mod etag;
#[cfg(feature = "folder")]
pub mod folder;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod key;
mod lister;
#[cfg(feature = "memory")]
pub mod memory;
mod metrics;
mod open;
mod options;
mod policy;
mod range;
mod store;
mod types;
mod until_error;
mod writer;

pub use backend::{Backend, BackendWriter, BoxFuture};
pub use buffer::Buffer;
pub use capabilities::Capabilities;
pub use key::Key;
pub use lister::Lister;
pub use metrics::{LATENCY_BOUNDS, Requests, StoreMetrics, metrics};
pub use options::{
    CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, OpenOptions, PutCondition,
    PutOptions,
};
pub use policy::Policy;
pub use range::ByteRange;
pub use store::BlobStore;
pub use types::{
    BlobReader, DeleteOutcome, Filled, ListPage, Object, ObjectMeta, PresignMethod, PutResult,
};
pub use writer::BlobWriter;
