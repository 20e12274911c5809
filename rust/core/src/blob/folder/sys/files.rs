//! Calls on files: read, write, copy, attribute, sync, names.

use std::mem::MaybeUninit;

use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, XattrFlags, copy_file_range, fgetxattr, fremovexattr,
    fsetxattr, fsync, ioctl_ficlone, linkat, openat, renameat, renameat_with,
};
use rustix::io::{self, Errno, IoSliceMut, ReadWriteFlags, pread, preadv2, pwrite, retry_on_intr};

use super::super::attr;
use super::{Step, Sys};

/// How a file of `O_TMPFILE` gets a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::blob::folder) enum LinkBy {
    /// By its descriptor: to its own opener since Linux 6.10, else to root.
    Descriptor,
    /// By `/proc/self/fd`, where that is mounted.
    Proc,
}

impl Sys {
    /// Reads at `offset`. May block.
    pub(in crate::blob::folder) fn read(
        &self,
        fd: BorrowedFd<'_>,
        into: &mut [u8],
        offset: u64,
    ) -> io::Result<usize> {
        self.step_on(Step::Read, fd)?;
        retry_on_intr(|| pread(fd, &mut *into, offset))
    }

    /// Reads at `offset` what is in the page cache, else `EAGAIN`.
    pub(in crate::blob::folder) fn read_cached(
        &self,
        fd: BorrowedFd<'_>,
        into: &mut [u8],
        offset: u64,
    ) -> io::Result<usize> {
        self.step_on(Step::ReadCached, fd)?;
        if !self.features.nowait {
            return Err(Errno::AGAIN);
        }
        let mut into = [IoSliceMut::new(into)];
        match retry_on_intr(|| preadv2(fd, &mut into, offset, ReadWriteFlags::NOWAIT)) {
            // A file system mounted within the folder may differ from the one that was probed.
            Err(Errno::OPNOTSUPP) => Err(Errno::AGAIN),
            answer => answer,
        }
    }

    /// Writes all of `bytes`, at most 1 MiB, at `offset`.
    pub(in crate::blob::folder) fn write(
        &self,
        fd: BorrowedFd<'_>,
        mut bytes: &[u8],
        mut offset: u64,
    ) -> io::Result<()> {
        self.step_on(Step::Write, fd)?;
        while !bytes.is_empty() {
            let written = retry_on_intr(|| pwrite(fd, bytes, offset))?;
            bytes = bytes.get(written..).unwrap_or_default();
            offset += written as u64;
            if written == 0 {
                return Err(Errno::IO);
            }
        }
        Ok(())
    }

    /// Makes `to` share the bytes of `from`, where the file system can.
    pub(in crate::blob::folder) fn clone(
        &self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
    ) -> io::Result<()> {
        self.step_on(Step::Clone, to)?;
        if !self.features.kernel_copy {
            return Err(Errno::OPNOTSUPP);
        }
        ioctl_ficlone(to, from)
    }

    /// Copies at most `length` bytes at `offset` from one file to the other within the kernel.
    pub(in crate::blob::folder) fn copy_range(
        &self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        offset: u64,
        length: usize,
    ) -> io::Result<usize> {
        self.step_on(Step::CopyRange, to)?;
        if !self.features.kernel_copy {
            return Err(Errno::OPNOTSUPP);
        }
        let (mut at_from, mut at_to) = (offset, offset);
        retry_on_intr(|| copy_file_range(from, Some(&mut at_from), to, Some(&mut at_to), length))
    }

    /// The attribute's bytes, given to `then`; `None` if the file has none.
    pub(in crate::blob::folder) fn attribute<T>(
        &self,
        fd: BorrowedFd<'_>,
        then: impl FnOnce(Option<&[u8]>) -> T,
    ) -> io::Result<T> {
        let mut buffer = [const { MaybeUninit::uninit() }; attr::MAX_LEN];
        match fgetxattr(fd, attr::NAME, &mut buffer) {
            Ok((bytes, _)) => Ok(then(Some(bytes))),
            // Longer than any of ours: given on empty, which does not decode.
            Err(Errno::RANGE) => Ok(then(Some(&[]))),
            Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(then(None)),
            Err(e) => Err(e),
        }
    }

    /// Fails with `EOPNOTSUPP` where files cannot have attributes. Asked for by reading, which works
    /// on a read-only file system too.
    pub(in crate::blob::folder) fn probe_attribute(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.step_on(Step::ProbeAttribute, fd)?;
        fgetxattr(fd, attr::NAME, &mut [0; 1]).map(drop)
    }

    pub(in crate::blob::folder) fn set_attribute(
        &self,
        fd: BorrowedFd<'_>,
        bytes: &[u8],
    ) -> io::Result<()> {
        self.step_on(Step::SetAttribute, fd)?;
        fsetxattr(fd, attr::NAME, bytes, XattrFlags::empty())
    }

    pub(in crate::blob::folder) fn remove_attribute(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        fremovexattr(fd, attr::NAME)
    }

    /// Not `fdatasync`: the attribute is part of the object, and `fdatasync` need not write it.
    pub(in crate::blob::folder) fn sync_file(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.step_on(Step::SyncFile, fd)?;
        retry_on_intr(|| fsync(fd))
    }

    /// Creates a file without a name, or with this one.
    pub(in crate::blob::folder) fn create_temp(
        &self,
        folder: BorrowedFd<'_>,
        name: Option<&str>,
    ) -> io::Result<OwnedFd> {
        self.step(Step::CreateTemp, name.unwrap_or(""))?;
        let kind = match name {
            None => OFlags::TMPFILE,
            Some(_) => OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW,
        };
        let flags = OFlags::RDWR | OFlags::CLOEXEC | kind;
        // Readable and writable as far as the umask permits, like any other file of this process.
        let (name, mode) = (name.unwrap_or("."), Mode::from_raw_mode(0o666));
        self.with_room(|| retry_on_intr(|| openat(folder, name, flags, mode)))
    }

    /// Gives a file without a name this one, or `EEXIST`.
    pub(in crate::blob::folder) fn link_unnamed(
        &self,
        fd: BorrowedFd<'_>,
        by: LinkBy,
        folder: BorrowedFd<'_>,
        name: &str,
    ) -> io::Result<()> {
        use std::os::fd::AsRawFd;
        self.step(Step::Link, name)?;
        match by {
            LinkBy::Descriptor => linkat(fd, c"", folder, name, AtFlags::EMPTY_PATH),
            LinkBy::Proc => {
                let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
                linkat(CWD, path, folder, name, AtFlags::SYMLINK_FOLLOW)
            }
        }
    }

    /// Gives the file a second name, or `EEXIST`.
    pub(in crate::blob::folder) fn link(
        &self,
        from: (BorrowedFd<'_>, &str),
        to: (BorrowedFd<'_>, &str),
    ) -> io::Result<()> {
        self.step(Step::Link, to.1)?;
        linkat(from.0, from.1, to.0, to.1, AtFlags::empty())
    }

    /// Moves a file, over another unless `noreplace` (then `EEXIST`).
    pub(in crate::blob::folder) fn rename(
        &self,
        from: (BorrowedFd<'_>, &str),
        to: (BorrowedFd<'_>, &str),
        noreplace: bool,
    ) -> io::Result<()> {
        self.step(Step::Rename, to.1)?;
        if noreplace && self.features.noreplace {
            match renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE) {
                // Not on this file system. The caller has looked, under the shard's lock.
                Err(Errno::INVAL | Errno::NOSYS) => {}
                answer => return answer,
            }
        }
        renameat(from.0, from.1, to.0, to.1)
    }
}
