//! `get` and `head`.
//!
//! What is in the page cache is read on the polling thread, at most 64 KiB; all else goes to the
//! pool. The bytes are read before the attribute: neither the kernel's interface for attributes
//! nor `fstat` can say "only if cached", but a file whose bytes are cached has been in use, and its
//! inode (with the common, short attribute inside) is in memory.

use std::ops::Range;

use bytes::Bytes;

use super::codec::ObjectPath;
use super::object::Opened;
use super::pool::{Cancel, STEP};
use super::root::Root;
use super::store::Store;
use super::{Result, errors};
use crate::blob::{ByteRange, GetOptions, HeadOptions, Key, Object, ObjectMeta};

/// The most bytes that are read on the polling thread at a time.
pub(super) const INLINE: u64 = 64 << 10;

/// What the polling thread found out.
pub(super) enum Cached<T> {
    /// The answer.
    Ready(Result<T>),
    /// The pool must go on, with the file if it is open already.
    Later(Option<Opened>),
}

impl Store {
    pub(super) async fn get(&self, key: Key, options: GetOptions) -> Result<Object> {
        let path = ObjectPath::of(&key)?;
        let opened = match get_cached(&self.root, &key, &path, &options) {
            Cached::Ready(answer) => return answer,
            Cached::Later(opened) => opened,
        };
        let root = self.root.clone();
        let ticket = self.pool.admit()?;
        let work = move |cancel: &Cancel| {
            let opened = opened.map_or_else(|| Opened::open(&root, &key, &path), Ok)?;
            read_whole(&root, &key, &opened, &options, cancel)
        };
        self.pool.run(&ticket, work).await
    }

    pub(super) async fn head(&self, key: Key, options: HeadOptions) -> Result<ObjectMeta> {
        // The same conditions, and one byte tells whether the file is in use.
        let range = ByteRange::From { offset: 0, length: Some(1) };
        let options =
            GetOptions { range, if_match: options.if_match, if_none_match: options.if_none_match };
        let path = ObjectPath::of(&key)?;
        let opened = match head_cached(&self.root, &key, &path, &options) {
            Cached::Ready(answer) => return answer,
            Cached::Later(opened) => opened,
        };
        let root = self.root.clone();
        let ticket = self.pool.admit()?;
        let work = move |_: &Cancel| {
            let opened = opened.map_or_else(|| Opened::open(&root, &key, &path), Ok)?;
            checked_meta(&root, &key, &opened, &options)
        };
        self.pool.run(&ticket, work).await
    }
}

/// Opens the object on the polling thread if the kernel has all it takes in its caches.
pub(super) fn open_cached(root: &Root, key: &Key, path: &ObjectPath) -> Cached<Opened> {
    use rustix::io::Errno;
    match root.sys.open_file_cached(root.fd(), path.as_str()) {
        Ok(file) => Cached::Ready(Opened::of(file, key)),
        // A name known to be absent is an answer, too.
        Err(e @ Errno::NOENT) => Cached::Ready(Err(errors::no_object(e, key))),
        Err(_) => Cached::Later(None),
    }
}

/// What is known about the object, if the conditions hold.
pub(super) fn checked_meta(
    root: &Root,
    key: &Key,
    opened: &Opened,
    options: &GetOptions,
) -> Result<ObjectMeta> {
    let version = opened.version(&root.sys, key)?;
    version.check_read(key, options.if_match.as_deref(), options.if_none_match.as_deref())?;
    Ok(opened.meta(key.as_str(), version))
}

fn get_cached(root: &Root, key: &Key, path: &ObjectPath, options: &GetOptions) -> Cached<Object> {
    let opened = match open_cached(root, key, path) {
        Cached::Ready(Ok(opened)) => opened,
        Cached::Ready(Err(e)) => return Cached::Ready(Err(e)),
        Cached::Later(opened) => return Cached::Later(opened),
    };
    // An unsatisfiable range, or one too long, is told after the conditions, as HTTP does (RFC 9110,
    // 13.2.2).
    let range = asked(root, key, &opened, options);
    let wanted = range.clone().unwrap_or(0..opened.size().min(1));
    match read_cached(root, key, &opened, &wanted) {
        Ok(None) => Cached::Later(Some(opened)),
        Ok(Some(bytes)) => Cached::Ready(
            checked_meta(root, key, &opened, options)
                .and_then(|meta| Ok(Object { meta, range: range?, bytes: bytes.into() })),
        ),
        Err(e) => Cached::Ready(Err(e)),
    }
}

