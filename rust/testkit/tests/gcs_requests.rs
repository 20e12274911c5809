//! What a store in Google Cloud Storage sends, and what it makes of answers that are rare.

use bytes::Bytes;
use tombolo::blob::{
    BlobStore, BlobWriter, CopyOptions, GetOptions, HeadOptions, ListOptions, PutCondition,
    PutOptions,
};
use tombolo::{Error, ErrorCode, ErrorKind};
use tombolo_testkit::servers::{Asked, Scripted};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const GENERATION: &str = "1700000000000001";
const OTHER: &str = "1700000000000002";
const PART: usize = 5 << 20;

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n");
    format!("{head}{headers}\r\n{body}").into_bytes()
}

/// The answer to a read of two bytes; without them to a `HEAD`.
fn object(asked: &Asked) -> Vec<u8> {
    let date = "Last-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n";
    let headers = format!("{date}ETag: \"md5\"\r\nx-goog-generation: {GENERATION}\r\n");
    let whole = answer("200 OK", &headers, "ab");
    let end = whole.len() - if asked.line.starts_with("HEAD") { 2 } else { 0 };
    whole.get(..end).unwrap_or_default().to_vec()
}

fn store(server: &Scripted) -> Checked<BlobStore> {
    let port = server.port();
    let url =
        format!("gs://b?endpoint=http://127.0.0.1:{port}&token=t&part_size={PART}&max_attempts=3");
    Ok(BlobStore::open(&url)?)
}

fn lines(server: &Scripted) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.line).collect()
}

#[tokio::test]
async fn who_wants_another_version_looks_first() -> Checked {
    let unlike = |etag: &str| GetOptions { if_none_match: Some(etag.into()), ..Default::default() };
    for (etag, wanted) in [(GENERATION, vec!["HEAD /b/a"]), (OTHER, vec!["HEAD /b/a", "GET /b/a"])]
    {
        let server = Scripted::start(Box::new(|_, asked| object(asked)))?;
        let got = store(&server)?.get("a", unlike(etag)).await;
        assert_eq!(lines(&server), wanted);
        match got {
            Ok(got) => {
                assert_eq!((got.bytes.as_ref(), got.meta.etag.as_str()), (&b"ab"[..], GENERATION))
            }
            Err(error) => assert_eq!((error.kind(), etag), (ErrorKind::NotModified, GENERATION)),
        }
        let asked = server.asked();
        assert!(asked.iter().all(|asked| asked.header("if-none-match").is_empty()), "{asked:?}");
        assert!(asked.iter().all(|asked| asked.header("accept-encoding") == "gzip"), "{asked:?}");
        assert!(asked.iter().all(|asked| asked.header("authorization") == "Bearer t"), "{asked:?}");
    }
    let server = Scripted::start(Box::new(|_, asked| object(asked)))?;
    let options = HeadOptions { if_none_match: Some(OTHER.into()), ..HeadOptions::default() };
    store(&server)?.head("a", options).await?;
    assert_eq!(lines(&server), ["HEAD /b/a"], "the look is the answer");
    Ok(())
}

#[tokio::test]
async fn an_etag_of_another_service_never_means_that_there_is_no_object() -> Checked {
    for etag in ["0", "md5", "-1"] {
        let server = Scripted::start(Box::new(|_, _| answer("412 -", "", "")))?;
        let condition = PutCondition::IfMatch(etag.into());
        let options = PutOptions { condition, ..PutOptions::default() };
        let put = store(&server)?.put("a", Bytes::new(), options).await;
        assert_eq!(put.err().map(|error| error.kind()), Some(ErrorKind::ConditionNotMet));
        assert_eq!(server.asked()[0].header("x-goog-if-generation-match"), "1");
    }
    Ok(())
}

/// Begins an upload, and then answers as `parts` says.
fn session(
    parts: impl Fn(usize, &Asked) -> Vec<u8> + Send + Sync + 'static,
) -> Checked<(Scripted, BlobStore)> {
    let server = Scripted::start(Box::new(move |before, asked| match before {
        // Another host than the one that was asked: the token must not go there.
        0 => answer("200 OK", "Location: http://elsewhere.test/upload/x?upload_id=s3ss10n\r\n", ""),
        _ => parts(before, asked),
    }))?;
    let store = store(&server)?;
    Ok((server, store))
}

fn kept(end: usize) -> Vec<u8> {
    let range = if end == 0 { String::new() } else { format!("Range: bytes=0-{}\r\n", end - 1) };
    answer("200 OK", &format!("X-HTTP-Status-Code-Override: 308\r\n{range}"), "")
}

fn made() -> Vec<u8> {
    answer("200 OK", "", &format!("{{\"generation\": \"{GENERATION}\"}}"))
}

async fn write(store: &BlobStore, size: usize) -> Result<String, Error> {
    let mut writer: BlobWriter = store.writer("a", PutOptions::default()).await?;
    writer.write(vec![7; size].into()).await?;
    Ok(writer.finish().await?.etag)
}

fn ranges(server: &Scripted) -> Vec<String> {
    let parts = server.asked().into_iter().skip(1);
    parts.map(|asked| asked.header("content-range").to_owned()).collect()
}

