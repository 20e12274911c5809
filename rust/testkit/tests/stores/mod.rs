//! The stores under test, each with a place of its own that goes when the test does.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use libtest_mimic::Failed;
use tombolo::blob::BlobStore;

/// A kind of store.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    /// Its name in the names of tests.
    pub(crate) name: &'static str,
    /// What follows the path of its URL; `None` for a store in memory.
    query: Option<&'static str>,
}

/// Every embedded store.
pub(crate) const STORES: [Store; 3] = [
    Store { name: "mem", query: None },
    Store { name: "file", query: Some("?durable=false") },
    Store { name: "file_durable", query: Some("") },
];

/// Where the store of one case lives.
pub(crate) struct Place {
    url: String,
    folder: Option<PathBuf>,
}

impl Place {
    /// A new and empty one.
    pub(crate) fn new(store: Store) -> Result<Self, Failed> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Some(query) = store.query else {
            return Ok(Self { url: "mem:".into(), folder: None });
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("blob-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir(&folder)?;
        let path = folder.to_str().ok_or("the path is not UTF-8")?;
        let path = path.replace('%', "%25").replace(' ', "%20").replace('#', "%23");
        Ok(Self {
            url: format!("file://{}{query}", path.replace('?', "%3F")),
            folder: Some(folder),
        })
    }

    /// Opens the store there.
    pub(crate) fn open_store(&self) -> tombolo::Result<BlobStore> {
        BlobStore::open(&self.url)
    }

    /// Opens the store there, as a test sees it.
    pub(crate) fn open(&self) -> Result<BlobStore, Failed> {
        self.open_store().map_err(|e| Failed::from(format!("{}: {e}", self.url)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What cannot be removed stays in the target folder, which is no failure of the store.
            let _ = fs::remove_dir_all(folder);
        }
    }
}
