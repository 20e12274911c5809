//! The face of a store of blobs: checks every argument, then asks the backend.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{
    Backend, BackendWriter, BlobReader, Capabilities, CopyOptions, DeleteOptions, DeleteOutcome,
    GetOptions, HeadOptions, Key, ListOptions, Lister, Object, ObjectMeta, PutOptions, PutResult,
    folder, memory,
};
use crate::{Error, Placement, Result};

/// A store of blobs, opened by URL. Cheap to clone; may be used from any thread.
#[derive(Clone)]
pub struct BlobStore {
    backend: Arc<dyn Backend>,
}

impl fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobStore").field("service", &self.backend.service()).finish()
    }
}
