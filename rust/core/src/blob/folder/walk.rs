//! A walk over the objects in the order of their keys.
//!
//! Within a folder, an object sorts by its segment and a folder by its segment and `/`, since that is
//! what the keys beneath go on with: `a-b` < `a/b` < `a0`. No two of these texts are a prefix of
//! each other with anything in between, so sorting each folder by itself sorts the whole.
//!
//! Each folder is read and sorted once, when the walk gets to it, and kept until the walk leaves
//! it. So a listing of N objects takes O(N log N) in all, however many pages, and memory for the
//! folders on the current path.

use std::sync::Arc;

use rustix::fd::{AsFd, OwnedFd};
use rustix::io::{self, Errno};

use super::codec::{decode_segment, encode, encode_segment};
use super::object::Opened;
use super::pool::Cancel;
use super::root::Root;
use super::sys::{Kind, Sys};
use super::{Result, errors};
use crate::blob::{Key, ListOptions, ObjectMeta};

/// What the walk meets.
pub(super) enum Found {
    Object(ObjectMeta),
    /// A folder that holds at least one object; ends with `/`.
    Prefix(String),
}

/// A walk under way.
pub(super) struct Walk {
    root: Arc<Root>,
    options: ListOptions,
    /// The folders from the first one to the current one.
    path: Vec<Level>,
    /// The current folder, open while a page is made: one descriptor at any depth.
    folder: Option<OwnedFd>,
}

struct Level {
    /// How the keys beneath begin: empty, or ending with `/`.
    base: String,
    /// What is left, first to come last.
    rest: Vec<Item>,
}

struct Item {
    /// The segment; of a folder with `/` at its end.
    text: String,
}

impl Item {
    fn is_folder(&self) -> bool {
        self.text.ends_with('/')
    }
}

impl Walk {
    /// Begins where the prefix says: no folder beside that path is read.
    pub(super) fn begin(root: Arc<Root>, options: ListOptions) -> Result<Self> {
        let base = match options.prefix.rfind('/') {
            Some(at) => options.prefix.get(..=at).unwrap_or_default().to_owned(),
            None => String::new(),
        };
        let mut walk = Self { root, options, path: Vec::new(), folder: None };
        walk.enter(base)?;
        Ok(walk)
    }

    /// Gives the descriptor back between pages.
    pub(super) fn rest(&mut self) {
        self.folder = None;
    }

    /// The next object or prefix.
    pub(super) fn next(&mut self, cancel: &Cancel) -> Result<Option<Found>> {
        while let Some(level) = self.path.last_mut() {
            cancel.check()?;
            let Some(item) = level.rest.pop() else {
                self.path.pop();
                self.folder = None;
                continue;
            };
            let key = format!("{}{}", level.base, item.text);
            if !item.is_folder() {
                match self.object(&item.text, key)? {
                    Some(meta) => return Ok(Some(Found::Object(meta))),
                    None => continue,
                }
            }
            if self.options.delimiter.is_none() {
                self.enter(key)?;
            } else if self.holds_objects(&key, cancel)? {
                return Ok(Some(Found::Prefix(key)));
            }
        }
        Ok(None)
    }

    /// Reads and sorts a folder and makes it the current one. One that is gone is empty.
    fn enter(&mut self, base: String) -> Result<()> {
        let mut rest = Vec::new();
        let wanted = |text: &str| self.wants(&base, text);
        let folder = read(&self.root, &base, |text| {
            if wanted(&text) {
                rest.push(Item { text });
            }
            true
        });
        let Some(folder) = folder.map_err(|e| unreadable(e, &base))? else { return Ok(()) };
        rest.sort_unstable_by(|a, b| b.text.cmp(&a.text));
        self.folder = Some(folder);
        self.path.push(Level { base, rest });
        Ok(())
    }

    /// Whether an item may lead to a key that was asked for.
    fn wants(&self, base: &str, text: &str) -> bool {
        let ListOptions { prefix, start_after, .. } = &self.options;
        // The first folder's base is a beginning of the prefix; below it, the other way round.
        let in_prefix = prefix.strip_prefix(base).is_none_or(|rest| text.starts_with(rest));
        let after = match start_after.strip_prefix(base) {
            None => base > start_after.as_str(),
            // A folder that the text leads into has keys before and after it.
            Some(rest) => text > rest || (text.ends_with('/') && rest.starts_with(text)),
        };
        in_prefix && after
    }

