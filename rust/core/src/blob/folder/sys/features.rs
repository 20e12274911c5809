//! What the kernel and the file system can do, probed once when a store is opened.

use rustix::fd::BorrowedFd;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{Errno, IoSliceMut, ReadWriteFlags, preadv2};

/// What may be used. Tests switch off what they want the fallback of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// `openat2` (Linux 5.6; container runtimes of that time forbid it). Else: one `openat` with
    /// `O_NOFOLLOW` per component.
    pub openat2: bool,
    /// `RESOLVE_CACHED` (Linux 5.12). Else every open goes to the blocking pool.
    pub resolve_cached: bool,
    /// `RWF_NOWAIT` for reads on this file system (not tmpfs, not overlay). Else every read goes to
    /// the blocking pool.
    pub nowait: bool,
    /// `O_TMPFILE` and a way to link its file. Else temporary files have names.
    pub tmpfile: bool,
    /// `FICLONE` and `copy_file_range`. Else copies go through memory.
    pub kernel_copy: bool,
    /// `RENAME_NOREPLACE`. Else a look and then a rename, both under the shard's lock.
    pub noreplace: bool,
}

impl Features {
    /// Everything, until a probe says otherwise.
    pub const ALL: Self = Self {
        openat2: true,
        resolve_cached: true,
        nowait: true,
        tmpfile: true,
        kernel_copy: true,
        noreplace: true,
    };

    /// Nothing but what every Linux has.
    pub const NONE: Self = Self {
        openat2: false,
        resolve_cached: false,
        nowait: false,
        tmpfile: false,
        kernel_copy: false,
        noreplace: false,
    };

    /// Whether cached data is read on the polling thread.
    #[must_use]
    pub fn cached_reads(self) -> bool {
        self.openat2 && self.resolve_cached && self.nowait
    }

    /// These, less what does not work on `file`, which is `name` in `folder` and was just read.
    /// What cannot be probed by reading is found out at its first use.
    pub(in crate::blob::folder) fn probed(
        mut self,
        folder: BorrowedFd<'_>,
        name: &str,
        file: BorrowedFd<'_>,
    ) -> Self {
        self.openat2 &= opens(folder, name, ResolveFlags::empty());
        self.resolve_cached &= self.openat2 && opens(folder, name, ResolveFlags::CACHED);
        let mut byte = [0];
        let mut into = [IoSliceMut::new(&mut byte)];
        self.nowait &= works(preadv2(file, &mut into, 0, ReadWriteFlags::NOWAIT));
        self
    }
}

fn opens(folder: BorrowedFd<'_>, name: &str, more: ResolveFlags) -> bool {
    let resolve = super::open::RESOLVE | more;
    works(openat2(folder, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty(), resolve))
}

/// `EAGAIN` says that it would have blocked, so the feature is there.
fn works<T>(answer: Result<T, Errno>) -> bool {
    matches!(answer, Ok(_) | Err(Errno::AGAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of an older kernel, of a sandbox, of a file system, of an older kernel to a new flag.
    #[test]
    fn what_the_kernel_refuses_is_left_out() {
        for refusal in [Errno::NOSYS, Errno::PERM, Errno::OPNOTSUPP, Errno::INVAL] {
            assert!(!works::<()>(Err(refusal)), "{refusal:?}");
        }
        assert!(works(Ok(())) && works::<()>(Err(Errno::AGAIN)));
    }
}
