//! Calls on folders and locks.

use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, flock, fsync, mkdirat, openat, statat,
    unlinkat,
};
use rustix::io::{self, Errno, retry_on_intr};

use super::{Step, Sys};

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::blob::folder) enum Kind {
    Absent,
    File,
    Folder,
    /// A symbolic link, a FIFO, a device, a socket.
    Other,
}

impl From<FileType> for Kind {
    fn from(of: FileType) -> Self {
        match of {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            _ => Self::Other,
        }
    }
}

/// A name in a folder. Names that are not UTF-8 belong to no key and are not reported.
pub(in crate::blob::folder) struct Entry<'a> {
    pub(in crate::blob::folder) name: &'a str,
    pub(in crate::blob::folder) kind: Kind,
}

impl Sys {
    pub(in crate::blob::folder) fn kind(
        &self,
        folder: BorrowedFd<'_>,
        name: &str,
    ) -> io::Result<Kind> {
        match retry_on_intr(|| statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)) {
            Ok(stat) => Ok(FileType::from_raw_mode(stat.st_mode).into()),
            Err(Errno::NOENT) => Ok(Kind::Absent),
            Err(e) => Err(e),
        }
    }

    /// Calls `each` with every entry, in the order of the file system, until it answers `false`.
    pub(in crate::blob::folder) fn each_entry(
        &self,
        folder: BorrowedFd<'_>,
        mut each: impl FnMut(Entry<'_>) -> bool,
    ) -> io::Result<()> {
        self.step_on(Step::ReadFolder, folder)?;
        for entry in self.with_room(|| Dir::read_from(folder))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => self.kind(folder, name)?,
                known => known.into(),
            };
            if !each(Entry { name, kind }) {
                break;
            }
        }
        Ok(())
    }

    pub(in crate::blob::folder) fn make_folder(
        &self,
        at: BorrowedFd<'_>,
        name: &str,
    ) -> io::Result<()> {
        self.step(Step::MakeFolder, name)?;
        mkdirat(at, name, Mode::from_raw_mode(0o777))
    }

    pub(in crate::blob::folder) fn remove_folder(
        &self,
        at: BorrowedFd<'_>,
        name: &str,
    ) -> io::Result<()> {
        self.step(Step::RemoveFolder, name)?;
        unlinkat(at, name, AtFlags::REMOVEDIR)
    }

    pub(in crate::blob::folder) fn unlink(&self, at: BorrowedFd<'_>, name: &str) -> io::Result<()> {
        self.step(Step::Unlink, name)?;
        unlinkat(at, name, AtFlags::empty())
    }

    pub(in crate::blob::folder) fn sync_folder(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.step_on(Step::SyncFolder, fd)?;
        retry_on_intr(|| fsync(fd))
    }

    /// Opens the file that is locked, creating it the first time. A store has locked the shard of
    /// each object that it has written, so where the disk is full they can be deleted all the same.
    /// To make all 256 files with the first of them would do the same for files of other hands, and
    /// costs some milliseconds in every new folder: not worth it.
    pub(in crate::blob::folder) fn open_lock(
        &self,
        folder: BorrowedFd<'_>,
        name: &str,
    ) -> io::Result<OwnedFd> {
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let open =
            |flags, mode| self.with_room(|| retry_on_intr(|| openat(folder, name, flags, mode)));
        match open(flags, Mode::empty()) {
            Err(Errno::NOENT) => {}
            answer => return answer,
        }
        self.step(Step::MakeLock, name)?;
        open(flags | OFlags::CREATE, Mode::from_raw_mode(0o666))
    }

    /// Takes the exclusive lock of an open file, or answers that another has it.
    pub(in crate::blob::folder) fn try_lock(&self, fd: BorrowedFd<'_>) -> io::Result<bool> {
        self.step_on(Step::Lock, fd)?;
        match retry_on_intr(|| flock(fd, FlockOperation::NonBlockingLockExclusive)) {
            Ok(()) => Ok(true),
            Err(Errno::AGAIN) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Gives it back, for a copy of the descriptor in a forked child as well.
    pub(in crate::blob::folder) fn unlock(&self, fd: BorrowedFd<'_>) {
        // It fails only for a descriptor that is none.
        let _ = flock(fd, FlockOperation::Unlock);
    }
}
