//! Blobs: objects of bytes under keys, on a local folder or in memory.
//!
//! [`BlobStore`] is the face; [`Backend`] is what a store implements; the semantics are the same
//! on every backend, and the suite in `tombolo-testkit` holds them to it.

#[cfg(not(any(feature = "folder", feature = "memory")))]
compile_error!("choose a backend for blobs: the feature `folder` or `memory`");

mod backend;
mod buffer;
mod capabilities;
mod check;
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
mod open;
mod options;
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
pub use options::{
    CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, PutCondition, PutOptions,
};
pub use range::ByteRange;
pub use store::BlobStore;
pub use types::{
    BlobReader, DeleteOutcome, Filled, ListPage, Object, ObjectMeta, PresignMethod, PutResult,
};
pub use writer::BlobWriter;
