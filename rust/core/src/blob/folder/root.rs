//! The opened folder: its reserved part, its format's version and what every operation needs.
//!
//! ```text
//! <root>/.tombolo/format     "tombolo folder format 1\n"
//! <root>/.tombolo/locks/hh   one file per shard, created when first needed, never removed
//! <root>/.tombolo/tmp/<id>/  one folder per process that writes, see `session`
//! ```

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use rustix::io::{self, Errno};
use tracing::debug;

use super::codec::RESERVED;
use super::kept::Kept;
use super::session::{self, Session};
use super::spare::Spares;
use super::sys::{Features, Hook, Sys};
use super::{FolderOptions, errors};
use crate::{Error, ErrorCode, Result};

/// The version of the format that this library reads and writes.
const VERSION: u32 = 1;
const FORMAT: &str = "format";
const TMP: &str = "tmp";
const PHRASE: &str = "tombolo folder format ";

/// The opened folder.
pub(super) struct Root {
    pub(super) sys: Sys,
    pub(super) durable: bool,
    pub(super) max_get: u64,
    pub(super) spares: Arc<Spares>,
    folder: OwnedFd,
    locks: OwnedFd,
    tmp: OwnedFd,
    /// Made at the first write, so that who only reads leaves no trace.
    session: Mutex<Option<Arc<Session>>>,
}

impl Root {
    pub(super) fn open(
        path: &Path,
        options: FolderOptions,
        features: Features,
        hook: Option<Arc<dyn Hook>>,
    ) -> Result<Self> {
        let told =
            |doing: &'static str| move |e| errors::named(e, doing, &format!("folder {path:?}"));
        let folder = open_root(path, options.create).map_err(told("opening it"))?;
        let reserved = subfolder(&folder, RESERVED).map_err(told("opening its `.tombolo`"))?;
        let mut sys = Sys::new(features, hook);
        let format = format_file(&sys, &reserved).map_err(told("opening its `.tombolo/format`"))?;
        check_version(path, &format)?;
        check_attributes(&sys, path, &format)?;
        sys.features = features.probed(reserved.as_fd(), FORMAT, format.as_fd());
        if sys.features.cached_reads() {
            sys.kept = Kept::new(options.max_open);
        }
        let locks = subfolder(&reserved, "locks").map_err(told("opening its `.tombolo/locks`"))?;
        let tmp = subfolder(&reserved, TMP).map_err(told("opening its `.tombolo/tmp`"))?;
        session::clean(&sys, tmp.as_fd());
        debug!(?path, durable = options.durable, features = ?sys.features, "a folder was opened");
        let (session, spares) = (Mutex::default(), Arc::default());
        let FolderOptions { durable, max_get, .. } = options;
        Ok(Self { sys, durable, max_get, spares, folder, locks, tmp, session })
    }

    /// The folder that all keys are beneath.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    pub(super) fn locks(&self) -> BorrowedFd<'_> {
        self.locks.as_fd()
    }

    /// The session of this store, begun if there is none.
    pub(super) fn session(&self) -> io::Result<Arc<Session>> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &*session {
            return Ok(session.clone());
        }
        let begun = Arc::new(Session::begin(&self.sys, self.tmp.as_fd())?);
        *session = Some(begun.clone());
        Ok(begun)
    }

    /// Forgets the session, as its folder is gone.
    pub(super) fn end_session(&self) {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        *session = None;
    }
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The root's own path may hold symbolic links: it is the caller's, not a key's.
fn open_root(path: &Path, create: bool) -> io::Result<OwnedFd> {
    match openat(CWD, path, FOLDER, Mode::empty()) {
        Err(Errno::NOENT) if create => {
            create_root(path).map_err(|e| Errno::from_io_error(&e).unwrap_or(Errno::IO))?;
            openat(CWD, path, FOLDER, Mode::empty())
        }
        answer => answer,
    }
}

/// Makes the root and what is missing above it, and syncs the folders they were made in: a durable
/// object in a root that vanishes is not durable.
fn create_root(path: &Path) -> std::io::Result<()> {
    let path = std::path::absolute(path)?;
    let missing: Vec<_> = path.ancestors().take_while(|p| !p.exists()).collect();
    std::fs::create_dir_all(&path)?;
    missing.into_iter().try_for_each(sync_name)
}

