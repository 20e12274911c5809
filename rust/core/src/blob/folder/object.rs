//! An object's file, opened: what it is, which version, and whether conditions on it hold.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Stat, fstat, statat};
use rustix::io::{self, retry_on_intr};
use rustix::time::{ClockId, Timespec, clock_gettime};

use super::attr::{Attribute, Etag, Stamp};
use super::codec::ObjectPath;
use super::pool::DropPlace;
use super::root::Root;
use super::sys::Sys;
use super::{Result, errors};
use crate::blob::etag::text_of;
use crate::blob::{Key, ObjectMeta, PutResult};
use crate::{Error, ErrorCode, ErrorKind};

/// Up to this size it takes no time to free a file's blocks.
const SMALL: u64 = 64 << 10;

/// An object's file. One version: writers replace files, they do not write into them.
pub(super) struct Opened {
    file: Option<OwnedFd>,
    stat: Stat,
    /// What [`Opened::version`] has read.
    version: OnceLock<Version>,
    /// Whether each later change of it shows in its ctime.
    settled: bool,
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

    /// The object that is open already, or opens it. May block.
    pub(super) fn or_open(
        opened: Option<Arc<Self>>,
        root: &Root,
        key: &Key,
        path: &ObjectPath,
    ) -> Result<Arc<Self>> {
        opened.map_or_else(|| Self::open(root, key, path).map(Arc::new), Ok)
    }

    /// The object of an open file; `not_found` if it is no regular one.
    pub(super) fn of(file: OwnedFd, key: &Key) -> Result<Self> {
        let now = clock_gettime(ClockId::RealtimeCoarse);
        let stat = fstat(&file).map_err(|e| errors::os(e, "looking at it", key))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                let (settled, drop_place) = (settled(&stat, now), DropPlace::here());
                Ok(Self { file: Some(file), stat, version: OnceLock::new(), settled, drop_place })
            }
            FileType::Directory => Err(errors::not_found(key)),
            _ => Err(errors::no_object(rustix::io::Errno::NXIO, key)),
        }
    }

    /// The end of a read from the cache: the file is kept open, or closed, a small one at once. That
    /// it was deleted since it was opened, a moment ago, is as likely as that it is after a look at
    /// it, which costs a tenth of that read.
    pub(super) fn put_back(self: Arc<Self>, sys: &Sys, path: &ObjectPath) {
        // Others hold it: it was kept before.
        if Arc::strong_count(&self) > 1 || sys.kept.offer(path.as_str(), &self) {
            return;
        }
        if let Some(mut last) = Arc::into_inner(self)
            && last.size() <= SMALL
        {
            drop(last.file.take());
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

    /// Whether `there`, what is at this file's path, is this file and unchanged.
    pub(super) fn is_still(&self, there: &Stat) -> bool {
        let seen = |s: &Stat| {
            let times = (s.st_mtime, s.st_mtime_nsec, s.st_ctime, s.st_ctime_nsec);
            (s.st_dev, s.st_ino, s.st_mode, s.st_size, times)
        };
        seen(&self.stat) == seen(there)
    }

    /// Whether all is known that a look at its path can confirm later.
    pub(super) fn can_be_kept(&self) -> bool {
        self.settled && self.has_version()
    }

    /// Whether the attribute has been read.
    pub(super) fn has_version(&self) -> bool {
        self.version.get().is_some()
    }

    /// The version, by the attribute, which is read once. May block then where it is not within the
    /// inode and not cached.
    pub(super) fn version(&self, sys: &Sys, key: &Key) -> Result<&Version> {
        if let Some(known) = self.version.get() {
            return Ok(known);
        }
        let decoded = sys
            .attribute(self.fd()?, |bytes| bytes.map(Attribute::decode))
            .map_err(|e| errors::os(e, "reading its attribute", key))?;
        let read = match decoded.transpose().map_err(|why| errors::corrupt(key, why))? {
            Some(ours) if ours.stamp == stamp(&self.stat) => Version::Ours(ours),
            _ => self.foreign(),
        };
        Ok(self.version.get_or_init(|| read))
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
    pub(super) fn meta(&self, key: &str, version: &Version) -> ObjectMeta {
        let etag = version.etag();
        let (content_type, metadata) = version.description();
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
    /// The content type and the metadata.
    pub(super) fn description(&self) -> (String, BTreeMap<String, String>) {
        match self {
            Self::Ours(ours) => (ours.content_type.clone(), ours.metadata.clone()),
            Self::Foreign(_) => Default::default(),
        }
    }

    pub(super) fn etag(&self) -> String {
        match self {
            Self::Ours(ours) => text_of(&ours.etag),
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
            Self::Ours(ours) if text_of(&ours.etag) == if_match => Ok(()),
            Self::Foreign(etag) if etag == if_match => Err(errors::foreign(key)),
            _ => Err(errors::condition(key, "the object has another etag")),
        }
    }
}

/// Whether the file's last change lies before the time that the system gives to changes `now`: then
/// whatever comes after has another ctime. Where that has whole seconds only, two of them must lie
/// between.
fn settled(stat: &Stat, now: Timespec) -> bool {
    let changed = (stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or(i64::MAX));
    match changed {
        (seconds, 0) => seconds.saturating_add(2) < now.tv_sec,
        _ => changed < (now.tv_sec, now.tv_nsec),
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

/// The answer of a write.
pub(super) fn written(etag: &Etag) -> PutResult {
    PutResult { etag: text_of(etag) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed_at(seconds: i64, nanoseconds: u64) -> Stat {
        let mut stat = statat(rustix::fs::CWD, ".", AtFlags::empty()).unwrap();
        (stat.st_ctime, stat.st_ctime_nsec) = (seconds, nanoseconds);
        stat
    }

    /// Kernels before 6.13 give all changes within a tick the same time; some file systems, all
    /// within a second.
    #[test]
    fn a_file_is_settled_once_a_change_would_have_another_time() {
        let now = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
        for (changed, at, expected) in [
            ((10, 500), now(10, 500), false),
            ((10, 500), now(10, 501), true),
            ((10, 500), now(11, 0), true),
            ((10, 500), now(9, 900), false),
            ((10, 0), now(10, 900), false),
            ((10, 0), now(12, 900), false),
            ((10, 0), now(13, 0), true),
            ((-5, 0), now(13, 0), true),
        ] {
            assert_eq!(settled(&changed_at(changed.0, changed.1), at), expected, "{changed:?}");
        }
    }
}
