//! `get_into`: as `get`, into a buffer of the caller.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::codec::ObjectPath;
use super::object::Opened;
use super::pool::Cancel;
use super::read::{
    Cached, IN_TURNS, INLINE, another_turn, checked_meta, fill_cached, open_cached, read_step,
};
use super::root::Root;
use super::store::Store;
use crate::blob::{Buffer, Filled, GetOptions, Key, ObjectMeta};
use crate::{Error, ErrorCode, Result};

impl Store {
    pub(super) async fn get_into(
        &self,
        key: Key,
        mut buffer: Buffer,
        options: GetOptions,
    ) -> Result<Filled<Buffer>> {
        let path = ObjectPath::of(&key)?;
        let cached = fill_cached_range(&self.root, &key, &path, &options, &mut buffer).await;
        let opened = match cached {
            Cached::Ready(answer) => return answer.map(|found| filled(buffer, found)),
            Cached::Later(opened) => opened,
        };
        let root = self.root.clone();
        let ticket = self.pool.admit()?;
        let waiting = Waiting(Arc::new(Mutex::new(Some(buffer))));
        let turn = waiting.0.clone();
        let work = move |cancel: &Cancel| {
            let mut buffer = take(&turn).ok_or_else(nobody_waits)?;
            let opened = Opened::or_open(opened, &root, &key, &path)?;
            let found = fill_range(&root, &key, &opened, &options, &mut buffer, cancel)?;
            Ok(filled(buffer, found))
        };
        self.pool.run(&ticket, work).await
    }
}

/// What was found, and what of it was asked for.
type Found = (ObjectMeta, Range<u64>);

fn filled(buffer: Buffer, (meta, range): Found) -> Filled<Buffer> {
    let size = usize::try_from(range.end - range.start).unwrap_or(0);
    Filled { buffer, size, range, meta }
}

/// Fills the buffer on the polling thread, in turns, if what it takes is short and wholly cached.
async fn fill_cached_range(
    root: &Root,
    key: &Key,
    path: &ObjectPath,
    options: &GetOptions,
    buffer: &mut Buffer,
) -> Cached<Found> {
    let opened = match open_cached(root, key, path) {
        Cached::Ready(Ok(opened)) => opened,
        Cached::Ready(Err(e)) => return Cached::Ready(Err(e)),
        Cached::Later(opened) => return Cached::Later(opened),
    };
    // What is wrong with the range or the buffer is told after the conditions. Then one byte tells
    // whether the file is in use.
    let mut byte = [0];
    let range = options.range.resolve(opened.size());
    let part = range.and_then(|range| buffer.part(&range).map(|part| (part, range)));
    let (into, range) = match part {
        Ok((part, range)) => (part, Ok(range)),
        Err(e) => (byte.get_mut(usize::from(opened.size() == 0)..).unwrap_or_default(), Err(e)),
    };
    if into.len() > IN_TURNS {
        return Cached::Later(Some(opened));
    }
    let mut at = range.as_ref().map_or(0, |range| range.start);
    let (first, rest) = into.split_at_mut(into.len().min(INLINE));
    if !fill_cached(root, &opened, first, at) {
        return Cached::Later(Some(opened));
    }
    let meta = match (checked_meta(root, key, &opened, options), range) {
        (Ok(meta), Ok(range)) => (meta, range),
        (Err(e), _) | (Ok(_), Err(e)) => {
            opened.put_back(&root.sys, path);
            return Cached::Ready(Err(e));
        }
    };
    at += first.len() as u64;
    for step in rest.chunks_mut(INLINE) {
        another_turn().await;
        if !fill_cached(root, &opened, step, at) {
            return Cached::Later(Some(opened));
        }
        at += step.len() as u64;
    }
    opened.put_back(&root.sys, path);
    Cached::Ready(Ok(meta))
}

/// Fills the buffer in steps of at most 1 MiB. May block.
fn fill_range(
    root: &Root,
    key: &Key,
    opened: &Opened,
    options: &GetOptions,
    buffer: &mut Buffer,
    cancel: &Cancel,
) -> Result<Found> {
    let meta = checked_meta(root, key, opened, options)?;
    let range = options.range.resolve(opened.size())?;
    let mut rest = buffer.part(&range)?;
    let mut at = range.start;
    while !rest.is_empty() {
        let read = read_step(root, key, opened, rest, at, cancel)?;
        rest = rest.get_mut(read..).unwrap_or_default();
        at += read as u64;
    }
    Ok((meta, range))
}

/// A buffer until its turn on the pool comes, which takes it; dropped before that, it takes the
/// buffer with it. Who waits for the end of all writing need not wait for a thread of the pool that
/// is busy elsewhere.
struct Waiting(Arc<Mutex<Option<Buffer>>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(take(&self.0));
    }
}

/// Takes the buffer out; what it drops, it drops without the lock.
fn take(place: &Mutex<Option<Buffer>>) -> Option<Buffer> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn nobody_waits() -> Error {
    Error::new(ErrorCode::Cancelled, "its future was dropped")
}
