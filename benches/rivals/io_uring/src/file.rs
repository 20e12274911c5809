//! A file on a disk whose bytes say where they are, and which of its blocks are not cached.

use std::fs::{File, OpenOptions, remove_file};
use std::io::{IoSliceMut, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;

use rustix::fs::{Advice, fadvise};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

use crate::Answer;

const PAGE: usize = 4 << 10;
/// How often the file is looked at whether it has left the cache.
const LOOKS: usize = 16;

/// The file, removed at the end.
pub(crate) struct Cold {
    pub(crate) file: File,
    bytes: usize,
    path: PathBuf,
}

/// Offsets of blocks of one size, in an order without order; none twice.
pub(crate) struct Blocks {
    pub(crate) size: usize,
    pub(crate) offsets: Vec<u64>,
}

impl Cold {
    pub(crate) fn make(bytes: usize) -> Answer<Self> {
        let path = PathBuf::from(format!("tombolo-bench-io-uring-{}", std::process::id()));
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        let mut piece = vec![0; 1 << 20];
        for at in (0..bytes).step_by(piece.len()) {
            for (page, into) in piece.chunks_mut(PAGE).enumerate() {
                into[..8].copy_from_slice(&((at + page * PAGE) as u64).to_le_bytes());
            }
            file.write_all(&piece)?;
        }
        // What is not on the disk yet does not leave the cache.
        file.sync_all()?;
        Ok(Self { file, bytes, path })
    }

    /// Has the file leave the cache, and chooses blocks of it.
    pub(crate) fn choose(&self, size: usize, count: usize) -> Answer<Blocks> {
        let blocks = self.bytes / size;
        if count + LOOKS > blocks || !blocks.is_power_of_two() {
            return Err("there are not so many blocks".into());
        }
        // An odd step goes through all of a power of two of them before one comes twice.
        let step = (blocks / 3) | 1;
        let offset = |i: usize| (i * step % blocks * size) as u64;
        // A look has the kernel begin to read: so at blocks that are not chosen.
        let cached = (count..count + LOOKS).map(|i| self.leave_cache(offset(i)));
        if !cached.collect::<Answer<Vec<_>>>()?.contains(&false) {
            return Err("the file is cached here whatever is asked; run it on a disk".into());
        }
        Ok(Blocks { size, offsets: (0..count).map(offset).collect() })
    }

    /// Has the file leave the cache; tells whether what is at `offset` is there all the same.
    fn leave_cache(&self, offset: u64) -> Answer<bool> {
        fadvise(&self.file, 0, None, Advice::DontNeed)?;
        // Nothing is read that was not asked for.
        fadvise(&self.file, 0, None, Advice::Random)?;
        let mut byte = [0];
        let mut into = [IoSliceMut::new(&mut byte)];
        match preadv2(self.file.as_fd(), &mut into, offset, ReadWriteFlags::NOWAIT) {
            Err(Errno::AGAIN) => Ok(false),
            answer => Ok(answer? > 0),
        }
    }

    /// Whether these are the bytes at `offset`.
    pub(crate) fn check(offset: u64, bytes: &[u8]) -> Answer<()> {
        match bytes.first_chunk::<8>() {
            Some(first) if u64::from_le_bytes(*first) == offset => Ok(()),
            _ => Err(format!("other bytes than those at {offset}").into()),
        }
    }
}

impl Drop for Cold {
    fn drop(&mut self) {
        let _ = remove_file(&self.path);
    }
}

impl Blocks {
    /// The offsets of one of `parts` that read at the same time.
    pub(crate) fn part(&self, number: usize, parts: usize) -> Vec<u64> {
        self.offsets.iter().skip(number).step_by(parts).copied().collect()
    }
}
