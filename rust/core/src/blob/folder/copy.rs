//! `copy` and `rename`. Both give the target a new etag: an etag names one write of one key, so a
//! key never has one that it had before, even if an object is moved away and back.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;

use super::attr::Etag;
use super::codec::ObjectPath;
use super::locks::Shards;
use super::object::{Opened, Version, written};
use super::pool::{Cancel, STEP};
use super::publish::{There, committed, create_temp, place, publish, seal};
use super::read::read_range;
use super::root::Root;
use super::session::Temp;
use super::store::{Committed, Store};
use super::{Result, errors, tree};
use crate::blob::{CopyOptions, Key, PutCondition, PutOptions, PutResult};

impl Store {
    /// Only the target's shard is locked: the source is one version for as long as it is open.
    pub(super) async fn copy(&self, from: Key, to: Key, options: CopyOptions) -> Result<PutResult> {
        let (source, target) = (ObjectPath::of(&from)?, ObjectPath::of(&to)?);
        let (named, shards) = (to.clone(), Shards::one(&to));
        let prepare = move |root: &Root, cancel: &Cancel| {
            let opened = Opened::open(root, &from, &source)?;
            let version = opened.version(&root.sys, &from)?;
            let temp = create_temp(root, &named)?;
            copy_bytes(root, (&from, &opened), (&named, &temp), cancel)?;
            let file = temp.fd().map_err(|e| errors::os(e, "sealing it", &named))?;
            let etag = seal(root, &named, file, described(version))?;
            Ok((temp, etag))
        };
        let named = to.clone();
        let condition = match options.if_absent {
            true => PutCondition::IfAbsent,
            false => PutCondition::None,
        };
        let commit = move |root: &Root, (temp, etag), _: &Cancel| {
            let changed = publish(root, &named, &target, temp, &condition)?;
            Ok(committed(written(&etag), changed))
        };
        self.write(&self.pool.admit()?, &to, shards, prepare, commit).await
    }

    pub(super) async fn rename(
        &self,
        from: Key,
        to: Key,
        options: CopyOptions,
    ) -> Result<PutResult> {
        let (source, target) = (ObjectPath::of(&from)?, ObjectPath::of(&to)?);
        let (shards, named) = (Shards::two(&from, &to), to.clone());
        let commit = move |root: &Root, (), _: &Cancel| {
            move_file(root, (&from, &source), (&to, &target), options.if_absent)
        };
        self.write(&self.pool.admit()?, &named, shards, |_, _| Ok(()), commit).await
    }
}

/// What the copy keeps of the source.
fn described(version: &Version) -> PutOptions {
    let (content_type, metadata) = version.description();
    PutOptions { condition: PutCondition::None, content_type, metadata }
}

/// Clones the file where the file system can, else copies in the kernel, else through memory.
fn copy_bytes(
    root: &Root,
    (from, source): (&Key, &Opened),
    (to, temp): (&Key, &Temp),
    cancel: &Cancel,
) -> Result<()> {
    let told = |e| errors::os(e, "copying it", to);
    let (input, output) = (source.fd()?, temp.fd().map_err(told)?);
    if root.sys.clone(input, output).is_ok() {
        return Ok(());
    }
    let mut at = 0;
    let mut in_kernel = true;
    while at < source.size() {
        cancel.check()?;
        let step = (source.size() - at).min(STEP as u64);
        let copied =
            if in_kernel { range(root, input, output, at, step).map_err(told)? } else { None };
        match copied {
            Some(0) => return Err(errors::truncated(from, at)),
            Some(copied) => at += copied,
            None => {
                in_kernel = false;
                let bytes = read_range(root, from, source, &(at..at + step), cancel)?;
                root.sys.write(output, &bytes, at).map_err(told)?;
                at += step;
            }
        }
    }
    Ok(())
}

/// One step within the kernel; `None` if it cannot do it here.
fn range(
    root: &Root,
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    at: u64,
    step: u64,
) -> Result<Option<u64>, Errno> {
    let step = usize::try_from(step).unwrap_or(STEP);
    match root.sys.copy_range(from, to, at, step) {
        Ok(copied) => Ok(Some(copied as u64)),
        Err(Errno::XDEV | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS | Errno::PERM) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Renames the file, with a new etag. The shards of both keys must be locked.
///
/// The attribute is written first. A crash between the two steps leaves the object under its old
/// key with a new etag and the same bytes: a condition may fail in vain, none holds in vain.
fn move_file(
    root: &Root,
    (from, source): (&Key, &ObjectPath),
    (to, target): (&Key, &ObjectPath),
    if_absent: bool,
) -> Result<Committed<PutResult>> {
    let opened = Opened::open(root, from, source)?;
    let version = opened.version(&root.sys, from)?;
    let told = |e| errors::os(e, "opening its folder", from);
    let folder = tree::existing(root, source).map_err(told)?;
    let mut etag = None;
    let placed = place(root, to, target, if_absent, |parent, there| {
        if etag.is_none() {
            etag = Some(retag(root, from, &opened, version));
        }
        if let Some(Err(_)) = etag {
            return Err(Errno::CANCELED);
        }
        let to = (parent.folder.as_fd(), target.name());
        change_name(root, &opened, (folder.as_fd(), source.name()), to, there)
    });
    let (etag, mut changed) = match (etag, placed) {
        (Some(Ok(etag)), Ok(changed)) => (etag, changed),
        (None, Ok(_)) => return Err(errors::not_found(from)),
        (None, Err(e)) => return Err(e),
        (Some(Err(e)), _) | (Some(Ok(_)), Err(e)) => {
            restore(root, &opened, version);
            return Err(e);
        }
    };
    changed.push(folder);
    root.sys.kept.forget(source.as_str());
    root.sys.kept.forget(target.as_str());
    let (value, changed) = (written(&etag), dedup(changed));
    Ok(Committed { value, changed, emptied: Some(source.clone()) })
}

/// Gives the file its new name in place of the old one.
fn change_name(
    root: &Root,
    opened: &Opened,
    from: (BorrowedFd<'_>, &str),
    to: (BorrowedFd<'_>, &str),
    there: There,
) -> Result<(), Errno> {
    match there {
        There::Nothing => root.sys.rename(from, to, true),
        // Two names of one file, given by other hands: to these the kernel's rename does nothing,
        // and answers that it has succeeded.
        There::File if opened.is_at(to.0, to.1)? => root.sys.unlink(from.0, from.1),
        There::File => root.sys.rename(from, to, false),
    }
}

fn retag(root: &Root, from: &Key, opened: &Opened, version: &Version) -> Result<Etag> {
    seal(root, from, opened.fd()?, described(version))
}

/// Gives the object its old etag back after a rename that did not happen. Best effort.
fn restore(root: &Root, opened: &Opened, version: &Version) {
    let Ok(file) = opened.fd() else { return };
    let _ = match version {
        Version::Ours(ours) => root.sys.set_attribute(file, &ours.encode()),
        Version::Foreign(_) => root.sys.remove_attribute(file),
    };
}

/// Without the second mention of a folder that is both the source's and the target's.
fn dedup(folders: Vec<OwnedFd>) -> Vec<OwnedFd> {
    let mut seen = Vec::new();
    let new = |folder: &OwnedFd| {
        let id = rustix::fs::fstat(folder).map(|s| (s.st_dev, s.st_ino)).ok();
        let known = id.is_some_and(|id| seen.contains(&id));
        seen.extend(id);
        !known
    };
    folders.into_iter().filter(new).collect()
}
