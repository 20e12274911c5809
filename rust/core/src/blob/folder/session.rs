//! Temporary files: where they live, and how those of dead processes go away.
//!
//! Each store that writes has a folder of its own in `.tombolo/tmp`, and holds the lock (`flock`) of
//! that folder for as long as it lives. Whoever opens the root removes the folders whose lock it can
//! take: their processes are dead. Files of `O_TMPFILE` vanish by themselves; the folder matters
//! for the moment between link and rename, and where there is no `O_TMPFILE`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, fstat, openat, unlinkat};
use rustix::io::{self, Errno};
use tracing::{info, warn};

use super::pool::DropPlace;
use super::sys::{Kind, LinkBy, Sys};
use crate::blob::etag::new_etag;

/// The folder of this store's temporary files, locked.
pub(super) struct Session {
    tmp: OwnedFd,
    name: String,
    folder: OwnedFd,
    /// `None`: temporary files have names.
    link_by: Option<LinkBy>,
    next: AtomicU64,
}

impl Session {
    /// Makes and locks the folder, and finds out how temporary files work here.
    pub(super) fn begin(sys: &Sys, tmp: BorrowedFd<'_>) -> io::Result<Self> {
        let (name, folder) = loop {
            let name = random_name()?;
            sys.make_folder(tmp, &name)?;
            if let Some(folder) = lock_live(sys, tmp, &name)? {
                break (name, folder);
            }
        };
        let tmp = sys.with_room(|| rustix::io::fcntl_dupfd_cloexec(tmp, 0))?;
        let link_by = sys.features.tmpfile.then(|| probe(sys, folder.as_fd())).flatten();
        Ok(Self { tmp, name, folder, link_by, next: AtomicU64::new(1) })
    }

    fn next_name(&self) -> String {
        self.next.fetch_add(1, Ordering::Relaxed).to_string()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // What remains if this fails is cleaned up by the next who opens the root.
        let _ = unlinkat(&self.tmp, &self.name, AtFlags::REMOVEDIR);
    }
}

/// Locks the folder of that name; `None` if another holds the lock or has just removed it. A folder
/// is visible before it is locked, so who cleans up may be faster: the lock counts only if the
/// folder still has its name once it is held.
fn lock_live(sys: &Sys, tmp: BorrowedFd<'_>, name: &str) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match sys.with_room(|| openat(tmp, name, flags, Mode::empty())) {
        Err(Errno::NOENT) => return Ok(None),
        answer => answer?,
    };
    if !sys.try_lock(folder.as_fd())? {
        return Ok(None);
    }
    let live = fstat(&folder)?.st_nlink > 0 && sys.kind(tmp, name)? == Kind::Folder;
    Ok(live.then_some(folder))
}

/// Removes what dead processes left. Best effort: what cannot be removed costs space, no more.
pub(super) fn clean(sys: &Sys, tmp: BorrowedFd<'_>) {
    let mut names = Vec::new();
    let _ = sys.each_entry(tmp, |entry| {
        if entry.kind == Kind::Folder {
            names.push(entry.name.to_owned());
        }
        true
    });
    for name in names {
        if let Ok(Some(folder)) = lock_live(sys, tmp, &name) {
            let mut files = Vec::new();
            let _ = sys.each_entry(folder.as_fd(), |entry| {
                files.push(entry.name.to_owned());
                true
            });
            for file in &files {
                let _ = sys.unlink(folder.as_fd(), file);
            }
            let files = files.len();
            match sys.remove_folder(tmp, &name) {
                Ok(()) => info!(files, "what a process that died had left was removed"),
                Err(error) => warn!(%error, name, "what a process that died had left stays"),
            }
        }
    }
}

/// How a file without a name gets one here, found out by doing it.
fn probe(sys: &Sys, folder: BorrowedFd<'_>) -> Option<LinkBy> {
    let file = sys.create_temp(folder, None).ok()?;
    [LinkBy::Descriptor, LinkBy::Proc].into_iter().find(|by| {
        let linked = sys.link_unnamed(file.as_fd(), *by, folder, "probe").is_ok();
        linked && sys.unlink(folder, "probe").is_ok()
    })
}

fn random_name() -> io::Result<String> {
    new_etag().map_err(|_| Errno::IO)
}

/// Writes a small file and gives it the name `name` in `folder`, unless that exists. The file is a
/// temporary one of a session of its own, so that a death on the way leaves what others clean up.
pub(super) fn publish_new(
    sys: &Sys,
    tmp: BorrowedFd<'_>,
    (folder, name): (BorrowedFd<'_>, &str),
    bytes: &[u8],
) -> io::Result<()> {
    let mut temp = Temp::create(sys, Arc::new(Session::begin(sys, tmp)?))?;
    // Opening may block, and no trace of it is to be seen when it has answered.
    temp.drop_place = DropPlace::wherever();
    let written = io::retry_on_intr(|| io::pwrite(temp.fd()?, bytes, 0))?;
    if written != bytes.len() {
        return Err(Errno::NOSPC);
    }
    rustix::fs::fsync(temp.fd()?)?;
    match temp.link(sys, folder, name) {
        Ok(()) | Err(Errno::EXIST) => rustix::fs::fsync(folder),
        Err(e) => Err(e),
    }
}

/// A temporary file. Dropped before it is published, it is gone, without blocking the dropper.
pub(super) struct Temp {
    inner: Option<Inner>,
    drop_place: DropPlace,
}

struct Inner {
    file: OwnedFd,
    /// Its name in the session's folder, if it has one.
    name: Option<String>,
    session: Arc<Session>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = unlinkat(&self.session.folder, name, AtFlags::empty());
        }
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            self.drop_place.drop(inner);
        }
    }
}

impl Temp {
    pub(super) fn create(sys: &Sys, session: Arc<Session>) -> io::Result<Self> {
        let name = session.link_by.is_none().then(|| session.next_name());
        let file = sys.create_temp(session.folder.as_fd(), name.as_deref())?;
        let inner = Some(Inner { file, name, session });
        Ok(Self { inner, drop_place: DropPlace::here() })
    }

    /// The open file.
    pub(super) fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.inner.as_ref().map(|inner| inner.file.as_fd()).ok_or(Errno::BADF)
    }

    /// Gives it its final name, or `EEXIST`.
    pub(super) fn link(&self, sys: &Sys, folder: BorrowedFd<'_>, name: &str) -> io::Result<()> {
        let inner = self.inner.as_ref().ok_or(Errno::BADF)?;
        match (&inner.name, inner.session.link_by) {
            (Some(temp), _) => sys.link((inner.session.folder.as_fd(), temp), (folder, name)),
            (None, Some(by)) => sys.link_unnamed(inner.file.as_fd(), by, folder, name),
            (None, None) => Err(Errno::BADF),
        }
    }

    /// Puts it in the place of what has that name. A file without a name cannot do that at once:
    /// it gets one in the session's folder first, and loses it if the rename fails.
    pub(super) fn replace(
        &mut self,
        sys: &Sys,
        folder: BorrowedFd<'_>,
        name: &str,
    ) -> io::Result<()> {
        let inner = self.inner.as_mut().ok_or(Errno::BADF)?;
        if let (None, Some(by)) = (&inner.name, inner.session.link_by) {
            let temp = inner.session.next_name();
            sys.link_unnamed(inner.file.as_fd(), by, inner.session.folder.as_fd(), &temp)?;
            inner.name = Some(temp);
        }
        let temp = inner.name.as_deref().ok_or(Errno::BADF)?;
        sys.rename((inner.session.folder.as_fd(), temp), (folder, name), false)?;
        inner.name = None;
        Ok(())
    }
}