#[tokio::test]
async fn a_part_whose_answer_is_lost_is_sent_again() -> Checked {
    let (server, store) = session(|before, _| match before {
        1 => Vec::new(),
        2 => kept(PART),
        3 => answer("503 -", "Retry-After: 0\r\n", ""),
        _ => made(),
    })?;
    assert_eq!(write(&store, PART + 3).await?, GENERATION);
    let first = format!("bytes 0-{}/*", PART - 1);
    let last = format!("bytes {PART}-{}/{}", PART + 2, PART + 3);
    assert_eq!(ranges(&server), [&first, &first, &last, &last].map(String::as_str));
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /upload/storage/v1/b/b/o?uploadType=resumable&name=a");
    assert!(asked[1..].iter().all(|asked| asked.line == "PUT /upload/x?upload_id=s3ss10n"));
    Ok(())
}

#[tokio::test]
async fn what_a_session_has_not_kept_is_sent_again_and_nothing_else() -> Checked {
    let (server, store) = session(|before, _| match before {
        1 => kept(0),
        2 => kept(1 << 20),
        3 => kept(PART),
        _ => made(),
    })?;
    assert_eq!(write(&store, PART).await?, GENERATION);
    let all = format!("bytes 0-{}/*", PART - 1);
    let rest = format!("bytes {}-{}/*", 1 << 20, PART - 1);
    assert_eq!(
        ranges(&server),
        [&all, &all, &rest, &format!("bytes */{PART}")].map(String::as_str)
    );
    assert_eq!(server.asked()[3].body.len(), PART - (1 << 20));
    Ok(())
}

#[tokio::test]
async fn a_session_that_is_gone_or_keeps_nothing_is_aborted() -> Checked {
    let gone = || answer("410 Gone", "", "");
    let (server, store) = session(move |_, _| gone())?;
    let error = write(&store, PART).await.err().ok_or("it was written")?;
    assert_eq!((error.code(), error.service_status()), (ErrorCode::Aborted, 410), "{error}");
    assert!(error.retryable() && !format!("{error:?}").contains("s3ss10n"), "{error:?}");
    drop(server);
    let (server, store) = session(|_, _| kept(0))?;
    let error = write(&store, PART).await.err().ok_or("it was written")?;
    assert_eq!((error.code(), ranges(&server).len()), (ErrorCode::Aborted, 3), "{error}");
    // It has lost what it had.
    let (_server, store) = session(|before, _| kept(if before == 1 { PART } else { 9 }))?;
    let error = write(&store, 2 * PART).await.err().ok_or("it was written")?;
    assert_eq!(error.code(), ErrorCode::Aborted, "{error}");
    Ok(())
}

#[tokio::test]
async fn a_copy_goes_on_as_long_as_the_service_does() -> Checked {
    let server = Scripted::start(Box::new(|before, _| match before {
        0 => answer("200 OK", "", r#"{"done": false, "rewriteToken": "a+b/c="}"#),
        _ => {
            let object = format!(r#"{{"done": true, "resource": {{"generation": "{OTHER}"}}}}"#);
            answer("200 OK", "", &object)
        }
    }))?;
    let copied = store(&server)?.copy("a/1", "b 2", CopyOptions { if_absent: true }).await?;
    assert_eq!(copied.etag, OTHER);
    let first = "POST /storage/v1/b/b/o/a%2F1/rewriteTo/b/b/o/b%202\
                 ?fields=done,rewriteToken,resource/generation&ifGenerationMatch=0";
    assert_eq!(lines(&server), [first, &format!("{first}&rewriteToken=a%2Bb%2Fc%3D")]);
    Ok(())
}

#[tokio::test]
async fn a_copy_that_stays_where_it_is_ends() -> Checked {
    let server = Scripted::start(Box::new(|_, _| {
        answer("200 OK", "", r#"{"done": false, "rewriteToken": "a"}"#)
    }))?;
    let copied = store(&server)?.copy("a", "b", CopyOptions::default()).await;
    assert_eq!(copied.err().map(|error| error.code()), Some(ErrorCode::Internal));
    assert_eq!(server.asked().len(), 2);
    Ok(())
}

#[tokio::test]
async fn answers_of_both_interfaces_keep_their_meaning() -> Checked {
    let bucket = r#"{"error": {"code": 404, "message": "The specified bucket does not exist.",
        "errors": [{"message": "m", "domain": "global", "reason": "notFound"}]}}"#;
    let xml = "<Error><Code>NoSuchBucket</Code><Message>None.</Message></Error>";
    let server = Scripted::start(Box::new(move |before, _| {
        answer("404 -", "X-GUploader-UploadID: id-7\r\n", if before == 0 { bucket } else { xml })
    }))?;
    let store = store(&server)?;
    let listed = store.list(ListOptions::default())?.next_page().await.err();
    let put = store.put("a", Bytes::new(), PutOptions::default()).await.err();
    for error in [listed, put] {
        let error = error.ok_or("there was a bucket")?;
        assert_eq!((error.code(), error.request_id()), (ErrorCode::FailedPrecondition, "id-7"));
        assert!(error.message().contains("NoSuchBucket"), "{error}");
    }
    Ok(())
}
