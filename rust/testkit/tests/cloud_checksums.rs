//! Checksums, from end to end: what is sent to a service, what it tells, and bytes that change on the
//! way.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod flipping;
mod lively;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use flipping::{Flipping, MARK, port};
use futures_util::TryStreamExt;
use lively::{Answer, Asked, Lively};
use tombolo::blob::{BlobStore, ByteRange, GetOptions, PutOptions};
use tombolo::{Effect, Error, ErrorCode};
use tombolo_testkit::servers::{Kind, Server};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const DIGITS: Bytes = Bytes::from_static(b"123456789");
/// Of the digits, as the catalogue of CRCs has it: 0xae8b14860a799888.
const CRC64_S3: &str = "rosUhgp5mIg=";
const CRC64_AZURE: &str = "iJh5CoYUi64=";
const META: &str = "ETag: \"one\"\r\nLast-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n";
const PART: usize = 5 << 20;

fn whole(headers: &str, body: &Bytes) -> Answer {
    Answer::new("200 OK", &format!("{META}{headers}"), body.to_vec())
}

async fn get(url: &str) -> Checked<Result<Bytes, Error>> {
    Ok(BlobStore::open(url)?.get("a", GetOptions::default()).await.map(|object| object.bytes))
}

/// What a reader hands out, and how it ends.
async fn read(store: &BlobStore) -> Checked<(Vec<u8>, Option<Error>)> {
    let mut reader = store.reader("a", GetOptions::default()).await?;
    let mut all = Vec::new();
    loop {
        match reader.chunks.try_next().await {
            Ok(Some(piece)) => all.extend_from_slice(&piece),
            Ok(None) => return Ok((all, None)),
            Err(error) => return Ok((all, Some(error))),
        }
    }
}

#[tokio::test]
async fn writes_come_with_the_checksum_of_their_body() -> Checked {
    let server = Lively::start(|_, _| Answer::new("201 Created", "ETag: \"one\"\r\n", ""))?;
    for url in [server.s3(""), server.azure(""), server.s3("&checksums=all")] {
        BlobStore::open(&url)?.put("a", DIGITS, PutOptions::default()).await?;
        let mut writer = BlobStore::open(&url)?.writer("a", PutOptions::default()).await?;
        writer.write(DIGITS.slice(..4)).await?;
        writer.write(DIGITS.slice(4..)).await?;
        writer.finish().await?;
    }
    for asked in server.seen.asked() {
        let azure = asked.line.starts_with("PUT /b/a") && !asked.header("x-ms-version").is_empty();
        let (name, value) = match azure {
            true => ("x-ms-content-crc64", CRC64_AZURE),
            false => ("x-amz-checksum-crc64nvme", CRC64_S3),
        };
        assert_eq!(asked.header(name), value, "{asked:?}");
    }
    let off = server.s3("&checksums=false");
    BlobStore::open(&off)?.put("a", DIGITS, PutOptions::default()).await?;
    let last = server.seen.asked().pop().ok_or("nothing was asked")?;
    assert_eq!(last.header("x-amz-checksum-crc64nvme"), "");
    Ok(())
}

