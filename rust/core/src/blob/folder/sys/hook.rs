//! How tests see the order of the system calls, and how they make one fail.

use rustix::io::Errno;

/// A system call that matters for order, durability or cancelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// An object's file is opened, on a thread that may block.
    Open,
    /// An object's file is opened if that needs no I/O, on the polling thread.
    OpenCached,
    /// Whether a file that was kept open is still at its path is asked, on the polling thread.
    Look,
    /// At most 1 MiB is read, on a thread that may block.
    Read,
    /// At most 256 KiB is read from the page cache, on the polling thread.
    ReadCached,
    /// A temporary file is created.
    CreateTemp,
    /// At most 1 MiB is written.
    Write,
    /// At most 1 MiB is copied within the kernel.
    CopyRange,
    /// A file is cloned whole, without copying its bytes.
    Clone,
    /// Whether there are extended attributes is asked, when a store is opened.
    ProbeAttribute,
    /// The extended attribute is set.
    SetAttribute,
    /// A file is synced.
    SyncFile,
    /// A folder is synced.
    SyncFolder,
    /// A file gets a name.
    Link,
    /// A file is moved over what may be there.
    Rename,
    /// A name is removed.
    Unlink,
    /// A folder is made.
    MakeFolder,
    /// A folder is removed if it is empty.
    RemoveFolder,
    /// The file of a shard's lock is created.
    MakeLock,
    /// A shard's lock is tried.
    Lock,
    /// A folder is read.
    ReadFolder,
}

/// Called before each [`Step`], on the thread that takes it.
pub trait Hook: Send + Sync + 'static {
    /// `name` is the name that is concerned, or the path of the descriptor.
    ///
    /// # Errors
    /// The error takes the place of the call, which is not made.
    fn before(&self, step: Step, name: &str) -> Result<(), Errno>;
}
