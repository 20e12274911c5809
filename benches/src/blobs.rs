//! What blobs through C++ are compared with: the same store by the Rust API alone, in the same process. Each call does many operations within one `block_on`, so that what is measured is theirs.
//!
//! Answers are counts; 0 says that an operation failed, as every right answer is at least 1.

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tombolo::blob::{BlobStore, GetOptions, ListOptions, PutOptions};

/// The store, as C++ sees it.
#[cxx::bridge(namespace = "tombolo_bench")]
mod ffi {
    extern "Rust" {
        type Alone;

        fn alone_open(url: &[u8]) -> Box<Alone>;
        fn is_open(self: &Alone) -> bool;
        fn get(self: &Alone, key: &[u8], times: u64) -> u64;
        fn put(self: &mut Alone, key: &[u8], size: usize, times: u64, anew: bool) -> u64;
        fn list(self: &Alone, prefix: &[u8]) -> u64;
        fn read_stream(self: &Alone, key: &[u8]) -> u64;
        fn write_stream(self: &mut Alone, key: &[u8], piece: usize, pieces: u64) -> u64;
    }
}

/// A store without a bridge, and the runtime that polls it.
struct Alone {
    open: Option<(BlobStore, Runtime)>,
    body: Bytes,
    /// The number of the next object that has a key of its own.
    next: u64,
}

fn alone_open(url: &[u8]) -> Box<Alone> {
    let open = || {
        let store = BlobStore::open(std::str::from_utf8(url).ok()?).ok()?;
        Some((store, Builder::new_current_thread().enable_all().build().ok()?))
    };
    Box::new(Alone { open: open(), body: Bytes::new(), next: 0 })
}

impl Alone {
    fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Runs `work` on the runtime; 0 if that or the opening failed.
    fn run(&self, key: &[u8], work: impl AsyncFnOnce(&BlobStore, &str) -> Option<u64>) -> u64 {
        let (Some((store, runtime)), Ok(key)) = (&self.open, std::str::from_utf8(key)) else {
            return 0;
        };
        runtime.block_on(work(store, key)).unwrap_or(0)
    }

    /// A body of that size, made once.
    fn body(&mut self, size: usize) -> Bytes {
        if self.body.len() < size {
            self.body = vec![b'x'; size].into();
        }
        self.body.slice(..size)
    }

    /// How many bytes came, and one for each operation.
    fn get(&self, key: &[u8], times: u64) -> u64 {
        self.run(key, async |store, key| {
            let mut bytes = 0;
            for _ in 0..times {
                bytes += 1 + store.get(key, GetOptions::default()).await.ok()?.bytes.len() as u64;
            }
            Some(bytes)
        })
    }

    /// How many objects were written; `anew`: each under a key of its own, which begins with this one.
    fn put(&mut self, key: &[u8], size: usize, times: u64, anew: bool) -> u64 {
        let (body, first) = (self.body(size), self.next);
        self.next += times;
        self.run(key, async |store, key| {
            for i in first..first + times {
                let new = anew.then(|| format!("{key}r{i}"));
                let key = new.as_deref().unwrap_or(key);
                store.put(key, body.clone(), PutOptions::default()).await.ok()?;
            }
            Some(times)
        })
    }

    /// How many objects there are.
    fn list(&self, prefix: &[u8]) -> u64 {
        self.run(prefix, async |store, prefix| {
            let options = ListOptions { prefix: prefix.to_owned(), ..ListOptions::default() };
            let mut pages = store.list(options).ok()?;
            let mut objects = 0;
            while let Some(page) = pages.next_page().await.ok()? {
                objects += page.objects.len() as u64;
            }
            Some(objects)
        })
    }

    /// How many bytes the pieces of an object have.
    fn read_stream(&self, key: &[u8]) -> u64 {
        self.run(key, async |store, key| {
            let mut reader = store.reader(key, GetOptions::default()).await.ok()?;
            let mut bytes = 0;
            while let Some(piece) = reader.chunks.next().await {
                bytes += piece.ok()?.len() as u64;
            }
            Some(bytes)
        })
    }

    /// How many bytes were written in pieces, each with memory of its own, as they come from a socket.
    fn write_stream(&mut self, key: &[u8], piece: usize, pieces: u64) -> u64 {
        self.run(key, async |store, key| {
            let mut writer = store.writer(key, PutOptions::default()).await.ok()?;
            for _ in 0..pieces {
                writer.write(vec![b'x'; piece].into()).await.ok()?;
            }
            writer.finish().await.ok()?;
            Some(pieces * piece as u64)
        })
    }
}
