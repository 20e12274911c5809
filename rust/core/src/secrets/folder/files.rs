//! The files of a folder of secrets. Everything here blocks.
//!
//! Kubernetes mounts a secret as `name -> ..data/name`, where `..data` is a link to a folder of
//! this version, `..2026_11_27_…`. To change it, a new folder is written, `..data` is replaced by a
//! rename, and the old folder removed (kubernetes/kubernetes, `pkg/volume/util/atomic_writer.go`).
//! So `..data` is opened once for each read, and the file within what was opened: it is of one
//! version, whatever happens to the link meanwhile. Where that version is removed in between, the
//! next one is there, and is read.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::super::SecretValue;
use super::super::backend::no_secret;
use super::super::mark::mark;
use super::super::page::{Draft, MAX_VALUE};
use crate::{Effect, Error, ErrorCode, Result};

/// The link to the current version, where an orchestrator has one.
const DATA: &str = "..data";
/// How often a read begins anew because its version was removed meanwhile, or its file grew.
const ATTEMPTS: usize = 16;
/// Names beyond so many are refused rather than kept in memory.
const MAX_NAMES: usize = 100_000;

/// Whether an orchestrator has mounted this folder.
pub(super) fn is_mounted(path: &Path) -> bool {
    path.join(DATA).symlink_metadata().is_ok_and(|found| found.is_symlink())
}

pub(super) struct Files {
    pub(super) path: PathBuf,
}

/// The folder that has the files of one version.
struct Version {
    folder: OwnedFd,
    /// An orchestrator replaces it.
    is_mounted: bool,
}

impl Files {
    /// The secret now, its version a mark of its value.
    pub(super) fn read(&self, name: &str) -> Result<SecretValue> {
        for attempt in 0..ATTEMPTS {
            // Some file systems do not know how much they will give: more each time, at last the
            // most.
            let least = if attempt == 0 { 0 } else { MAX_VALUE.min(4096 << attempt) };
            if let Some(draft) = self.read_once(name, least)? {
                let version = mark(draft.value())?;
                return Ok(draft.finish(&version));
            }
        }
        let message = format!("the secret {name:?} changes faster than it can be read");
        Err(Error::new(ErrorCode::Aborted, message))
    }

    /// `None` if it has changed in the middle.
    fn read_once(&self, name: &str, least: usize) -> Result<Option<Draft>> {
        let Some(version) = self.version()? else { return Ok(None) };
        // Not to wait for somebody who writes into a pipe.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let mut file = match rustix::fs::openat(&version.folder, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) if !self.is_current(&version)? => return Ok(None),
            Err(Errno::NOENT) => return Err(no_secret(name)),
            Err(error) => return Err(unread(name, error.into())),
        };
        let meta = file.metadata().map_err(|error| unread(name, error))?;
        if !meta.is_file() {
            return Err(no_secret(name));
        }
        Draft::read(&mut file, meta.len().max(least as u64))
    }

    /// The current version. `None` if that was replaced in the middle.
    fn version(&self) -> Result<Option<Version>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        let root = rustix::fs::open(&self.path, flags, Mode::empty())
            .map_err(|error| self.unopened(error.into()))?;
        match rustix::fs::openat(&root, DATA, flags, Mode::empty()) {
            Ok(folder) => Ok(Some(Version { folder, is_mounted: true })),
            Err(Errno::NOENT) if is_link(&root, DATA) => Ok(None),
            Err(Errno::NOENT | Errno::NOTDIR) => {
                Ok(Some(Version { folder: root, is_mounted: false }))
            }
            Err(error) => Err(self.unopened(error.into())),
        }
    }

    /// Whether a version is still the current one: what is not in it is not there then. An old one
    /// loses its files one by one, so that it has a name is not enough. A folder that is open keeps
    /// its number, so another one has another.
    fn is_current(&self, version: &Version) -> Result<bool> {
        if !version.is_mounted {
            return Ok(true);
        }
        let Some(now) = self.version()? else { return Ok(false) };
        let number = |folder: &OwnedFd| -> Result<_> {
            let stat = rustix::fs::fstat(folder).map_err(|error| self.unopened(error.into()))?;
            Ok((stat.st_dev, stat.st_ino))
        };
        Ok(number(&now.folder)? == number(&version.folder)?)
    }

    /// The names of all files of the current version, in their byte order.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        for _ in 0..ATTEMPTS {
            let Some(version) = self.version()? else { continue };
            let mut names = self.names_in(&version.folder)?;
            if self.is_current(&version)? {
                names.sort_unstable();
                return Ok(names);
            }
        }
        Err(Error::new(ErrorCode::Aborted, "the folder changes faster than it can be listed"))
    }

    fn names_in(&self, version: &OwnedFd) -> Result<Vec<String>> {
        let entries = Dir::read_from(version).map_err(|error| self.unopened(error.into()))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| self.unopened(error.into()))?;
            // What is not UTF-8 cannot be asked for.
            let Ok(name) = entry.file_name().to_str() else { continue };
            if name == "." || name.starts_with("..") || !is_file(version, name) {
                continue;
            }
            if names.len() == MAX_NAMES {
                let message = format!("the folder has more than {MAX_NAMES} secrets");
                return Err(Error::new(ErrorCode::ResourceExhausted, message));
            }
            names.push(name.to_owned());
        }
        Ok(names)
    }

    /// Puts a new value in the place of the old one at once. Its version.
    pub(super) fn write(&self, name: &str, value: &[u8]) -> Result<String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let version = mark(value)?;
        // The mark of a number is a name that no other process has.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let new = self.path.join(format!("..new-{}", mark(&number.to_le_bytes())?));
        let written = self.write_new(&new, &self.path.join(name), value);
        if written.is_err() {
            // Nobody lists it; it may not even be there.
            let _ = std::fs::remove_file(&new);
        }
        written.map_err(|error| unwritten(name, error)).map(|()| version)
    }

    fn write_new(&self, new: &Path, place: &Path, value: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        // For its owner alone, and never a file that somebody else has put there.
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(new)?;
        file.write_all(value)?;
        file.sync_all()?;
        std::fs::rename(new, place)?;
        File::open(&self.path)?.sync_all()
    }

    /// What is absent is removed already.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let removed = std::fs::remove_file(self.path.join(name));
        match removed.and_then(|()| File::open(&self.path)?.sync_all()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritten(name, error)),
            _ => Ok(()),
        }
    }

    fn unopened(&self, error: io::Error) -> Error {
        let message = format!("the folder {:?} cannot be read", self.path);
        Error::new(code(&error), message).with_cause(error)
    }
}

/// Whether there is a link of this name, wherever it leads.
fn is_link(folder: &OwnedFd, name: &str) -> bool {
    let found = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    found.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_symlink())
}

fn is_file(folder: &OwnedFd, name: &str) -> bool {
    let found = rustix::fs::statat(folder, name, AtFlags::empty());
    found.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_file())
}

fn unread(name: &str, error: io::Error) -> Error {
    Error::new(code(&error), format!("the secret {name:?} cannot be read")).with_cause(error)
}

fn unwritten(name: &str, error: io::Error) -> Error {
    Error::new(code(&error), format!("the secret {name:?} cannot be written"))
        .with_effect(Effect::Unknown)
        .with_cause(error)
}

fn code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ErrorCode::PermissionDenied
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::ResourceExhausted,
        io::ErrorKind::IsADirectory => ErrorCode::FailedPrecondition,
        _ => ErrorCode::Unavailable,
    }
}
