//! Ranges of a large object on their way from a service, several at once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod lively;

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use lively::{Answer, Asked, Gate, Lively, until};
use tombolo::blob::{BlobStore, ByteRange, GetOptions};
use tombolo::{Error, ErrorCode};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// As small as a range may be.
const RANGE: u64 = 64 << 10;
const DATE: &str = "Last-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n";

/// The bytes of the object, none of whose ranges are alike.
fn object(size: u64) -> Bytes {
    (0..size).map(|at| ((at / 7) ^ (at / 65_521)) as u8).collect::<Vec<_>>().into()
}

/// An honest answer to a read of `all`.
fn answer(asked: &Asked, all: &Bytes, etag: &str) -> Answer {
    let size = all.len() as u64;
    let head = format!("ETag: \"{etag}\"\r\n{DATE}");
    match asked.range(size) {
        None => Answer::new("200 OK", &head, all.to_vec()),
        Some(range) if range.start >= size => Answer::new("416 Range Not Satisfiable", "", ""),
        Some(range) => {
            let (start, end) = (range.start, range.end);
            let told = format!("{head}Content-Range: bytes {start}-{}/{size}\r\n", end - 1);
            let body = &all[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
            Answer::new("206 Partial Content", &told, body)
        }
    }
}

fn start(asked: &Asked) -> u64 {
    asked.range(u64::MAX).map_or(0, |range| range.start)
}

fn url(server: &Lively, at_once: usize) -> String {
    server.s3(&format!("&parallel_ranges={at_once}&range_size={RANGE}&checksums=false"))
}

async fn all(store: &BlobStore, options: GetOptions) -> Result<Vec<u8>, Error> {
    let reader = store.reader("a", options).await?;
    let join = |all, piece: Bytes| async move { Ok([all, piece.to_vec()].concat()) };
    reader.chunks.try_fold(Vec::new(), join).await
}

/// By each way to read.
async fn read(store: &BlobStore, range: ByteRange) -> Checked<[Vec<u8>; 3]> {
    let options = || GetOptions { range, ..GetOptions::default() };
    let got = store.get("a", options()).await?.bytes.to_vec();
    let filled = store.get_into("a", vec![0; 1 << 20], options()).await?;
    let mut buffer = filled.buffer;
    assert!(buffer[filled.size..].iter().all(|byte| *byte == 0), "it wrote beyond the end");
    buffer.truncate(filled.size);
    Ok([got, buffer, all(store, options()).await?])
}

#[tokio::test]
async fn whatever_is_read_is_what_is_there() -> Checked {
    for size in [0, 1, RANGE - 1, RANGE, RANGE + 1, 2 * RANGE, 7 * RANGE + 5] {
        let bytes = object(size);
        let held = bytes.clone();
        let server = Lively::start(move |_, asked| answer(asked, &held, "one"))?;
        let store = BlobStore::open(&url(&server, 3))?;
        let from = |offset, length| ByteRange::From { offset, length };
        let some = (RANGE + RANGE / 2).min(size / 2);
        let mut ranges = vec![ByteRange::Full];
        if size > 0 {
            ranges.extend([from(0, None), from(size - 1, None), from(some, None)]);
            ranges.extend([from(some / 2, Some(1)), from(some / 2, Some(3 * RANGE + 1))]);
            ranges.extend([from(0, Some(u64::MAX)), ByteRange::Suffix(RANGE + 2)]);
        }
        for range in ranges {
            let wanted = range.resolve(size)?;
            let wanted = usize::try_from(wanted.start)?..usize::try_from(wanted.end)?;
            for (way, got) in read(&store, range).await?.into_iter().enumerate() {
                assert!(got == bytes[wanted.clone()], "{size} {range:?} by way {way}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn ranges_are_fetched_at_once_and_told_in_order() -> Checked {
    let bytes = object(8 * RANGE);
    let held = bytes.clone();
    // The range after the first is answered last of the four that are under way then.
    let gate = Arc::new(Gate::default());
    let second = Arc::clone(&gate);
    let server = Lively::start(move |_, asked| match start(asked) {
        RANGE => answer(asked, &held, "one").after(&second),
        _ => answer(asked, &held, "one"),
    })?;
    let store = BlobStore::open(&url(&server, 4))?;
    let open = async {
        until("four are asked for", || server.seen.asked().len() >= 4).await?;
        // There is no fifth while the second is not there: they would be kept.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let asked = server.seen.asked().len();
        gate.open();
        Ok::<_, String>(asked)
    };
    let (got, asked) = tokio::join!(all(&store, GetOptions::default()), open);
    assert!(got? == bytes, "other bytes");
    // The first is done, and the second to the fifth are under way or in memory.
    assert_eq!(asked?, 5);
    for asked in &server.seen.asked()[1..] {
        assert_eq!(asked.header("if-match"), "\"one\"");
    }
    Ok(())
}

#[tokio::test]
async fn a_range_goes_to_its_place_before_those_before_it_are_there() -> Checked {
    let bytes = object(4 * RANGE);
    let held = bytes.clone();
    let gate = Arc::new(Gate::default());
    let second = Arc::clone(&gate);
    let server = Lively::start(move |_, asked| match start(asked) {
        // The last opens the way of the second.
        start if start == 3 * RANGE => {
            second.open();
            answer(asked, &held, "one")
        }
        RANGE => answer(asked, &held, "one").after(&second),
        _ => answer(asked, &held, "one"),
    })?;
    let store = BlobStore::open(&url(&server, 3))?;
    let buffer = vec![0; bytes.len()];
    let filled = store.get_into("a", buffer, GetOptions::default()).await?;
    assert!(filled.buffer == bytes);
    Ok(())
}

#[tokio::test]
async fn a_break_in_a_range_goes_on_at_its_byte() -> Checked {
    let bytes = object(4 * RANGE);
    let held = bytes.clone();
    let server = Lively::start(move |_, asked| {
        let honest = answer(asked, &held, "one");
        let start = usize::try_from(start(asked)).unwrap();
        if !(start as u64).is_multiple_of(RANGE) {
            return honest;
        }
        // Each range breaks after 1000 bytes, once.
        let part = held.slice(start..);
        honest.with_body(RANGE, Cursor::new(part).take(1000))
    })?;
    let store = BlobStore::open(&url(&server, 3))?;
    for got in read(&store, ByteRange::Full).await? {
        assert!(got == bytes, "other bytes");
    }
    let resumed: Vec<_> = server
        .seen
        .asked()
        .into_iter()
        .filter(|asked| !start(asked).is_multiple_of(RANGE))
        .collect();
    assert_eq!(resumed.len(), 12, "{resumed:?}");
    for asked in resumed {
        let at = start(&asked);
        let end = at / RANGE * RANGE + RANGE - 1;
        assert_eq!((at % RANGE, asked.header("range")), (1000, &*format!("bytes={at}-{end}")));
        assert_eq!(asked.header("if-match"), "\"one\"");
    }
    Ok(())
}

#[tokio::test]
async fn two_versions_are_never_mixed() -> Checked {
    // The service is honest about the condition, or ignores it.
    for honest in [true, false] {
        let bytes = object(4 * RANGE);
        let server = Lively::start(move |_, asked| match start(asked) / RANGE {
            0 | 1 => answer(asked, &bytes, "one"),
            _ if honest => Answer::new("412 Precondition Failed", "", ""),
            _ => answer(asked, &bytes, "two"),
        })?;
        let store = BlobStore::open(&url(&server, 2))?;
        let buffer = vec![0; 1 << 20];
        let errors = [
            store.get("a", GetOptions::default()).await.err(),
            store.get_into("a", buffer, GetOptions::default()).await.err(),
            all(&store, GetOptions::default()).await.err(),
        ];
        for error in errors {
            let error = error.ok_or("two versions were mixed")?;
            assert_eq!((error.code(), error.retryable()), (ErrorCode::Aborted, true), "{error}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_conditions_of_a_read_hold_for_its_first_range() -> Checked {
    let server = Lively::start(|_, asked| match asked.line.starts_with("HEAD") {
        true => Answer::new("200 OK", &format!("ETag: \"one\"\r\n{DATE}"), ""),
        false => Answer::new("412 Precondition Failed", "", ""),
    })?;
    let store = BlobStore::open(&url(&server, 2))?;
    let options = GetOptions { if_match: Some("other".to_owned()), ..GetOptions::default() };
    let error = store.get("a", options).await.err().ok_or("it was read")?;
    assert_eq!(error.code(), ErrorCode::FailedPrecondition);
    assert_eq!(server.seen.asked()[0].header("if-match"), "\"other\"");
    Ok(())
}

#[tokio::test]
async fn who_drops_a_reader_ends_what_is_under_way() -> Checked {
    let bytes = object(8 * RANGE);
    let never = Arc::new(Gate::default());
    let server = Lively::start(move |_, asked| match start(asked) {
        0 => answer(asked, &bytes, "one"),
        _ => answer(asked, &bytes, "one").after(&never),
    })?;
    let store = BlobStore::open(&url(&server, 4))?;
    let mut reader = store.reader("a", GetOptions::default()).await?;
    let first = reader.chunks.try_next().await?.ok_or("nothing is there")?;
    assert!(!first.is_empty());
    until("three are under way beside it", || server.seen.asked().len() == 4).await?;
    assert_eq!(server.seen.gone(), 0);
    drop(reader);
    until("they end", || server.seen.gone() == 3).await?;
    Ok(())
}

#[tokio::test]
async fn an_error_of_a_range_is_told_and_ends_the_others() -> Checked {
    let bytes = object(8 * RANGE);
    let never = Arc::new(Gate::default());
    let failed = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&failed);
    let server = Lively::start(move |_, asked| match start(asked) / RANGE {
        0 => answer(asked, &bytes, "one"),
        1 => {
            told.store(true, Ordering::SeqCst);
            Answer::new("403 Forbidden", "", "")
        }
        _ => answer(asked, &bytes, "one").after(&never),
    })?;
    let store = BlobStore::open(&url(&server, 4))?;
    let buffer = vec![0; 1 << 20];
    let error = store.get_into("a", buffer, GetOptions::default()).await.err().ok_or("read")?;
    assert_eq!(error.code(), ErrorCode::PermissionDenied);
    let error = all(&store, GetOptions::default()).await.err().ok_or("read")?;
    assert_eq!(error.code(), ErrorCode::PermissionDenied);
    assert!(failed.load(Ordering::SeqCst));
    let under_way = || server.seen.gone() + 4 >= server.seen.asked().len();
    until("the others end", under_way).await?;
    Ok(())
}

#[tokio::test]
async fn without_the_parameter_it_is_one_request() -> Checked {
    let bytes = object(3 * RANGE);
    let held = bytes.clone();
    let server = Lively::start(move |_, asked| answer(asked, &held, "one"))?;
    let store = BlobStore::open(&server.s3(""))?;
    for got in read(&store, ByteRange::Full).await? {
        assert!(got == bytes, "other bytes");
    }
    assert_eq!(server.seen.asked().len(), 3);
    assert!(server.seen.asked().iter().all(|asked| asked.header("range").is_empty()));
    Ok(())
}
