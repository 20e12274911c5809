//! What it takes in memory to stream 1 GiB. In a program of its own, as the peak is one of the whole
//! process.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use folder_support::*;
use futures_util::StreamExt;
use tombolo::blob::folder::internals::Features;
use tombolo::blob::{Backend, GetOptions, PutOptions};

const SIZE: u64 = 1 << 30;
/// What may be added to the peak, in KiB.
const LIMIT: u64 = 16 << 10;
const PIECE: usize = 64 << 10;
const END: &[u8] = b"the end";

/// The most resident memory of this process so far, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

async fn read_all(store: &Arc<dyn Backend>, name: &str) -> u64 {
    let mut reader = store.reader(key(name), GetOptions::default()).await.unwrap();
    let (mut size, mut last) = (0, Bytes::new());
    while let Some(piece) = reader.chunks.next().await {
        last = piece.unwrap();
        size += last.len() as u64;
    }
    assert!(last.ends_with(END));
    size
}

async fn write_all(store: &Arc<dyn Backend>, name: &str) -> u64 {
    let mut writer = store.writer(key(name), PutOptions::default()).await.unwrap();
    for _ in 0..SIZE / PIECE as u64 {
        // Each with memory of its own, as they come from a socket.
        writer.write(vec![b'x'; PIECE].into()).await.unwrap();
    }
    writer.write(END.into()).await.unwrap();
    writer.finish().await.unwrap();
    SIZE + END.len() as u64
}

#[tokio::test]
async fn to_stream_1_gib_takes_less_than_16_mib() {
    for features in [Features::ALL, Features::NONE] {
        let place = Place::new();
        let store = place.open_as(QUICK, features, None);
        // The pool's threads and the allocator have been at work before, as in any service.
        put(&store, "small", "small").await;
        assert_eq!(get(&store, "small").await.unwrap(), "small");

        // One that takes no space on the disk; then it is cached, and read again.
        let file = File::create(place.join("sparse")).unwrap();
        file.write_all_at(END, SIZE).unwrap();
        for _ in 0..2 {
            let before = peak();
            assert_eq!(read_all(&store, "sparse").await, SIZE + END.len() as u64);
            let grown = peak() - before;
            assert!(grown < LIMIT, "reading took {grown} KiB more");
        }
        let before = peak();
        let written = write_all(&store, "written").await;
        let grown = peak() - before;
        assert!(grown < LIMIT, "writing took {grown} KiB more");
        assert_eq!(fs::metadata(place.join("written")).unwrap().len(), written);
    }
}
