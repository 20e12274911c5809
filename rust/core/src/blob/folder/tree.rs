//! The folders that hold the objects: made when a key needs them, removed when they are empty.
//!
//! Nobody locks a folder. A writer that finds its folder gone makes it again; a prune that finds
//! something in a folder leaves it. The kernel decides each step, so both may go on at once.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::{self, Errno};

use super::codec::{ObjectPath, decode_segment};
use super::root::Root;
use super::sys::{Kind, Sys};
use super::{Result, errors};
use crate::blob::Key;

/// How often a writer and those who prune may cross before the writer gives up.
pub(super) const ATTEMPTS: u32 = 100;

/// The folder of an object, open.
pub(super) struct Parent {
    pub(super) folder: OwnedFd,
    /// The folders in which a folder was made on the way; they must be synced, too.
    pub(super) changed: Vec<OwnedFd>,
}

/// The folder of an object, if it is there.
pub(super) fn existing(root: &Root, path: &ObjectPath) -> io::Result<OwnedFd> {
    root.sys.open_folder(root.fd(), path.parent())
}

/// The folder of an object, made if it is absent. Gives `None` if a prune crossed: try again.
pub(super) fn ensure(root: &Root, key: &Key, path: &ObjectPath) -> Result<Option<Parent>> {
    match existing(root, path) {
        Ok(folder) => Ok(Some(Parent { folder, changed: Vec::new() })),
        Err(Errno::NOENT) => make(root, key, path),
        Err(Errno::NOTDIR) => Err(blocked(root, key, path)),
        Err(e) => Err(errors::os(e, "opening its folder", key)),
    }
}

fn make(root: &Root, key: &Key, path: &ObjectPath) -> Result<Option<Parent>> {
    let mut changed = Vec::new();
    let mut at: Option<OwnedFd> = None;
    for name in path.parent().split('/') {
        let here = at.as_ref().map_or(root.fd(), AsFd::as_fd);
        let (next, made) = match enter(&root.sys, here, name) {
            Ok(entered) => entered,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR) => return Err(blocked(root, key, path)),
            Err(e) => return Err(errors::os(e, "making its folder", key)),
        };
        if made {
            let dup = || root.sys.with_room(|| io::fcntl_dupfd_cloexec(root.fd(), 0));
            let above = at.map_or_else(dup, Ok);
            changed.push(above.map_err(|e| errors::os(e, "making its folder", key))?);
        }
        at = Some(next);
    }
    Ok(at.map(|folder| Parent { folder, changed }))
}

/// Opens a folder within `at`, made if it is absent; tells whether it was made here.
fn enter(sys: &Sys, at: BorrowedFd<'_>, name: &str) -> io::Result<(OwnedFd, bool)> {
    match sys.open_folder(at, name) {
        Err(Errno::NOENT) => {}
        answer => return answer.map(|folder| (folder, false)),
    }
    let made = match sys.make_folder(at, name) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(e) => return Err(e),
    };
    sys.open_folder(at, name).map(|folder| (folder, made))
}

/// Which file stands where `key` needs a folder.
fn blocked(root: &Root, key: &Key, path: &ObjectPath) -> crate::Error {
    let mut ancestors: Vec<&str> = Vec::new();
    let mut rest = path.parent();
    ancestors.push(rest);
    while let Some((up, _)) = rest.rsplit_once('/') {
        ancestors.push(up);
        rest = up;
    }
    for folder in ancestors.into_iter().rev() {
        if matches!(root.sys.open_folder(root.fd(), folder), Err(Errno::NOTDIR)) {
            let segments: Option<Vec<_>> = folder.split('/').map(decode_segment).collect();
            return errors::under_object(key, &segments.unwrap_or_default().join("/"));
        }
    }
    errors::under_object(key, "one of its folders")
}

/// Removes the folder `name` if there is no file anywhere in it; tells whether it is gone.
pub(super) fn remove_if_hollow(sys: &Sys, at: BorrowedFd<'_>, name: &str) -> io::Result<bool> {
    // Folders above, the last being the one to look at next; only removals of empty folders are
    // made, so whatever another process does meanwhile, no file is lost.
    let mut way = vec![name.to_owned()];
    let mut crossings = 0;
    while crossings < ATTEMPTS {
        let path = way.join("/");
        match sys.remove_folder_beneath(at, &path) {
            Ok(()) | Err(Errno::NOENT) => {
                way.pop();
                if way.is_empty() {
                    return Ok(true);
                }
            }
            Err(Errno::NOTEMPTY | Errno::EXIST) => match first_entry(sys, at, &path)? {
                First::Folder(inner) => way.push(inner),
                First::File => return Ok(false),
                First::Nothing => crossings += 1,
            },
            Err(Errno::NOTDIR) => return Ok(false),
            Err(e) => return Err(e),
        }
    }
    Ok(false)
}

enum First {
    Folder(String),
    File,
    Nothing,
}

/// What the folder at `path` holds, by its first entry.
fn first_entry(sys: &Sys, at: BorrowedFd<'_>, path: &str) -> io::Result<First> {
    let folder = match sys.open_folder(at, path) {
        Err(Errno::NOENT) => return Ok(First::Nothing),
        answer => answer?,
    };
    let mut found = First::Nothing;
    sys.each_entry(folder.as_fd(), |entry| {
        found = match entry.kind {
            Kind::Folder => First::Folder(entry.name.to_owned()),
            _ => First::File,
        };
        false
    })?;
    Ok(found)
}

/// Removes the folders of an object as far up as they are empty. Best effort: an empty folder left
/// behind is seen by nobody but people.
pub(super) fn prune(root: &Root, path: &ObjectPath) {
    let mut folder = path.parent();
    while folder != "." && root.sys.remove_folder_beneath(root.fd(), folder).is_ok() {
        folder = folder.rsplit_once('/').map_or(".", |(up, _)| up);
    }
}

impl Sys {
    /// Removes an empty folder, found without following any link.
    fn remove_folder_beneath(&self, root: BorrowedFd<'_>, path: &str) -> io::Result<()> {
        match path.rsplit_once('/') {
            None => self.remove_folder(root, path),
            Some((parent, name)) => {
                let parent = self.open_folder(root, parent)?;
                self.remove_folder(parent.as_fd(), name)
            }
        }
    }
}
