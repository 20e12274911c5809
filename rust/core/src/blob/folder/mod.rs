//! Blobs in a local folder, in the format that `docs/folder-format.md` fixes.
//!
//! Objects are ordinary files at ordinary paths. A write goes to a temporary file, which gets its
//! etag and metadata, is synced, and takes its place by one link or rename under the lock of the
//! key's shard; so readers need no lock, and see the old object or the new one.
//!
//! | file | what it does |
//! |---|---|
//! | `codec`, `attr` | the format: paths and the attribute |
//! | `root`, `session`, `locks` | the reserved folder: version, temporary files, shard locks |
//! | `sys`, `pool`, `thread` | system calls with their fallbacks; bounded blocking work; its threads |
//! | `store` | the frame of every write |
//! | `spare`, `kept` | memory that reads use again; files that stay open |
//! | `object`, `tree`, `publish` | an object's file; the folders; the step that makes it visible |
//! | `read`, `reader`, `put`, `writer`, `delete`, `copy`, `walk`, `list` | the operations |

mod attr;
mod backend;
mod codec;
mod copy;
mod delete;
mod errors;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod into;
mod kept;
mod list;
mod locks;
mod object;
mod pool;
mod publish;
mod put;
mod read;
mod reader;
mod root;
mod session;
mod spare;
mod store;
mod sys;
mod thread;
mod tree;
mod walk;
mod writer;

use std::path::Path;
use std::sync::Arc;

use super::Backend;
use crate::Result;

/// The name of this backend in errors.
const SERVICE: &str = "blob.folder";

/// Options of a folder store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderOptions {
    /// Create the folder if it is absent. Default: yes.
    pub create: bool,
    /// File and folder are synced before a write answers. Default: yes.
    pub durable: bool,
    /// How many blocking steps of this store run at a time. Default: 16.
    pub max_running: usize,
    /// How many more may wait; beyond, an operation answers `resource_exhausted`. Default: 4096.
    pub max_queued: usize,
    /// How many bytes one `get` may answer with; beyond, it answers `resource_exhausted` before any
    /// memory is asked for. The system may promise memory that it does not have and end the process
    /// when it is filled, so the size of a file must not decide. A buffer of the caller
    /// (`get_into`) is its own bound, and a reader takes 256 KiB at a time. Default: 1 GiB.
    pub max_get: u64,
    /// How many files of objects that are read often, of up to 1 MiB, stay open, so that a read of
    /// cached data costs a look at the path and a read. Each takes a descriptor; where the process
    /// has none left, the store closes them. 0: none. Default: 64.
    pub max_open: usize,
}

impl Default for FolderOptions {
    fn default() -> Self {
        Self {
            create: true,
            durable: true,
            max_running: 16,
            max_queued: 4096,
            max_get: 1 << 30,
            max_open: 64,
        }
    }
}

/// Opens the store in the folder `root`. Blocks for a few system calls on that folder.
///
/// # Errors
/// `not_found`, `permission_denied` or what else the file system answers; `failed_precondition`
/// for a folder whose format is newer than this library, and for a file system without extended
/// attributes.
pub fn open(root: &Path, options: FolderOptions) -> Result<Arc<dyn Backend>> {
    internals::open_with(root, options, internals::Features::ALL, None)
}

/// For the tests of this backend: no promise is made for any of it.
#[doc(hidden)]
pub mod internals {
    use std::path::Path;
    use std::sync::Arc;

    pub use super::sys::{Features, Hook, Step};
    use super::{Backend, FolderOptions, Result, SERVICE, backend, root, store};

    /// [`super::open`] with at most these features, and a hook before each system call.
    ///
    /// # Errors
    /// Those of [`super::open`].
    pub fn open_with(
        root: &Path,
        options: FolderOptions,
        features: Features,
        hook: Option<Arc<dyn Hook>>,
    ) -> Result<Arc<dyn Backend>> {
        let root = root::Root::open(root, options, features, hook)
            .map_err(|e| e.with_origin(SERVICE, "open"))?;
        Ok(Arc::new(backend::Folder(Arc::new(store::Store::new(root, options)))))
    }
}
