//! An object's file, opened: what it is, which version, and whether conditions on it hold.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Stat, fstat, statat};
use rustix::io::{self, retry_on_intr};

use super::attr::{Attribute, Etag, Stamp};
use super::codec::ObjectPath;
use super::pool::DropPlace;
use super::root::Root;
use super::sys::Sys;
use super::{Result, errors};
use crate::blob::etag::new_etag;
use crate::blob::{Key, ObjectMeta, PutResult};
use crate::{Error, ErrorCode, ErrorKind};

/// An object's file. One version: writers replace files, they do not write into them.
pub(super) struct Opened {
    file: Option<OwnedFd>,
    stat: Stat,
    drop_place: DropPlace,
}

/// What the attribute says of the bytes.
pub(super) enum Version {
    /// Written by a store and unchanged since.
    Ours(Attribute),
    /// Written by other hands: no attribute, or not of these bytes. The etag is derived.
    Foreign(String),
}

impl Drop for Opened {
    fn drop(&mut self) {
        // The last descriptor of a file that was deleted meanwhile frees its blocks, which may
        // block. Everything else closes in no time.
        let Some(file) = self.file.take() else { return };
        if fstat(&file).is_ok_and(|stat| stat.st_nlink == 0) {
            self.drop_place.drop(file);
        }
    }
}

impl Opened {
    /// Opens the object. May block.
    pub(super) fn open(root: &Root, key: &Key, path: &ObjectPath) -> Result<Self> {
        let file =
            root.sys.open_file(root.fd(), path.as_str()).map_err(|e| errors::no_object(e, key))?;
        Self::of(file, key)
    }

    /// The object of an open file; `not_found` if it is no regular one.
    pub(super) fn of(file: OwnedFd, key: &Key) -> Result<Self> {
        let stat = fstat(&file).map_err(|e| errors::os(e, "looking at it", key))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                Ok(Self { file: Some(file), stat, drop_place: DropPlace::here() })
            }
            FileType::Directory => Err(errors::not_found(key)),
            _ => Err(errors::no_object(rustix::io::Errno::NXIO, key)),
        }
    }

    pub(super) fn fd(&self) -> Result<BorrowedFd<'_>> {
        let closed = || Error::new(ErrorCode::Internal, "the object's file is closed");
        self.file.as_ref().map(AsFd::as_fd).ok_or_else(closed)
    }

    pub(super) fn size(&self) -> u64 {
        self.stat.st_size.unsigned_abs()
    }

    /// Whether this name is one of the file's own.
    pub(super) fn is_at(&self, folder: BorrowedFd<'_>, name: &str) -> io::Result<bool> {
        let there = retry_on_intr(|| statat(folder, name, AtFlags::SYMLINK_NOFOLLOW))?;
        Ok((there.st_dev, there.st_ino) == (self.stat.st_dev, self.stat.st_ino))
    }

    /// Reads the attribute. May block where it is not within the inode and not cached.
    pub(super) fn version(&self, sys: &Sys, key: &Key) -> Result<Version> {
        let decoded = sys
            .attribute(self.fd()?, |bytes| bytes.map(Attribute::decode))
            .map_err(|e| errors::os(e, "reading its attribute", key))?;
        match decoded.transpose().map_err(|why| errors::corrupt(key, why))? {
            Some(ours) if ours.stamp == stamp(&self.stat) => Ok(Version::Ours(ours)),
            _ => Ok(self.foreign()),
        }
    }

    /// The version that a file of other hands has: changes with everything that `stat` can see.
    pub(super) fn foreign(&self) -> Version {
        let Stat { st_ino, st_size, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec, .. } =
            self.stat;
        Version::Foreign(format!(
            "stat-{st_ino:x}-{st_size:x}-{st_mtime:x}.{st_mtime_nsec:x}-{st_ctime:x}.\
             {st_ctime_nsec:x}"
        ))
    }

    /// What is known about the object.
    pub(super) fn meta(&self, key: &str, version: Version) -> ObjectMeta {
        let etag = version.etag();
        let (content_type, metadata) = match version {
            Version::Ours(ours) => (ours.content_type, ours.metadata),
            Version::Foreign(_) => Default::default(),
        };
        let last_modified = time(self.stat.st_mtime, self.stat.st_mtime_nsec);
        ObjectMeta {
            key: key.to_owned(),
            size: self.size(),
            etag,
            last_modified,
            content_type,
            metadata,
        }
    }
}

impl Version {
    pub(super) fn etag(&self) -> String {
        match self {
            Self::Ours(ours) => hex(&ours.etag),
            Self::Foreign(etag) => etag.clone(),
        }
    }

    /// The conditions of a read. They hold for derived etags as well.
    pub(super) fn check_read(
        &self,
        key: &Key,
        if_match: Option<&str>,
        if_none_match: Option<&str>,
    ) -> Result<()> {
        if if_match.is_none() && if_none_match.is_none() {
            return Ok(());
        }
        let etag = self.etag();
        if if_match.is_some_and(|wanted| wanted != etag) {
            return Err(errors::condition(key, "the object has another etag"));
        }
        if if_none_match.is_some_and(|known| known == etag) {
            let message = format!("key {key:?}: the object still has that etag");
            return Err(Error::new(ErrorCode::FailedPrecondition, message)
                .with_kind(ErrorKind::NotModified));
        }
        Ok(())
    }

    /// The condition of a write: a derived etag guards nothing, as other hands take no lock.
    pub(super) fn check_write(&self, key: &Key, if_match: &str) -> Result<()> {
        match self {
            Self::Ours(ours) if hex(&ours.etag) == if_match => Ok(()),
            Self::Foreign(etag) if etag == if_match => Err(errors::foreign(key)),
            _ => Err(errors::condition(key, "the object has another etag")),
        }
    }
}

/// What to compare the attribute's stamp with.
pub(super) fn stamp(stat: &Stat) -> Stamp {
    let nanoseconds = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
    let mtime = stat.st_mtime.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds);
    Stamp { size: stat.st_size.unsigned_abs(), mtime }
}

fn time(seconds: i64, nanoseconds: u64) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    let base = if seconds < 0 { epoch.checked_sub(whole) } else { epoch.checked_add(whole) };
    base.and_then(|t| t.checked_add(Duration::from_nanos(nanoseconds))).unwrap_or(epoch)
}

/// A fresh etag: 128 random bits, so that no counter has to be shared or to outlive a delete.
pub(super) fn fresh_etag() -> Result<Etag> {
    let text = new_etag()?;
    let bits = u128::from_str_radix(&text, 16)
        .map_err(|_| Error::new(ErrorCode::Internal, "a new etag is not hexadecimal"))?;
    Ok(bits.to_be_bytes())
}

/// The answer of a write.
pub(super) fn written(etag: &Etag) -> PutResult {
    PutResult { etag: hex(etag) }
}

fn hex(etag: &Etag) -> String {
    let mut text = String::with_capacity(32);
    // Writing to a string cannot fail.
    let _ = write!(text, "{:032x}", u128::from_be_bytes(*etag));
    text
}