fn head_cached(
    root: &Root,
    key: &Key,
    path: &ObjectPath,
    options: &GetOptions,
) -> Cached<ObjectMeta> {
    let opened = match open_cached(root, key, path) {
        Cached::Ready(Ok(opened)) => opened,
        Cached::Ready(Err(e)) => return Cached::Ready(Err(e)),
        Cached::Later(opened) => return Cached::Later(opened),
    };
    match read_cached(root, key, &opened, &(0..opened.size().min(1))) {
        Ok(Some(_)) => Cached::Ready(checked_meta(root, key, &opened, options)),
        _ => Cached::Later(Some(opened)),
    }
}

/// The bytes that a `get` is to answer with, if they are not more than this store's ceiling.
fn asked(root: &Root, key: &Key, opened: &Opened, options: &GetOptions) -> Result<Range<u64>> {
    let range = options.range.resolve(opened.size())?;
    let bytes = range.end - range.start;
    if bytes > root.max_get {
        return Err(errors::beyond_max_get(key, bytes, root.max_get));
    }
    Ok(range)
}

/// The bytes of `range`, if it is short and wholly cached.
fn read_cached(
    root: &Root,
    key: &Key,
    opened: &Opened,
    range: &Range<u64>,
) -> Result<Option<Vec<u8>>> {
    let length = range.end - range.start;
    if length > INLINE {
        return Ok(None);
    }
    let mut bytes = buffer(key, length)?;
    bytes.resize(usize::try_from(length).unwrap_or(0), 0);
    Ok(fill_cached(root, opened, &mut bytes, range.start)?.then_some(bytes))
}

/// Fills all of `into` if that is short and wholly cached; if not, what it holds is not known.
pub(super) fn fill_cached(root: &Root, opened: &Opened, into: &mut [u8], at: u64) -> Result<bool> {
    if into.len() as u64 > INLINE {
        return Ok(false);
    }
    let read = root.sys.read_cached(opened.fd()?, into, at);
    Ok(read.is_ok_and(|n| n == into.len()))
}

fn read_whole(
    root: &Root,
    key: &Key,
    opened: &Opened,
    options: &GetOptions,
    cancel: &Cancel,
) -> Result<Object> {
    let meta = checked_meta(root, key, opened, options)?;
    let range = asked(root, key, opened, options)?;
    let bytes = read_range(root, key, opened, &range, cancel)?;
    Ok(Object { meta, range, bytes })
}

/// Reads a range into one buffer, in steps of at most 1 MiB. May block.
pub(super) fn read_range(
    root: &Root,
    key: &Key,
    opened: &Opened,
    range: &Range<u64>,
    cancel: &Cancel,
) -> Result<Bytes> {
    let mut bytes = buffer(key, range.end - range.start)?;
    let mut at = range.start;
    while at < range.end {
        let filled = bytes.len();
        let step = usize::try_from(range.end - at).unwrap_or(STEP).min(STEP);
        bytes.resize(filled + step, 0);
        let into = bytes.get_mut(filled..).unwrap_or_default();
        let read = read_step(root, key, opened, into, at, cancel)?;
        bytes.truncate(filled + read);
        at += read as u64;
    }
    Ok(bytes.into())
}

/// Reads into the beginning of `into`, which is not empty: from 1 byte to 1 MiB. May block.
pub(super) fn read_step(
    root: &Root,
    key: &Key,
    opened: &Opened,
    into: &mut [u8],
    at: u64,
    cancel: &Cancel,
) -> Result<usize> {
    cancel.check()?;
    let step = into.len().min(STEP);
    let into = into.get_mut(..step).unwrap_or_default();
    match root.sys.read(opened.fd()?, into, at) {
        Ok(0) => Err(errors::truncated(key, at)),
        Ok(read) => Ok(read),
        Err(e) => Err(errors::os(e, "reading it", key)),
    }
}

/// An empty buffer with room for exactly so many bytes: the size comes from outside.
fn buffer(key: &Key, length: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let size = usize::try_from(length).map_err(|_| errors::no_memory(key, length))?;
    bytes.try_reserve_exact(size).map_err(|_| errors::no_memory(key, length))?;
    Ok(bytes)
}
