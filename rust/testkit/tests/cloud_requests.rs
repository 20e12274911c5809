//! What a store in a cloud sends, and what it makes of answers that no honest server gives.

use std::io::{Read, Write};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use tokio::sync::mpsc;
use tombolo::blob::{BlobReader, BlobStore, DeleteOptions, GetOptions, PutOptions};
use tombolo::{Effect, Error, ErrorCode};
use tombolo_testkit::servers::{Asked, Scripted};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const DATE: &str = "Last-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n";

/// An answer of `status` with these headers, of which `body` is as much as is sent.
fn answer(status: &str, headers: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The rest of `all` from the offset that a request wants, broken off after `sent` bytes.
fn part(asked: &Asked, all: &[u8], etag: &str, sent: usize) -> Vec<u8> {
    let range = asked.header("range").trim_start_matches("bytes=");
    let start: usize = range.split('-').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let rest = all.get(start..).unwrap_or_default();
    let status = if range.is_empty() { "200 OK" } else { "206 Partial Content" };
    let range = format!("Content-Range: bytes {start}-{}/{}\r\n", all.len() - 1, all.len());
    let headers = format!("{range}ETag: \"{etag}\"\r\n{DATE}");
    answer(status, &headers, rest.len(), rest.get(..sent).unwrap_or(rest))
}

fn store(server: &Scripted) -> Checked<BlobStore> {
    let url = format!("s3://b?endpoint=http://127.0.0.1:{}&credentials=anonymous", server.port());
    Ok(BlobStore::open(&url)?)
}

async fn rest(reader: BlobReader) -> Result<Vec<u8>, Error> {
    reader
        .chunks
        .try_fold(Vec::new(), |all, piece| async move { Ok([all, piece.to_vec()].concat()) })
        .await
}

fn digits() -> Vec<u8> {
    b"0123456789".repeat(20_000)
}

#[tokio::test]
async fn a_reader_goes_on_at_the_byte_where_the_connection_broke() -> Checked {
    let server = Scripted::start(Box::new(|_, asked| part(asked, &digits(), "one", 70_001)))?;
    let reader = store(&server)?.reader("a", GetOptions::default()).await?;
    assert_eq!(reader.range, 0..200_000);
    assert!(rest(reader).await? == digits(), "other bytes");
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].line, "GET /b/a");
    for (asked, range) in asked[1..].iter().zip(["bytes=70001-199999", "bytes=140002-199999"]) {
        assert_eq!((asked.header("range"), asked.header("if-match")), (range, "\"one\""));
    }
    Ok(())
}

#[tokio::test]
async fn a_get_goes_on_as_well() -> Checked {
    let server = Scripted::start(Box::new(|_, asked| part(asked, &digits(), "one", 70_001)))?;
    let range = tombolo::blob::ByteRange::From { offset: 5, length: None };
    let object = store(&server)?.get("a", GetOptions { range, ..GetOptions::default() }).await?;
    assert!(object.bytes == digits()[5..], "other bytes");
    Ok(())
}