    fn object(&mut self, segment: &str, key: String) -> Result<Option<ObjectMeta>> {
        let folder = match &self.folder {
            Some(folder) => folder,
            None => {
                let base = self.path.last().map(|l| l.base.as_str()).unwrap_or_default();
                match open(&self.root, base) {
                    Ok(Some(folder)) => self.folder.insert(folder),
                    Ok(None) => return Ok(None),
                    Err(e) => return Err(unreadable(e, base)),
                }
            }
        };
        let mut name = String::with_capacity(segment.len());
        encode_segment(segment, &mut name);
        let Ok(key) = Key::new(key) else { return Ok(None) };
        let file = match self.root.sys.open_file(folder.as_fd(), &name) {
            Ok(file) => file,
            Err(e) => return gone(errors::no_object(e, &key)),
        };
        match Opened::of(file, &key) {
            Ok(opened) => Ok(Some(describe(&self.root.sys, &key, &opened)?)),
            Err(e) => gone(e),
        }
    }

    /// Whether there is an object beneath `base` that comes after `start_after`.
    fn holds_objects(&self, base: &str, cancel: &Cancel) -> Result<bool> {
        let ListOptions { start_after, .. } = &self.options;
        if !start_after.starts_with(base) {
            return any_object(&self.root, base, cancel).map_err(|e| match e {
                Stop::Os(e) => unreadable(e, base),
                Stop::Cancelled(e) => e,
            });
        }
        let options = ListOptions {
            prefix: base.to_owned(),
            delimiter: None,
            start_after: start_after.clone(),
            page_size: 1,
        };
        Ok(Self::begin(self.root.clone(), options)?.next(cancel)?.is_some())
    }
}

/// Deleted since its folder was read: no longer part of the listing.
fn gone<T>(e: crate::Error) -> Result<Option<T>> {
    if e.code() == crate::ErrorCode::NotFound { Ok(None) } else { Err(e) }
}

/// An object whose attribute is corrupt is listed with a derived etag and without metadata: one such
/// file must not make all others unreachable, and whoever reads it is told.
fn describe(sys: &Sys, key: &Key, opened: &Opened) -> Result<ObjectMeta> {
    match opened.version(sys, key) {
        Err(e) if e.code() == crate::ErrorCode::DataLoss && e.service_status() == 0 => {
            Ok(opened.meta(key.as_str(), &opened.foreign()))
        }
        answer => Ok(opened.meta(key.as_str(), answer?)),
    }
}

fn unreadable(e: Errno, base: &str) -> crate::Error {
    errors::named(e, "reading it", &format!("the folder of keys {base:?}…"))
}

/// The folder whose keys begin with `base`; `None` if there is none.
fn open(root: &Root, base: &str) -> io::Result<Option<OwnedFd>> {
    let path = base.strip_suffix('/').map_or_else(|| ".".to_owned(), encode);
    match root.sys.open_folder(root.fd(), &path) {
        Ok(folder) => Ok(Some(folder)),
        // A name too long, a file, or a link that is not followed: no key of ours is beneath.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Calls `each` with the text of every object and folder, until it answers `false`. Answers with
/// the folder; `None` if there is none.
fn read(
    root: &Root,
    base: &str,
    mut each: impl FnMut(String) -> bool,
) -> io::Result<Option<OwnedFd>> {
    let mut read = || {
        let Some(folder) = open(root, base)? else { return Ok(None) };
        root.sys.each_entry(folder.as_fd(), |entry| {
            match (decode_segment(entry.name), entry.kind) {
                (Some(segment), Kind::File) => each(segment.into_owned()),
                (Some(segment), Kind::Folder) => each(format!("{segment}/")),
                _ => true,
            }
        })?;
        Ok(Some(folder))
    };
    match read() {
        // What ext4 keeps at the root of a volume, for root's eyes only: no reason to list nothing.
        // Every other folder that cannot be read may hold objects.
        Err(Errno::ACCESS) if base == "lost+found/" => Ok(None),
        answer => answer,
    }
}

enum Stop {
    Os(Errno),
    Cancelled(crate::Error),
}

/// Whether any object is beneath `base`, in whatever order finds one first.
fn any_object(root: &Root, base: &str, cancel: &Cancel) -> Result<bool, Stop> {
    let mut pending = vec![base.to_owned()];
    while let Some(base) = pending.pop() {
        cancel.check().map_err(Stop::Cancelled)?;
        let mut found = false;
        read(root, &base, |text| {
            found = !text.ends_with('/');
            if !found {
                pending.push(format!("{base}{text}"));
            }
            !found
        })
        .map_err(Stop::Os)?;
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}
