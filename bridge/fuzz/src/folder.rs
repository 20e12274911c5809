//! Folders of stores, where `scripts/fuzz` says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tombolo::blob::BlobStore;

/// A folder that vanishes with its value.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one.
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let above = std::env::var_os("TOMBOLO_FUZZ_STORES");
        let above = above.map_or_else(std::env::temp_dir, PathBuf::from);
        let path = above.join(format!("tombolo-fuzz-{}-{number}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The store in it. Not durable, which nobody would see here.
    pub fn open(&self) -> tombolo::Result<BlobStore> {
        BlobStore::open(&format!("file://{}?durable=false", self.0.display()))
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
