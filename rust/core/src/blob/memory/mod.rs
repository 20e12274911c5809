//! Blobs in memory: for tests, and for caches that may be lost.
//!
//! One sorted map under one lock. Reads hand out slices of the stored bytes and writes keep the
//! bytes they are given, so nothing is copied, except the pieces of a writer, which are joined once
//! when it finishes. So a read takes no memory and needs no ceiling of its size, as a folder's does.
//! No operation waits for anything but the lock, so all of them run on the caller's thread. Under it
//! are look-ups in the map, and what is small: pages are made, and bodies freed, without it.

mod backend;
mod list;
mod objects;
mod registry;
mod writer;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Backend;
use crate::Result;

/// Options of a store in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryOptions {
    /// How many bytes the store may hold: bodies, keys, content types, metadata, and the pieces of
    /// writers that have not finished. Beyond, a write answers `resource_exhausted`. A body counts
    /// with its full size also where two objects share its memory, and what a writer joins takes as
    /// much again for a moment. Default: no ceiling.
    pub max_bytes: Option<u64>,
}

/// Opens a store in memory: a new one if `name` is empty, else the one of that name in this
/// process, which lives as long as a handle, a writer or a listing of it.
///
/// # Errors
/// `failed_precondition` if the store of that name is open with another ceiling.
pub fn open(name: &str, options: MemoryOptions) -> Result<Arc<dyn Backend>> {
    if name.is_empty() {
        return Ok(Arc::new(backend::MemoryBackend::new(options)));
    }
    registry::open(name, options)
}
