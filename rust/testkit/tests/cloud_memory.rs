//! What it takes in memory to stream 1 GiB to a service and back. In a program of its own, as the peak
//! is one of the whole process; the service is in it, throws away what it gets and makes up what it
//! sends.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod lively;

use std::fs;
use std::io::{Read, repeat};
use std::thread;
use std::time::Duration;

use futures_util::TryStreamExt;
use lively::{Answer, Asked, Lively};
use tombolo::blob::{BlobStore, GetOptions, PutOptions};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const SIZE: u64 = 1 << 30;
const PIECE: usize = 64 << 10;
static XS: [u8; PIECE] = [b'x'; PIECE];
/// After so many bytes a reader stops for a moment.
const STOP: u64 = 128 << 20;
const MIB: u64 = 1 << 20;
/// What connections, threads and the allocator's own ways may add, in MiB.
const SPARE: u64 = 16;

/// The most resident memory of this process so far, in MiB.
fn peak() -> Checked<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no peak is told")?;
    Ok(kib.parse::<u64>()? / 1024)
}

fn answer(asked: &Asked) -> Answer {
    let meta = "ETag: \"one\"\r\nLast-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n";
    let body = |length: u64| repeat(b'x').take(length);
    match (asked.line.split_once(' ').unwrap_or_default(), asked.range(SIZE)) {
        (("GET", _), Some(range)) => {
            let (start, end) = (range.start, range.end);
            let told = format!("{meta}Content-Range: bytes {start}-{}/{SIZE}\r\n", end - 1);
            Answer::new("206 Partial Content", &told, "").with_body(end - start, body(end - start))
        }
        (("GET" | "HEAD", _), None) => Answer::new("200 OK", meta, "").with_body(SIZE, body(SIZE)),
        (("POST", target), _) if target.ends_with("uploads=") => {
            Answer::new("200 OK", "", "<R><UploadId>u</UploadId></R>")
        }
        (("POST", _), _) => Answer::new("200 OK", "", "<R><ETag>\"one\"</ETag></R>"),
        _ => {
            // Slower than the writer, so that as many are under way as may be.
            thread::sleep(Duration::from_millis(20));
            Answer::new("200 OK", "ETag: \"part\"\r\n", "")
        }
    }
}

async fn write_all(store: &BlobStore) -> Checked {
    let mut writer = store.writer("a", PutOptions::default()).await?;
    for _ in 0..SIZE / PIECE as u64 {
        // Each with memory of its own, as they come from a socket.
        writer.write(vec![b'x'; PIECE].into()).await?;
    }
    writer.finish().await?;
    Ok(())
}

async fn read_all(store: &BlobStore) -> Checked<u64> {
    let mut reader = store.reader("a", GetOptions::default()).await?;
    let mut size = 0;
    while let Some(piece) = reader.chunks.try_next().await? {
        assert!(piece.chunks(PIECE).all(|part| XS.starts_with(part)), "other bytes");
        let before = size;
        size += piece.len() as u64;
        if before / STOP < size / STOP || before == 0 {
            // Slower than the service, so that as much is there as may be.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(size)
}

#[tokio::test]
async fn to_stream_1_gib_takes_what_is_told_and_no_more() -> Checked {
    let server = Lively::start_lean(|_, asked| answer(asked))?;
    let (part, at_once, range) = (5 * MIB, 4, 4 * MIB);
    let lean = BlobStore::open(&server.s3(""))?;
    let url = format!("&part_size={part}&parallel_ranges={at_once}&range_size={range}");
    let store = BlobStore::open(&server.s3(&url))?;
    // The allocator and the client have been at work before, as in any service.
    lean.put("small", vec![b'x'; PIECE].into(), PutOptions::default()).await?;

    // The smallest first, as the peak does not go down; what one gives back, the next takes.
    let before = peak()?;
    assert_eq!(read_all(&lean).await?, SIZE);
    let grown = peak()? - before;
    assert!(grown <= SPARE, "reading by one request took {grown} MiB more");

    assert_eq!(read_all(&store).await?, SIZE);
    let (grown, told) = (peak()? - before, at_once * range / MIB);
    assert!(grown <= told + SPARE, "reading {told} MiB ahead took {grown} MiB more");

    write_all(&store).await?;
    let (grown, told) = (peak()? - before, (at_once + 1) * part / MIB);
    assert!(grown <= told + SPARE, "writing, with {told} MiB under way, took {grown} MiB more");
    let sent: u64 = server.seen.of("PUT", "partNumber").iter().map(|part| part.length).sum();
    assert_eq!(sent, SIZE);
    Ok(())
}