#[tokio::test]
async fn a_reader_never_mixes_two_versions() -> Checked {
    // The second answer is honest about the condition, or ignores it.
    for honest in [true, false] {
        let server = Scripted::start(Box::new(move |before, asked| match before {
            0 => part(asked, &digits(), "one", 70_001),
            _ if honest => answer("412 Precondition Failed", "", 0, b""),
            _ => part(asked, &digits(), "two", usize::MAX),
        }))?;
        let reader = store(&server)?.reader("a", GetOptions::default()).await?;
        let error = rest(reader).await.err().ok_or("two versions were mixed")?;
        assert_eq!((error.code(), error.operation()), (ErrorCode::Aborted, "read"), "{error}");
        assert!(error.retryable(), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_that_gets_nothing_more_gives_up() -> Checked {
    let server = Scripted::start(Box::new(|before, asked| {
        part(asked, &digits(), "one", if before == 0 { 9 } else { 0 })
    }))?;
    let reader = store(&server)?.reader("a", GetOptions::default()).await?;
    let error = rest(reader).await.err().ok_or("it came to an end")?;
    assert_eq!((error.code(), server.asked().len()), (ErrorCode::Unavailable, 4), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_part_that_was_not_asked_for_is_refused() -> Checked {
    let server = Scripted::start(Box::new(|_, _| {
        let headers = format!("ETag: \"e\"\r\n{DATE}Content-Range: bytes 1-3/10\r\n");
        answer("206 Partial Content", &headers, 3, b"123")
    }))?;
    let range = tombolo::blob::ByteRange::From { offset: 2, length: Some(3) };
    let got = store(&server)?.get("a", GetOptions { range, ..GetOptions::default() }).await;
    assert_eq!(got.err().map(|error| error.code()), Some(ErrorCode::Internal));
    Ok(())
}

#[tokio::test]
async fn a_read_is_sent_again_where_that_can_help() -> Checked {
    let server = Scripted::start(Box::new(|before, asked| match before {
        0 => answer("503 Slow Down", "Retry-After: 0\r\n", 0, b""),
        1 => b"HTTP/1.1 200".to_vec(),
        _ => part(asked, b"0123", "e", 4),
    }))?;
    let got = store(&server)?.get("a", GetOptions::default()).await?;
    assert_eq!((got.bytes, server.asked().len()), (Bytes::from_static(b"0123"), 3));
    Ok(())
}

#[tokio::test]
async fn attempts_have_an_end_and_are_told() -> Checked {
    let body = b"<Error><Code>InternalError</Code><Message>No.</Message></Error>";
    let server = Scripted::start(Box::new(move |_, _| {
        let headers = "Retry-After: 0\r\nx-amz-request-id: r-7\r\n";
        answer("500 Internal Server Error", headers, body.len(), body)
    }))?;
    let error = store(&server)?.get("a", GetOptions::default()).await.err().ok_or("it worked")?;
    assert_eq!((error.attempts(), server.asked().len()), (4, 4));
    assert_eq!((error.service_status(), error.request_id()), (500, "r-7"));
    assert_eq!((error.code(), error.effect()), (ErrorCode::Unavailable, Effect::None));
    assert!(error.message().contains("500 InternalError: No."), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_store_may_be_told_to_try_once() -> Checked {
    let server = Scripted::start(Box::new(|_, _| answer("503 Slow Down", "", 0, b"")))?;
    let port = server.port();
    let url =
        format!("s3://b?endpoint=http://127.0.0.1:{port}&credentials=anonymous&max_attempts=1");
    let got = BlobStore::open(&url)?.get("a", GetOptions::default()).await;
    let error = got.err().ok_or("it worked")?;
    assert_eq!((error.attempts(), server.asked().len(), error.retryable()), (1, 1, true));
    Ok(())
}

#[tokio::test]
async fn a_write_is_not_sent_again_where_it_may_have_had_its_effect() -> Checked {
    for broken in [b"".to_vec(), answer("500 Internal Server Error", "", 0, b"")] {
        let server = Scripted::start(Box::new(move |_, _| broken.clone()))?;
        let put = store(&server)?.put("a", Bytes::from_static(b"x"), PutOptions::default()).await;
        let error = put.err().ok_or("it worked")?;
        assert_eq!((error.effect(), server.asked().len()), (Effect::Unknown, 1), "{error}");
        assert!(error.retryable(), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_write_that_was_put_off_is_sent_again_and_a_delete_always() -> Checked {
    // In the service's words; without them it would be a gateway's, which knows nothing.
    let busy = b"<Error><Code>SlowDown</Code></Error>";
    let server = Scripted::start(Box::new(|before, _| match before {
        0 => answer("503 Slow Down", "Retry-After: 0\r\n", busy.len(), busy),
        1 => answer("200 OK", "ETag: \"e\"\r\n", 0, b""),
        2 => answer("500 Internal Server Error", "Retry-After: 0\r\n", 0, b""),
        _ => answer("204 No Content", "", 0, b""),
    }))?;
    let store = store(&server)?;
    let put = store.put("a", Bytes::from_static(b"x"), PutOptions::default()).await?;
    assert_eq!(put.etag, "e");
    store.delete("a", DeleteOptions::default()).await?;
    let lines: Vec<_> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["PUT /b/a", "PUT /b/a", "DELETE /b/a", "DELETE /b/a"]);
    Ok(())
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_unavailable_without_effect() -> Checked {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let url = format!("s3://b?endpoint=http://127.0.0.1:{port}&credentials=anonymous");
    let put = BlobStore::open(&url)?.put("a", Bytes::new(), PutOptions::default()).await;
    let error = put.err().ok_or("it worked")?;
    assert_eq!((error.code(), error.effect()), (ErrorCode::Unavailable, Effect::None), "{error}");
    assert_eq!(error.attempts(), 4);
    Ok(())
}

/// Answers with a part of a body and no more. Tells when it has, and when the client has gone.
fn stalling() -> Checked<(u16, mpsc::Receiver<&'static str>)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let (sender, told) = mpsc::channel(2);
    std::thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        let mut asked = [0; 4096];
        let _ = stream.read(&mut asked)?;
        stream.write_all(&answer("200 OK", &format!("ETag: \"e\"\r\n{DATE}"), 1000, b"0123"))?;
        // Nobody listens any more where the test has failed.
        let _ = sender.blocking_send("answered");
        while stream.read(&mut asked).is_ok_and(|size| size > 0) {}
        let _ = sender.blocking_send("gone");
        Ok(())
    });
    Ok((port, told))
}

/// The next word of the server; it comes at once, unless the connection is left open.
async fn next(told: &mut mpsc::Receiver<&'static str>) -> Checked<&'static str> {
    let word = tokio::time::timeout(Duration::from_secs(60), told.recv()).await?;
    Ok(word.ok_or("the server has ended")?)
}

#[tokio::test]
async fn who_drops_a_reader_ends_its_connection() -> Checked {
    let (port, mut told) = stalling()?;
    let url = format!("s3://b?endpoint=http://127.0.0.1:{port}&credentials=anonymous");
    let store = BlobStore::open(&url)?;
    let mut reader = store.reader("a", GetOptions::default()).await?;
    assert_eq!(reader.chunks.try_next().await?, Some(Bytes::from_static(b"0123")));
    assert_eq!(next(&mut told).await?, "answered");
    assert!(told.try_recv().is_err(), "the connection was closed before");
    drop(reader);
    assert_eq!(next(&mut told).await?, "gone");
    drop(store);
    Ok(())
}

#[tokio::test]
async fn who_drops_a_get_ends_its_connection() -> Checked {
    let (port, mut told) = stalling()?;
    let url = format!("s3://b?endpoint=http://127.0.0.1:{port}&credentials=anonymous");
    let store = BlobStore::open(&url)?;
    tokio::select! {
        got = store.get("a", GetOptions::default()) => panic!("half an object is one: {got:?}"),
        word = next(&mut told) => assert_eq!(word?, "answered"),
    }
    assert_eq!(next(&mut told).await?, "gone");
    drop(store);
    Ok(())
}

#[tokio::test]
async fn who_asks_is_told_to_the_service() -> Checked {
    let server = Scripted::start(Box::new(|_, asked| part(asked, b"x", "e", 1)))?;
    let port = server.port();
    let url =
        format!("s3://b?endpoint=http://127.0.0.1:{port}&credentials=anonymous&user_agent=me");
    BlobStore::open(&url)?.get("a", GetOptions::default()).await?;
    store(&server)?.get("a", GetOptions::default()).await?;
    // By way of a proxy the whole URL is asked for.
    let url = format!(
        "s3://b?endpoint=http://s3.test&credentials=anonymous&proxy=http://127.0.0.1:{port}"
    );
    BlobStore::open(&url)?.get("a", GetOptions::default()).await?;
    let asked = server.asked();
    assert_eq!(asked[0].header("user-agent"), "me");
    assert!(asked[1].header("user-agent").starts_with("tombolo/"), "{asked:?}");
    assert_eq!(asked[2].line, "GET http://s3.test/b/a");
    Ok(())
}
