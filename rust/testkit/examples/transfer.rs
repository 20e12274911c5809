//! What checksums cost, and what parts and ranges at once gain: a record for decision 31.
//!
//! `cargo run --release -p tombolo-testkit --features clouds --example transfer`
//!
//! The service is in this process, on threads of its own: it takes what it gets and makes up what it
//! sends. CPU is that of the client's thread alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

#[path = "../tests/lively/mod.rs"]
mod lively;

use std::io::{self, Read};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::TryStreamExt;
use lively::{Answer, Asked, Lively};
use rustix::time::{ClockId, clock_gettime};
use tombolo::blob::{BlobStore, GetOptions, PutOptions};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const MIB: u64 = 1 << 20;
const SIZE: u64 = 256 * MIB;
const ROUNDS: usize = 5;
/// What a service far away takes to begin with an answer.
const ROUND_TRIP: Duration = Duration::from_millis(20);
/// What 64 KiB take on one of its connections: 64 MB/s.
const CHUNK: (usize, Duration) = (64 << 10, Duration::from_millis(1));

/// Of 256 MiB of zeros, by another program.
const CRC64: &str = "x-amz-checksum-crc64nvme: I7vN1ByxFhk=\r\n";
const MD5: &str = "Content-MD5: H1A55QvWaykMVmhNhVDGwg==\r\n";

/// Gives zeros, as slowly as the connection is.
struct Zeros {
    left: u64,
    is_slow: bool,
}

impl Read for Zeros {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let size = to.len().min(CHUNK.0).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if let Some(to) = to.get_mut(..size) {
            to.fill(0);
        }
        if self.is_slow {
            sleep(CHUNK.1.mul_f64(size as f64 / CHUNK.0 as f64));
        }
        self.left -= size as u64;
        Ok(size)
    }
}

fn answer(asked: &Asked, is_slow: bool) -> Answer {
    let meta = "ETag: \"one\"\r\nLast-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n";
    let body = |length: u64| Zeros { left: length, is_slow };
    if is_slow {
        sleep(ROUND_TRIP + CHUNK.1.mul_f64(asked.length as f64 / CHUNK.0 as f64));
    }
    match (asked.line.split_once(' ').unwrap_or_default(), asked.range(SIZE)) {
        (("GET", _), Some(range)) => {
            let (start, end) = (range.start, range.end);
            let told = format!("{meta}Content-Range: bytes {start}-{}/{SIZE}\r\n", end - 1);
            Answer::new("206 Partial Content", &told, "").with_body(end - start, body(end - start))
        }
        (("GET" | "HEAD", _), None) => {
            Answer::new("200 OK", &format!("{meta}{CRC64}{MD5}"), "").with_body(SIZE, body(SIZE))
        }
        (("POST", target), _) if target.ends_with("uploads=") => {
            Answer::new("200 OK", "", "<R><UploadId>u</UploadId></R>")
        }
        (("POST", _), _) => Answer::new("200 OK", "", "<R><ETag>\"one\"</ETag></R>"),
        _ => Answer::new("201 Created", "ETag: \"part\"\r\n", ""),
    }
}

async fn upload(store: &BlobStore) -> Checked {
    let mut writer = store.writer("a", PutOptions::default()).await?;
    let piece = Bytes::from(vec![0; 1 << 20]);
    for _ in 0..SIZE / MIB {
        writer.write(piece.clone()).await?;
    }
    writer.finish().await?;
    Ok(())
}

async fn download(store: &BlobStore) -> Checked {
    let mut reader = store.reader("a", GetOptions::default()).await?;
    let mut size = 0;
    while let Some(piece) = reader.chunks.try_next().await? {
        size += piece.len() as u64;
    }
    if size == SIZE { Ok(()) } else { Err("another size".into()) }
}

/// The least of some rounds: microseconds of CPU for each MiB, and MiB in each second.
async fn measured(url: &str, up: bool, rounds: usize) -> Checked<(f64, f64)> {
    let store = BlobStore::open(url)?;
    let (mut cpu, mut wall) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        let (began, used) = (Instant::now(), thread_time());
        if up {
            upload(&store).await?
        } else {
            download(&store).await?
        };
        cpu = cpu.min(thread_time() - used);
        wall = wall.min(began.elapsed().as_secs_f64());
    }
    let mib = (SIZE / MIB) as f64;
    Ok((cpu * 1e6 / mib, mib / wall))
}

fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Checked {
    let fast = Lively::start_lean(|_, asked| answer(asked, false))?;
    let key = "&region=r&access_key=a&secret_key=s";
    let signed =
        |more: &str| fast.s3("").replace("&credentials=anonymous", &format!("{key}{more}"));
    println!("what it costs                     CPU, us/MiB    ratio");
    let mut floor = 0.0;
    for (name, up, url) in [
        ("upload, no checksum", true, fast.s3("&checksums=false")),
        ("upload, CRC-64", true, fast.s3("")),
        ("upload, CRC-64, SHA-256 signed", true, signed("")),
        ("upload, CRC-64 signed", true, signed("&sign_payload=false")),
        ("upload, CRC-64 and MD5", true, fast.azure("&checksums=all")),
        ("download, no checksum", false, fast.s3("&checksums=false")),
        ("download, CRC-64", false, fast.s3("")),
        ("download, MD5", false, fast.azure("&checksums=all")),
    ] {
        let (cpu, _) = measured(&url, up, ROUNDS).await?;
        if name.ends_with("no checksum") {
            floor = cpu;
        }
        println!("{name:33} {cpu:11.0} {:8.2}", cpu / floor);
    }
    let slow = Lively::start_lean(|_, asked| answer(asked, true))?;
    println!("20 ms away, 64 MB/s a connection   MiB/s");
    for at_once in [1, 2, 4, 8] {
        let url = slow.s3(&format!("&parallel_parts={at_once}&parallel_ranges={at_once}"));
        for (name, up) in [("parts", true), ("ranges", false)] {
            let (_, speed) = measured(&url, up, 1).await?;
            println!("{at_once} {name:6} at once                   {speed:5.0}");
        }
    }
    Ok(())
}