/// Makes the name of a new folder durable: syncs the folder above. Where this process may write into
/// that folder and not read it, it cannot open it for that (`O_PATH` opens it, and is refused by
/// `fsync`): then the whole file system is synced, by the new folder, which is this process's own.
fn sync_name(path: &Path) -> std::io::Result<()> {
    use std::{fs::File, io::ErrorKind::PermissionDenied};
    let Some(above) = path.parent() else { return Ok(()) };
    match File::open(above) {
        Ok(folder) => folder.sync_all(),
        Err(e) if e.kind() == PermissionDenied => Ok(rustix::fs::syncfs(File::open(path)?)?),
        Err(e) => Err(e),
    }
}

fn subfolder(at: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    let open = || openat(at, name, FOLDER | OFlags::NOFOLLOW, Mode::empty());
    match open() {
        Err(Errno::NOENT) => match mkdirat(at, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => open(),
            Err(e) => Err(e),
        },
        answer => answer,
    }
}

/// The format file, written first if the folder has none. Published by a link, so that of two who
/// write it at once one finds the other's, and neither finds half of it.
fn format_file(sys: &Sys, reserved: &OwnedFd) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let open = || openat(reserved, FORMAT, flags, Mode::empty());
    match open() {
        Err(Errno::NOENT) => {}
        answer => return answer,
    }
    let text = format_of(VERSION);
    let tmp = subfolder(reserved, TMP)?;
    session::publish_new(sys, tmp.as_fd(), (reserved.as_fd(), FORMAT), text.as_bytes())?;
    open()
}

fn check_version(path: &Path, format: &OwnedFd) -> Result<()> {
    let what = || format!("folder {path:?}");
    let mut bytes = [0; 64];
    let read = io::retry_on_intr(|| io::pread(format, &mut bytes, 0))
        .map_err(|e| errors::named(e, "reading its `.tombolo/format`", &what()))?;
    let version = version_of(bytes.get(..read).unwrap_or_default());
    match version {
        Some(VERSION) => Ok(()),
        Some(found) => {
            let why = format!("its format is {found}, this library knows {VERSION}; update it");
            Err(Error::new(ErrorCode::FailedPrecondition, format!("{}: {why}", what())))
        }
        None => {
            let why = "its `.tombolo/format` holds no format version";
            Err(Error::new(ErrorCode::DataLoss, format!("{}: {why}", what())))
        }
    }
}

/// What stands in the format file of a folder of this version.
pub(super) fn format_of(version: u32) -> String {
    format!("{PHRASE}{version}\n")
}

/// The version that a format file names; `None` for a text that no store writes.
pub(super) fn version_of(format: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(format).ok()?.strip_prefix(PHRASE)?.strip_suffix('\n')?;
    let version = digits.parse().ok()?;
    (format_of(version).as_bytes() == format).then_some(version)
}

/// Etags live in user attributes; there is no second place for them, as it could not be changed in
/// one step with the object.
fn check_attributes(sys: &Sys, path: &Path, format: &OwnedFd) -> Result<()> {
    match sys.probe_attribute(format.as_fd()) {
        Err(e @ Errno::OPNOTSUPP) => {
            let message = format!(
                "folder {path:?}: this file system has no user extended attributes, which hold etags \
                 and metadata; use ext4, XFS, btrfs, or tmpfs from Linux 6.6 on"
            );
            Err(Error::new(ErrorCode::FailedPrecondition, message)
                .with_service_status(e.raw_os_error().unsigned_abs()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_taken_only_as_a_store_writes_it() {
        assert_eq!(version_of(b"tombolo folder format 1\n"), Some(1));
        assert_eq!(version_of(b"tombolo folder format 20\n"), Some(20));
        let others = ["+1\n", "01\n", "1", "1\n\n", "-1\n", "4294967296\n", "\n"];
        for other in others {
            let text = format!("tombolo folder format {other}");
            assert_eq!(version_of(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(version_of(b"\xff"), None);
    }
}