#[tokio::test]
async fn bytes_that_the_service_did_not_get_as_they_were_are_sent_again() -> Checked {
    for (azure, code) in [
        (false, "BadDigest"),
        (false, "XAmzContentSHA256Mismatch"),
        (true, "Md5Mismatch"),
        (true, "Crc64Mismatch"),
    ] {
        for times in [1, usize::MAX] {
            let refusal = format!("<Error><Code>{code}</Code><Message>No.</Message></Error>");
            let server = Lively::start(move |before, _| match before < times {
                true => Answer::new("400 Bad Request", "Retry-After: 0\r\n", refusal.as_str()),
                false => Answer::new("201 Created", "ETag: \"one\"\r\n", ""),
            })?;
            let url = if azure { server.azure("") } else { server.s3("") };
            let put = BlobStore::open(&url)?.put("a", DIGITS, PutOptions::default()).await;
            if times == 1 {
                assert_eq!((put?.etag.as_str(), server.seen.asked().len()), ("one", 2));
                continue;
            }
            let error = put.err().ok_or("it was put")?;
            assert_eq!((error.code(), error.effect()), (ErrorCode::DataLoss, Effect::None));
            assert_eq!((error.attempts(), error.retryable()), (4, false), "{error}");
            assert!(error.message().contains(code) && error.message().contains("\"a\""), "{error}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_object_in_parts_has_one_checksum_of_all_bytes() -> Checked {
    let server = Lively::start(|_, asked| match asked.line.split_once(' ') {
        Some(("POST", target)) if target.ends_with("uploads=") => {
            Answer::new("200 OK", "", "<R><UploadId>u</UploadId></R>")
        }
        Some(("POST", _)) => Answer::new("200 OK", "", "<R><ETag>\"one\"</ETag></R>"),
        _ => Answer::new("200 OK", "ETag: \"part\"\r\n", ""),
    })?;
    let body: Bytes = (0..2 * PART + 9).map(|at| (at / 3) as u8).collect::<Vec<_>>().into();
    for checksums in ["true", "all", "false"] {
        let parameters = format!("&part_size={PART}&checksums={checksums}");
        let mut uploads = Vec::new();
        for url in [server.s3(&parameters), server.azure(&parameters)] {
            let mut writer = BlobStore::open(&url)?.writer("a", PutOptions::default()).await?;
            writer.write(body.clone()).await?;
            writer.finish().await?;
            let all = server.seen.asked();
            uploads.push(all.last().ok_or("nothing was asked")?.clone());
        }
        let [s3, azure] = uploads.as_slice() else { return Err("two uploads".into()) };
        let begun = server.seen.of("POST", "uploads=").pop().ok_or("no upload")?;
        let list = String::from_utf8(s3.body.clone())?;
        let crc = BASE64.encode(crc64(&body).to_be_bytes());
        let wanted =
            if checksums == "false" { ["", "", ""] } else { ["CRC64NVME", "FULL_OBJECT", &crc] };
        assert_eq!(begun.header("x-amz-checksum-algorithm"), wanted[0]);
        assert_eq!(begun.header("x-amz-checksum-type"), wanted[1]);
        assert_eq!(s3.header("x-amz-checksum-type"), wanted[1]);
        assert_eq!(s3.header("x-amz-checksum-crc64nvme"), wanted[2]);
        let first = BASE64.encode(crc64(&body[..PART]).to_be_bytes());
        let told = list.contains(&format!("<ChecksumCRC64NVME>{first}</ChecksumCRC64NVME>"));
        assert_eq!(told, checksums != "false", "{list}");
        // Azure keeps a digest, where it is told one.
        let digest = azure.header("x-ms-blob-content-md5");
        assert_eq!(digest, if checksums == "all" { md5_of_body() } else { "" });
    }
    Ok(())
}

/// By another program: `md5sum` of the body above, in base64.
fn md5_of_body() -> &'static str {
    "ePRxwgFWSSMRqI1evoG4uw=="
}

/// Bit by bit, as the polynomial is defined.
fn crc64(bytes: &[u8]) -> u64 {
    let shift = |crc: u64| if crc & 1 == 1 { crc >> 1 ^ 0x9a6c_9329_ac4b_c9b5 } else { crc >> 1 };
    let table: Vec<u64> = (0..256).map(|byte| (0..8).fold(byte, |crc, _| shift(crc))).collect();
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ table[usize::from((crc as u8) ^ byte)])
}

#[tokio::test]
async fn what_the_service_tells_of_the_whole_is_looked_at() -> Checked {
    for (header, value, checksums) in [
        ("x-amz-checksum-crc64nvme", CRC64_S3, "true"),
        ("x-amz-checksum-crc32c", "4waSgw==", "true"),
        ("x-amz-checksum-crc32", "y/Q5Jg==", "true"),
        ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=", "all"),
    ] {
        let line = format!("{header}: {value}\r\n");
        // The first answer is of other bytes, or each is.
        for wrong in [0, 1, usize::MAX] {
            let line = line.clone();
            let server = Lively::start(move |before, _| match before < wrong {
                true => whole(&line, &Bytes::from_static(b"123456788")),
                false => whole(&line, &DIGITS),
            })?;
            let url = server.s3(&format!("&checksums={checksums}"));
            let got = get(&url).await?;
            assert_eq!(server.seen.asked()[0].header("x-amz-checksum-mode"), "ENABLED");
            if wrong < usize::MAX {
                assert_eq!((got?, server.seen.asked().len()), (DIGITS, wrong + 1), "{header}");
                continue;
            }
            let error = got.err().ok_or("wrong bytes were taken for right")?;
            assert_eq!((error.code(), error.attempts()), (ErrorCode::DataLoss, 2), "{error}");
            assert!(error.message().contains(value), "{error}");
            let store = BlobStore::open(&url)?;
            let (all, error) = read(&store).await?;
            assert_eq!(all, b"123456788");
            assert_eq!(error.map(|error| error.code()), Some(ErrorCode::DataLoss));
            let into = store.get_into("a", vec![0; 9], GetOptions::default()).await;
            assert_eq!(into.err().map(|error| error.code()), Some(ErrorCode::DataLoss));
            let once = get(&server.s3(&format!("&checksums={checksums}&max_attempts=1"))).await?;
            assert_eq!(
                once.err().map(|error| (error.code(), error.attempts())),
                Some((ErrorCode::DataLoss, 1))
            );
            let off = get(&server.s3("&checksums=false")).await?;
            assert_eq!(off?, "123456788");
            let last = server.seen.asked().pop().ok_or("nothing was asked")?;
            assert_eq!(last.header("x-amz-checksum-mode"), "");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_checksum_of_the_bytes_is_left_alone() -> Checked {
    for line in [
        "x-amz-checksum-crc64nvme: INSVUA==\r\n",
        "x-amz-checksum-crc32c: AAAAAA==-2\r\nx-amz-checksum-type: COMPOSITE\r\n",
        "x-amz-checksum-sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
        "Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        "",
    ] {
        let server = Lively::start(move |_, _| whole(line, &DIGITS))?;
        assert_eq!(get(&server.s3("")).await??, DIGITS, "{line}");
        assert_eq!(get(&server.azure("")).await??, DIGITS, "{line}");
    }
    Ok(())
}

#[tokio::test]
async fn azure_tells_a_digest_of_the_whole_and_a_crc_of_a_range() -> Checked {
    const MD5: &str = "Content-MD5: JfnnlDI7RTiF9RgfG2JNCw==\r\n";
    for wrong in [false, true] {
        let server = Lively::start(move |_, asked| {
            let bytes = if wrong { Bytes::from_static(b"123456780") } else { DIGITS };
            match asked.header("range") {
                "" => whole(MD5, &bytes),
                _ => {
                    let crc = format!("x-ms-content-crc64: {CRC64_AZURE}\r\n");
                    let told = format!("{META}Content-Range: bytes 0-8/900\r\n{crc}");
                    Answer::new("206 Partial Content", &told, bytes.to_vec())
                }
            }
        })?;
        let code = |got: Result<Bytes, Error>| got.err().map(|error| error.code());
        let lost = wrong.then_some(ErrorCode::DataLoss);
        assert_eq!(code(get(&server.azure("&checksums=all")).await?), lost);
        assert_eq!(
            code(get(&server.azure("")).await?),
            None,
            "a digest costs too much to be usual"
        );
        let range = ByteRange::From { offset: 0, length: Some(9) };
        let options = || GetOptions { range, ..GetOptions::default() };
        let store = BlobStore::open(&server.azure(""))?;
        let got = store.get("a", options()).await;
        assert_eq!(code(got.map(|object| object.bytes)), lost);
        let last = server.seen.asked().pop().ok_or("nothing was asked")?;
        assert_eq!(last.header("x-ms-range-get-content-crc64"), "true");
        // Of longer ranges the service tells none, and refuses to be asked.
        let long = ByteRange::From { offset: 0, length: Some((4 << 20) + 1) };
        let options = GetOptions { range: long, ..GetOptions::default() };
        let _ = store.get("a", options).await;
        let last = server.seen.asked().pop().ok_or("nothing was asked")?;
        assert_eq!(last.header("x-ms-range-get-content-crc64"), "");
    }
    Ok(())
}

/// The object in [`each_range_is_looked_at`].
fn ranged(asked: &Asked, flipped: bool) -> Answer {
    let all: Vec<u8> = (0..200_000_u32).map(|at| (at / 11) as u8).collect();
    let Some(range) = asked.range(all.len() as u64) else { return Answer::new("200 OK", "", "") };
    let (start, end) = (range.start, range.end);
    let mut part = all[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()].to_vec();
    let crc = BASE64.encode(crc64(&part).to_le_bytes());
    if flipped {
        part[7] ^= 1;
    }
    let range = format!("Content-Range: bytes {start}-{}/{}\r\n", end - 1, all.len());
    let told = format!("{META}{range}x-ms-content-crc64: {crc}\r\n");
    Answer::new("206 Partial Content", &told, part)
}

#[tokio::test]
async fn each_range_is_looked_at_and_fetched_once_more() -> Checked {
    for wrong in [1, usize::MAX] {
        let flips = std::sync::atomic::AtomicUsize::new(wrong);
        let server = Lively::start(move |_, asked| {
            let second = asked.header("range").starts_with("bytes=65536-");
            let less = |left: usize| left.checked_sub(1);
            let order = std::sync::atomic::Ordering::SeqCst;
            ranged(asked, second && flips.fetch_update(order, order, less).is_ok())
        })?;
        let store = BlobStore::open(&server.azure("&parallel_ranges=2&range_size=65536"))?;
        let (all, error) = read(&store).await?;
        if wrong == 1 {
            assert!(error.is_none() && all.len() == 200_000, "{error:?}");
            assert_eq!(server.seen.asked().len(), 5);
        } else {
            // What was handed out before is right.
            assert_eq!(all.len(), 65_536);
            assert_eq!(error.map(|error| error.code()), Some(ErrorCode::DataLoss));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_service_without_checksums_is_asked_for_none() -> Checked {
    let refusal = "<Error><Code>FeatureNotSupported</Code><Message>No.</Message></Error>";
    let server = Lively::start(move |_, asked| match asked.header("x-ms-content-crc64") {
        "" => Answer::new("201 Created", "ETag: \"one\"\r\n", ""),
        _ => Answer::new("500 Internal Server Error", "", refusal),
    })?;
    let store = BlobStore::open(&server.azure(""))?;
    for _ in 0..2 {
        store.put("a", DIGITS, PutOptions::default()).await?;
    }
    let told: Vec<_> =
        server.seen.asked().iter().map(|asked| asked.header("x-ms-content-crc64").len()).collect();
    assert_eq!(told, [CRC64_AZURE.len(), 0, 0]);
    assert!(server.seen.asked().iter().all(|asked| asked.body == DIGITS), "another body");
    Ok(())
}

/// A body whose mark is in the middle.
fn marked(size: usize) -> Bytes {
    let mut body: Vec<u8> = (0..size).map(|at| (at % 250) as u8).collect();
    body[size / 2..size / 2 + MARK.len()].copy_from_slice(MARK);
    body.into()
}

/// A place at a server, by a way on which bytes change.
fn place(server: &Server, parameters: &str) -> Checked<(Flipping, BlobStore)> {
    let url = server.new_place()?;
    let flipping = Flipping::start(port(&url).ok_or("a URL without a port")?)?;
    let url = flipping.of(&url).ok_or("a URL without a host")?;
    let store = BlobStore::open(&format!("{url}{parameters}"))?;
    Ok((flipping, store))
}

/// What is put while bytes change is refused, and put again; what is read is read again.
async fn round_trip(flipping: &Flipping, store: &BlobStore, size: usize, up: bool) -> Checked {
    let body = marked(size);
    if up {
        flipping.flip(1, 0);
        let mut writer = store.writer("a", PutOptions::default()).await?;
        writer.write(body.clone()).await?;
        writer.finish().await?;
        assert_eq!(flipping.left().0, 0, "nothing was changed");
        flipping.flip(usize::MAX, 0);
        let put = store.put("b", body.slice(size / 2..), PutOptions::default()).await;
        let error = put.err().ok_or("it was put")?;
        assert_eq!((error.code(), error.effect()), (ErrorCode::DataLoss, Effect::None), "{error}");
    }
    flipping.flip(0, 0);
    let mut writer = store.writer("a", PutOptions::default()).await?;
    writer.write(body.clone()).await?;
    writer.finish().await?;
    flipping.flip(0, 1);
    assert!(store.get("a", GetOptions::default()).await?.bytes == body, "other bytes");
    assert_eq!(flipping.left().1, 0, "nothing was changed");
    flipping.flip(0, 1);
    let filled = store.get_into("a", vec![0; size], GetOptions::default()).await?;
    assert!(filled.buffer == body, "other bytes");
    flipping.flip(0, usize::MAX);
    let error = store.get("a", GetOptions::default()).await.err().ok_or("wrong bytes")?;
    assert_eq!((error.code(), error.attempts()), (ErrorCode::DataLoss, 2), "{error}");
    let (all, error) = read(store).await?;
    assert!(all.len() == size, "{} bytes", all.len());
    assert_eq!(error.map(|error| error.code()), Some(ErrorCode::DataLoss));
    Ok(())
}

#[tokio::test]
async fn seaweedfs_refuses_what_changed_and_tells_what_is_right() -> Checked {
    let server = Server::start(Kind::SeaweedFs)?;
    let parts = format!("&part_size={PART}");
    let ranges = "&parallel_ranges=3&range_size=65536".to_owned();
    for (parameters, size) in [("".to_owned(), 10_000), (parts, 2 * PART + 7), (ranges, 200_000)] {
        let (flipping, store) = place(&server, &parameters)?;
        round_trip(&flipping, &store, size, true).await?;
    }
    // The checksum is signed, and what it says of the bytes is looked at as well.
    let (flipping, store) = place(&server, "&sign_payload=false")?;
    round_trip(&flipping, &store, 10_000, true).await?;
    // Without checksums nobody sees it: it is they that do.
    let (flipping, store) = place(&server, "&checksums=false")?;
    store.put("a", marked(100), PutOptions::default()).await?;
    flipping.flip(0, 1);
    assert!(store.get("a", GetOptions::default()).await?.bytes != marked(100));
    Ok(())
}

#[tokio::test]
async fn azurite_keeps_a_digest_of_each_blob() -> Checked {
    let server = Server::start(Kind::Azurite)?;
    for (parameters, size) in [("", 10_000), ("&part_size=5242880", 2 * PART + 7)] {
        let (flipping, store) = place(&server, &format!("&checksums=all{parameters}"))?;
        round_trip(&flipping, &store, size, false).await?;
    }
    Ok(())
}
