//! The step that makes an object visible: its conditions, and the one rename or link.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use tracing::warn;

use super::attr::{Attribute, Etag};
use super::codec::ObjectPath;
use super::object::{Opened, stamp};
use super::root::Root;
use super::session::Temp;
use super::store::Committed;
use super::sys::Kind;
use super::tree::{self, Parent};
use super::{Result, errors};
use crate::blob::etag::new_etag_bits;
use crate::blob::{Key, PutCondition, PutOptions};
use crate::{Effect, Error, ErrorCode};

/// A temporary file to write an object into.
pub(super) fn create_temp(root: &Root, key: &Key) -> Result<Temp> {
    let create = || Temp::create(&root.sys, root.session()?);
    let created = match create() {
        // Somebody has tidied up `.tombolo/tmp` by hand.
        Err(Errno::NOENT) => {
            warn!("the folder of temporary files was removed by other hands; it is made anew");
            root.end_session();
            create()
        }
        answer => answer,
    };
    created.map_err(|e| errors::os(e, "creating a temporary file in `.tombolo/tmp`", key))
}

/// Writes the attribute of a file whose bytes are complete, and syncs it.
pub(super) fn seal(
    root: &Root,
    key: &Key,
    file: BorrowedFd<'_>,
    options: PutOptions,
) -> Result<Etag> {
    let stat =
        rustix::fs::fstat(file).map_err(|e| errors::os(e, "looking at its new file", key))?;
    let PutOptions { content_type, metadata, .. } = options;
    let etag = new_etag_bits()?;
    let attribute = Attribute { etag, stamp: stamp(&stat), content_type, metadata };
    root.sys
        .set_attribute(file, &attribute.encode())
        .map_err(|e| errors::os(e, "writing its attribute", key))?;
    if root.durable {
        root.sys.sync_file(file).map_err(|e| errors::os(e, "syncing its file", key))?;
    }
    Ok(etag)
}

/// Whether a condition on the present object holds. The shard must be locked.
pub(super) fn check_match(root: &Root, key: &Key, path: &ObjectPath, etag: &str) -> Result<()> {
    let opened = Opened::open(root, key, path).map_err(|e| match e.code() {
        ErrorCode::NotFound => errors::condition(key, "there is no object with that etag"),
        _ => e,
    })?;
    opened.version(&root.sys, key)?.check_write(key, etag)
}

/// Gives the sealed file its place, if the condition holds. The shard must be locked.
pub(super) fn publish(
    root: &Root,
    key: &Key,
    path: &ObjectPath,
    mut temp: Temp,
    condition: &PutCondition,
) -> Result<Vec<OwnedFd>> {
    if let PutCondition::IfMatch(etag) = condition {
        check_match(root, key, path, etag)?;
    }
    let if_absent = *condition == PutCondition::IfAbsent;
    let changed = place(root, key, path, if_absent, |parent, there| {
        let fd = parent.folder.as_fd();
        match there {
            There::Nothing => temp.link(&root.sys, fd, path.name()),
            There::File => temp.replace(&root.sys, fd, path.name()),
        }
    })?;
    root.sys.kept.forget(path.as_str());
    Ok(changed)
}

/// What is at the target: nothing, or a file that may be replaced.
pub(super) enum There {
    Nothing,
    File,
}

/// Makes the folders of `key` and has `put` fill its place, again if another process crossed.
/// Answers with the folders to sync.
pub(super) fn place(
    root: &Root,
    key: &Key,
    path: &ObjectPath,
    if_absent: bool,
    mut put: impl FnMut(&Parent, There) -> Result<(), Errno>,
) -> Result<Vec<OwnedFd>> {
    for _ in 0..tree::ATTEMPTS {
        let Some(parent) = tree::ensure(root, key, path)? else { continue };
        let there = match look(root, key, path, &parent)? {
            None => continue,
            Some(There::File) if if_absent => {
                return Err(errors::condition(key, "the object exists"));
            }
            Some(there) => there,
        };
        match put(&parent, there) {
            Ok(()) => return Ok(synced_in_order(parent)),
            // The folder was pruned, or other hands put something there: look again.
            Err(Errno::NOENT | Errno::EXIST | Errno::ISDIR | Errno::NOTDIR) => {}
            Err(e) => return Err(unpublished(e, key)),
        }
    }
    let message = format!("key {key:?}: other processes keep changing its folder; try again");
    Err(Error::new(ErrorCode::Aborted, message))
}

/// A failed device may have kept the change all the same.
fn unpublished(e: Errno, key: &Key) -> Error {
    let effect = if e == Errno::IO { Effect::Unknown } else { Effect::None };
    errors::os(e, "publishing it", key).with_effect(effect)
}

/// The object's own folder, then those above in which one was made.
fn synced_in_order(parent: Parent) -> Vec<OwnedFd> {
    let mut folders = vec![parent.folder];
    folders.extend(parent.changed.into_iter().rev());
    folders
}

/// What stands at the target; `None` if it was a folder without any file, which is now gone.
fn look(root: &Root, key: &Key, path: &ObjectPath, parent: &Parent) -> Result<Option<There>> {
    let told = |e| errors::os(e, "looking at what is there", key);
    let folder = parent.folder.as_fd();
    match root.sys.kind(folder, path.name()).map_err(told)? {
        Kind::Absent => Ok(Some(There::Nothing)),
        Kind::File => Ok(Some(There::File)),
        Kind::Other => Err(errors::not_regular(key)),
        Kind::Folder => {
            match tree::remove_if_hollow(&root.sys, folder, path.name()).map_err(told)? {
                true => Ok(None),
                false => Err(errors::is_folder(key)),
            }
        }
    }
}

/// The end of a commit that leaves no folder empty.
pub(super) fn committed<T>(value: T, changed: Vec<OwnedFd>) -> Committed<T> {
    Committed { value, changed, emptied: None }
}
