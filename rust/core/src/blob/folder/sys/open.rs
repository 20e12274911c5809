//! Opening beneath the root: no key leaves it, and no symbolic link is followed.
//!
//! `RESOLVE_BENEATH` has the kernel refuse every way out. `RESOLVE_NO_SYMLINKS` is needed beside
//! it: a link within the root would give one object two keys, hence two shards and two locks, and
//! conditions would no longer hold.

use std::mem::MaybeUninit;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2, readlinkat_raw,
    statat,
};
use rustix::io::{self, Errno, retry_on_intr};

use super::{Step, Sys};

/// How every path is resolved.
pub(super) const RESOLVE: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

/// `O_NONBLOCK` so that a FIFO put there by other hands does not hold the opener up.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOCTTY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK);

/// Up to so many, to ask each whether it is a link costs less than to open the path.
const FEW_FOLDERS: usize = 2;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::DIRECTORY);

impl Sys {
    /// Opens a file for reading. May block.
    pub(in crate::blob::folder) fn open_file(
        &self,
        root: BorrowedFd<'_>,
        path: &str,
    ) -> io::Result<OwnedFd> {
        self.step(Step::Open, path)?;
        self.open_reading(root, path, ResolveFlags::empty())
    }

    /// Opens a file for reading if all that takes is in the kernel's caches, else `EAGAIN`.
    pub(in crate::blob::folder) fn open_file_cached(
        &self,
        root: BorrowedFd<'_>,
        path: &str,
    ) -> io::Result<OwnedFd> {
        self.step(Step::OpenCached, path)?;
        if !self.features.cached_reads() {
            return Err(Errno::AGAIN);
        }
        self.open_reading(root, path, ResolveFlags::CACHED)
    }

    /// Opens a folder; `.` is the root itself. May block.
    pub(in crate::blob::folder) fn open_folder(
        &self,
        root: BorrowedFd<'_>,
        path: &str,
    ) -> io::Result<OwnedFd> {
        self.resolve(root, path, FOLDER, ResolveFlags::empty())
    }

    /// Without updating the access time, which may wait for the journal, and which nobody needs;
    /// the kernel permits that to the file's owner only.
    fn open_reading(
        &self,
        root: BorrowedFd<'_>,
        path: &str,
        more: ResolveFlags,
    ) -> io::Result<OwnedFd> {
        match self.resolve(root, path, READ | OFlags::NOATIME, more) {
            Err(Errno::PERM) => self.resolve(root, path, READ, more),
            answer => answer,
        }
    }

    fn resolve(
        &self,
        root: BorrowedFd<'_>,
        path: &str,
        flags: OFlags,
        more: ResolveFlags,
    ) -> io::Result<OwnedFd> {
        self.with_room(|| {
            if !self.features.openat2 {
                return by_component(root, path, flags);
            }
            retry_on_intr(|| openat2(root, path, flags, Mode::empty(), RESOLVE | more))
        })
    }

    /// What is at a path where a file was opened before, that is still open: so its name and those
    /// above are in the kernel's caches, and the look waits for nothing. If the file has lost its
    /// name, the new state of the folder is asked for, which somebody has just written.
    ///
    /// As with [`Sys::open_file`], no symbolic link is followed. `stat` has no flag for that, save for
    /// the last name, so the folders are asked first, one by one. Between two of these other hands may
    /// still put a link to the same file there: what is read then is what was there before. Below
    /// some folders a descriptor of the path costs less.
    pub(in crate::blob::folder) fn look(
        &self,
        root: BorrowedFd<'_>,
        path: &str,
    ) -> io::Result<Stat> {
        self.step(Step::Look, path)?;
        if path.matches('/').count() > FEW_FOLDERS {
            let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            return fstat(self.resolve(root, path, flags, ResolveFlags::CACHED)?);
        }
        for (end, _) in path.match_indices('/') {
            is_no_link(root, path.get(..end).unwrap_or_default())?;
        }
        retry_on_intr(|| statat(root, path, AtFlags::SYMLINK_NOFOLLOW))
    }
}

/// Asks by reading the link, which the kernel refuses for a folder sooner than it answers `stat`.
fn is_no_link(root: BorrowedFd<'_>, path: &str) -> io::Result<()> {
    match readlinkat_raw(root, path, &mut [MaybeUninit::uninit()]) {
        Err(Errno::INVAL) => Ok(()),
        Ok(_) => Err(Errno::LOOP),
        Err(e) => Err(e),
    }
}

/// The fallback. Components are canonical names, so `..` is none of them; each is opened in the
/// folder before it, and none may be a symbolic link.
fn by_component(root: BorrowedFd<'_>, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    let way = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at: Option<OwnedFd> = None;
    let mut rest = path;
    while let Some((name, tail)) = rest.split_once('/') {
        let here = at.as_ref().map_or(root, AsFd::as_fd);
        let next = open_one(here, name, way)?;
        at = Some(next);
        rest = tail;
    }
    open_one(at.as_ref().map_or(root, AsFd::as_fd), rest, flags | OFlags::NOFOLLOW)
}

fn open_one(folder: BorrowedFd<'_>, name: &str, flags: OFlags) -> io::Result<OwnedFd> {
    let answer = retry_on_intr(|| openat(folder, name, flags, Mode::empty()));
    // With `O_DIRECTORY` the kernel says "no directory" of a link, too; the cause is worth a look.
    if answer.as_ref().is_err_and(|e| *e == Errno::NOTDIR) {
        let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            return Err(Errno::LOOP);
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::super::Features;
    use super::*;

    /// Keys are encoded so that none asks for this; the kernel refuses it all the same.
    #[test]
    fn the_kernel_refuses_every_way_out() {
        let sys = Sys::new(Features::ALL, None);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root =
            openat(rustix::fs::CWD, env!("CARGO_MANIFEST_DIR"), flags, Mode::empty()).unwrap();
        assert!(sys.open_file(root.as_fd(), "src/lib.rs").is_ok());
        for path in ["../core/src/lib.rs", "src/../../core/src/lib.rs", "/dev/null"] {
            assert_eq!(sys.open_file(root.as_fd(), path).err(), Some(Errno::XDEV), "{path}");
        }
    }
}
