//! Blobs in a local folder, in the format that `docs/folder-format.md` fixes.

use std::path::Path;
use std::sync::Arc;

use super::Backend;
use crate::{Error, ErrorCode, Result};

/// Options of a folder store.
#[derive(Clone, Copy, Debug)]
pub struct FolderOptions {
    /// Create the folder if it is absent. Default: yes.
    pub create: bool,
    /// File and folder are synced before a write answers. Default: yes.
    pub durable: bool,
    /// How many blocking steps of this store run at a time. Default: 16.
    pub max_running: usize,
    /// How many more may wait; beyond, an operation answers `resource_exhausted`. Default: 4096.
    pub max_queued: usize,
}

impl Default for FolderOptions {
    fn default() -> Self {
        Self { create: true, durable: true, max_running: 16, max_queued: 4096 }
    }
}

/// Opens the store in the folder `root`. Blocks for a few system calls on that folder.
///
/// # Errors
/// `not_found`, `permission_denied` or what else the file system answers; `failed_precondition`
/// for a folder whose format is newer than this library.
pub fn open(root: &Path, options: FolderOptions) -> Result<Arc<dyn Backend>> {
    let _ = (root, options);
    Err(Error::new(ErrorCode::Unimplemented, "not yet"))
}
