//! `get` and `head`.
//!
//! What is in the page cache is read on the polling thread, 256 KiB a poll, if that is not more than
//! 1 MiB; all else goes to the pool. The first bytes are read before the attribute: neither the
//! kernel's interface for attributes nor `fstat` can say "only if cached", but a file whose bytes
//! are cached has been in use, and its inode (with the common, short attribute inside) is in memory.

use std::ops::Range;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;

use super::codec::ObjectPath;
use super::object::Opened;
use super::pool::{Cancel, STEP};
use super::root::Root;
use super::spare::Filling;
use super::store::Store;
use super::{Result, errors};
use crate::blob::{ByteRange, GetOptions, HeadOptions, Key, Object, ObjectMeta};

/// The most bytes that are read on the polling thread at a time: some 10 µs, as long as a hop to the
/// pool and back takes. With 64 KiB, giving the thread back cost a fifth of the read.
pub(super) const INLINE: usize = 256 << 10;
/// The most bytes that a `get` reads there in turns. A hop to the pool and back takes as long as
/// to copy some 500 KiB; beyond this it matters less than that other operations wait.
pub(super) const IN_TURNS: usize = 1 << 20;

/// What the polling thread found out.
pub(super) enum Cached<T> {
    /// The answer.
    Ready(Result<T>),
    /// The pool must go on, with the file if it is open already.
    Later(Option<Arc<Opened>>),
}

impl Store {
    pub(super) async fn get(&self, key: Key, options: GetOptions) -> Result<Object> {
        let path = ObjectPath::of(&key)?;
        let root = &self.root;
        let opened = match open_cached(root, &key, &path) {
            Cached::Ready(opened) => opened?,
            Cached::Later(_) => return self.get_blocking(key, path, None, options).await,
        };
        // An unsatisfiable range, or one too long, is told after the conditions, as HTTP does (RFC
        // 9110, 13.2.2).
        let range = asked(root, &key, &opened, &options);
        let wanted = range.clone().unwrap_or(0..opened.size().min(1));
        if wanted.end - wanted.start > IN_TURNS as u64 {
            return self.get_blocking(key, path, Some(opened), options).await;
        }
        let mut bytes = memory(root, &key, wanted.end - wanted.start)?;
        if !read_cached(root, &opened, &wanted, &mut bytes) {
            return self.get_blocking(key, path, Some(opened), options).await;
        }
        let (meta, range) = match (checked_meta(root, &key, &opened, &options), range) {
            (Ok(meta), Ok(range)) => (meta, range),
            (Err(e), _) | (Ok(_), Err(e)) => {
                opened.put_back(&root.sys, &path);
                return Err(e);
            }
        };
        while (bytes.len() as u64) < range.end - range.start {
            another_turn().await;
            if !read_cached(root, &opened, &range, &mut bytes) {
                return self.get_blocking(key, path, Some(opened), options).await;
            }
        }
        opened.put_back(&root.sys, &path);
        Ok(Object { meta, range, bytes: bytes.freeze() })
    }

    /// Reads on the pool what is not cached, or too much for the polling thread.
    async fn get_blocking(
        &self,
        key: Key,
        path: ObjectPath,
        opened: Option<Arc<Opened>>,
        options: GetOptions,
    ) -> Result<Object> {
        let root = self.root.clone();
        let ticket = self.pool.admit()?;
        let work = move |cancel: &Cancel| {
            let opened = Opened::or_open(opened, &root, &key, &path)?;
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
            let opened = Opened::or_open(opened, &root, &key, &path)?;
            checked_meta(&root, &key, &opened, &options)
        };
        self.pool.run(&ticket, work).await
    }
}

/// Opens the object on the polling thread if the kernel has all it takes in its caches; one that was
/// kept open needs a look at its path.
pub(super) fn open_cached(root: &Root, key: &Key, path: &ObjectPath) -> Cached<Arc<Opened>> {
    use rustix::io::Errno;
    if let Some(kept) = root.sys.kept.find(path.as_str()) {
        match root.sys.look(root.fd(), path.as_str()) {
            Ok(there) if kept.is_still(&there) => return Cached::Ready(Ok(kept)),
            // Something moved in the kernel's caches meanwhile, which says nothing about the file.
            Err(Errno::AGAIN) => {}
            _ => root.sys.kept.forget_file(path.as_str(), &kept),
        }
    }
    match root.sys.open_file_cached(root.fd(), path.as_str()) {
        Ok(file) => Cached::Ready(Opened::of(file, key).map(Arc::new)),
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
    let mut byte = [0];
    let into = byte.get_mut(usize::from(opened.size() == 0)..).unwrap_or_default();
    if !opened.has_version() && !fill_cached(root, &opened, into, 0) {
        return Cached::Later(Some(opened));
    }
    let meta = checked_meta(root, key, &opened, options);
    opened.put_back(&root.sys, path);
    Cached::Ready(meta)
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

/// Appends to `bytes`, which has the beginning of `range`, at most 256 KiB more of it if they are
/// cached; tells whether they were.
fn read_cached(root: &Root, opened: &Opened, range: &Range<u64>, bytes: &mut Filling) -> bool {
    let at = range.start + bytes.len() as u64;
    let step = usize::try_from(range.end - at).unwrap_or(INLINE).min(INLINE);
    let cached = fill_cached(root, opened, bytes.next(step), at);
    bytes.filled(if cached { step } else { 0 });
    cached
}

/// Gives the thread back, to be polled again when it has looked at whatever else there is.
pub(super) async fn another_turn() {
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Fills all of `into`, at most 256 KiB, if that is cached; if not, what it holds is not known.
pub(super) fn fill_cached(root: &Root, opened: &Opened, into: &mut [u8], at: u64) -> bool {
    let read = opened.fd().ok().and_then(|fd| root.sys.read_cached(fd, into, at).ok());
    read == Some(into.len())
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
    let mut bytes = memory(root, key, range.end - range.start)?;
    let mut at = range.start;
    while at < range.end {
        let step = usize::try_from(range.end - at).unwrap_or(STEP).min(STEP);
        let read = read_step(root, key, opened, bytes.next(step), at, cancel)?;
        bytes.filled(read);
        at += read as u64;
    }
    Ok(bytes.freeze())
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

/// Memory with room for so many bytes: the size comes from outside.
pub(super) fn memory(root: &Root, key: &Key, length: u64) -> Result<Filling> {
    let size = usize::try_from(length).map_err(|_| errors::no_memory(key, length))?;
    root.spares.take(size).map_err(|_| errors::no_memory(key, length))
}
