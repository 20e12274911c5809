//! Writes that meet their own earlier success, or what may be that.

mod scripts;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use scripts::{Checked, LONG_AGO, answer, azure, lines, lost, metrics, s3};
use tombolo::blob::{
    BlobStore, DeleteOptions, GetOptions, HeadOptions, PutCondition, PutOptions, PutResult,
};
use tombolo::{Effect, Error, ErrorCode, ErrorKind, Result};
use tombolo_testkit::servers::{Asked, Scripted};

const NOW: &str = "Tue, 13 Oct 2009 12:00:00 GMT";

fn if_absent() -> PutOptions {
    PutOptions { condition: PutCondition::IfAbsent, ..PutOptions::default() }
}

fn if_match(etag: &str) -> PutOptions {
    PutOptions { condition: PutCondition::IfMatch(etag.to_owned()), ..PutOptions::default() }
}

/// What a look says of the object that was written with `id`.
fn found(prefix: &str, id: &str, modified: &str) -> Vec<u8> {
    let headers = format!(
        "Date: {NOW}\r\nLast-Modified: {modified}\r\nETag: \"new\"\r\n{prefix}tombolowrite: {id}\r\n"
    );
    answer("200 OK", &headers, b"")
}

fn refused(status: &str, code: &str) -> Vec<u8> {
    let body = format!("<Error><Code>{code}</Code><Message>No.</Message></Error>");
    answer(status, "", body.as_bytes())
}

/// A server that carries the first request out without an answer, and refuses the next one. A look
/// answers with what `look` makes of the identifier of the write.
fn forgetful(
    prefix: &'static str,
    refusal: Vec<u8>,
    look: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> Checked<Scripted> {
    let id = Arc::new(Mutex::new(String::new()));
    Ok(Scripted::start(Box::new(move |before, asked: &Asked| {
        let Ok(mut id) = id.lock() else { return lost() };
        match before {
            0 => {
                asked.header(&format!("{prefix}tombolowrite")).clone_into(&mut id);
                lost()
            }
            _ if asked.line.starts_with("HEAD") => look(&id),
            _ => refusal.clone(),
        }
    }))?)
}

async fn put(store: &BlobStore, options: PutOptions) -> Result<PutResult> {
    store.put("a", Bytes::from_static(b"x"), options).await
}

#[tokio::test]
async fn an_own_success_is_success() -> Checked {
    let refusals =
        [("412 Precondition Failed", "PreconditionFailed"), ("409 Conflict", "BlobAlreadyExists")];
    for (status, code) in refusals {
        for options in [if_absent(), if_match("old")] {
            for is_azure in [true, false] {
                let prefix = if is_azure { "x-ms-meta-" } else { "x-amz-meta-" };
                let look = move |id: &str| found(prefix, id, NOW);
                let server = forgetful(prefix, refused(status, code), look)?;
                let store = if is_azure { azure(&server, "")? } else { s3(&server, "")? };
                assert_eq!(put(&store, options.clone()).await?.etag, "new");
                let lines = lines(&server);
                assert_eq!(lines, ["PUT /b/a", "PUT /b/a", "HEAD /b/a"]);
                let asked = server.asked();
                let id = asked[0].header(&format!("{prefix}tombolowrite"));
                assert_eq!((id.len(), id), (32, asked[1].header(&format!("{prefix}tombolowrite"))));
                assert_eq!(metrics(&server)?.recognised, 1);
            }
        }
    }
    Ok(())
}

fn error<T>(result: Result<T>) -> Checked<Error> {
    Ok(result.err().ok_or("it worked")?)
}

#[tokio::test]
async fn what_others_have_written_since_leaves_it_unknown() -> Checked {
    let looks: [fn(&str) -> Vec<u8>; 3] = [
        |_| found("x-amz-meta-", "of-another", NOW),
        |_| answer("404 Not Found", "", b""),
        |_| answer("403 Forbidden", "", b""),
    ];
    for look in looks {
        let server = forgetful("x-amz-meta-", refused("412 Precondition Failed", ""), look)?;
        let error = error(put(&s3(&server, "")?, if_absent()).await)?;
        assert_eq!((error.code(), error.effect()), (ErrorCode::Aborted, Effect::Unknown));
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::General, false), "{error}");
        assert_eq!((error.attempts(), error.service_status()), (2, 412));
    }
    Ok(())
}

#[tokio::test]
async fn what_others_had_written_before_is_known_to_be_theirs() -> Checked {
    let look = |_: &str| found("x-amz-meta-", "of-another", LONG_AGO);
    let server = forgetful("x-amz-meta-", refused("412 Precondition Failed", ""), look)?;
    let error = error(put(&s3(&server, "")?, if_absent()).await)?;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::ConditionNotMet, Effect::None));
    Ok(())
}

#[tokio::test]
async fn a_refusal_of_the_first_attempt_is_not_looked_into() -> Checked {
    let server = Scripted::start(Box::new(|_, _| refused("412 Precondition Failed", "")))?;
    let error = error(put(&s3(&server, "")?, if_match("old")).await)?;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::ConditionNotMet, Effect::None));
    assert_eq!(lines(&server), ["PUT /b/a"]);
    Ok(())
}

#[tokio::test]
async fn a_conflict_with_an_earlier_attempt_is_waited_for() -> Checked {
    let conflict = refused("409 Conflict", "ConditionalRequestConflict");
    let server = Scripted::start(Box::new(move |before, asked| match (before, &asked.line) {
        (0, _) => answer("500 Internal Server Error", "", b""),
        (1, _) => conflict.clone(),
        _ => answer("200 OK", "ETag: \"e\"\r\n", b""),
    }))?;
    assert_eq!(put(&s3(&server, "")?, if_absent()).await?.etag, "e");
    assert_eq!(server.asked().len(), 3);
    Ok(())
}

#[tokio::test]
async fn without_an_identifier_a_write_is_sent_once() -> Checked {
    let full = "x".repeat(2040);
    let no_room = PutOptions { metadata: [("n".to_owned(), full)].into(), ..if_absent() };
    for (more, options) in [("&write_ids=false", if_absent()), ("", no_room)] {
        let server = Scripted::start(Box::new(|_, _| lost()))?;
        let error = error(put(&s3(&server, more)?, options).await)?;
        assert_eq!((error.code(), error.effect()), (ErrorCode::Unavailable, Effect::Unknown));
        assert_eq!((server.asked().len(), error.attempts()), (1, 1));
        assert_eq!(server.asked()[0].header("x-amz-meta-tombolowrite"), "");
    }
    Ok(())
}

#[tokio::test]
async fn identifiers_are_not_seen_and_not_taken() -> Checked {
    let server = Scripted::start(Box::new(|_, _| {
        let headers = format!(
            "Last-Modified: {NOW}\r\nETag: \"e\"\r\nx-amz-meta-tombolowrite: 1\r\n\
             x-amz-meta-mine: 2\r\n"
        );
        answer("200 OK", &headers, b"")
    }))?;
    let store = s3(&server, "")?;
    for meta in [
        store.head("a", HeadOptions::default()).await?,
        store.get("a", GetOptions::default()).await?.meta,
    ] {
        assert_eq!(meta.metadata, [("mine".to_owned(), "2".to_owned())].into());
    }
    put(&store, PutOptions::default()).await?;
    assert_eq!(server.asked()[2].header("x-amz-meta-tombolowrite"), "", "it has no condition");
    let metadata = [("tombolowrite".to_owned(), "1".to_owned())].into();
    let error = error(put(&store, PutOptions { metadata, ..PutOptions::default() }).await)?;
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    Ok(())
}

/// Writes six MiB, which are two parts.
async fn upload(store: &BlobStore, options: PutOptions) -> Result<PutResult> {
    let mut writer = store.writer("a", options).await?;
    writer.write(Bytes::from(vec![b'x'; 6 << 20])).await?;
    writer.finish().await
}

#[tokio::test]
async fn the_end_of_an_upload_is_recognised() -> Checked {
    // No answer at all, and one that breaks off.
    for half in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n<Comp"] {
        for options in [if_absent(), PutOptions::default()] {
            let id = Mutex::new(String::new());
            let server = Scripted::start(Box::new(move |before, asked| {
                let Ok(mut id) = id.lock() else { return lost() };
                if asked.line.ends_with("?uploads=") {
                    asked.header("x-amz-meta-tombolowrite").clone_into(&mut id);
                    let begun = b"<InitiateMultipartUploadResult><UploadId>u</UploadId>\
                                  </InitiateMultipartUploadResult>";
                    return answer("200 OK", "", begun);
                }
                match asked.line.split(' ').next() {
                    Some("PUT") => answer("200 OK", "ETag: \"p\"\r\n", b""),
                    Some("HEAD") => found("x-amz-meta-", &id, NOW),
                    _ if before == 3 => half.to_vec(),
                    _ => refused("404 Not Found", "NoSuchUpload"),
                }
            }))?;
            let put = upload(&s3(&server, "&part_size=5242880")?, options).await?;
            let lines = lines(&server);
            assert_eq!(put.etag, "new", "{lines:?}");
            assert_eq!(lines.last().map(String::as_str), Some("HEAD /b/a"), "{lines:?}");
            assert_eq!(metrics(&server)?.recognised, 1);
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_upload_that_others_have_ended_is_not_taken_for_ours() -> Checked {
    let server = Scripted::start(Box::new(move |before, asked| {
        if asked.line.ends_with("?uploads=") {
            return answer("200 OK", "", b"<R><UploadId>u</UploadId></R>");
        }
        match asked.line.split(' ').next() {
            Some("PUT") => answer("200 OK", "ETag: \"p\"\r\n", b""),
            Some("HEAD") => found("x-amz-meta-", "of-another", NOW),
            _ if before == 3 => lost(),
            _ => refused("404 Not Found", "NoSuchUpload"),
        }
    }))?;
    let error = error(upload(&s3(&server, "&part_size=5242880")?, if_absent()).await)?;
    assert_eq!((error.code(), error.effect()), (ErrorCode::Aborted, Effect::Unknown), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_list_of_blocks_is_recognised() -> Checked {
    let id = Mutex::new(String::new());
    let server = Scripted::start(Box::new(move |_, asked| {
        let Ok(mut id) = id.lock() else { return lost() };
        if asked.line.contains("comp=blocklist") {
            if id.is_empty() {
                asked.header("x-ms-meta-tombolowrite").clone_into(&mut id);
                return lost();
            }
            return refused("409 Conflict", "BlobAlreadyExists");
        }
        match asked.line.split(' ').next() {
            Some("HEAD") => found("x-ms-meta-", &id, NOW),
            _ => answer("201 Created", "", b""),
        }
    }))?;
    let put = upload(&azure(&server, "&part_size=5242880")?, if_absent()).await?;
    assert_eq!((put.etag.as_str(), metrics(&server)?.recognised), ("new", 1));
    Ok(())
}

#[tokio::test]
async fn a_conditional_delete_is_tried_again_and_may_stay_unknown() -> Checked {
    let delete = || DeleteOptions { if_match: Some("e".to_owned()) };
    let server = Scripted::start(Box::new(|before, _| match before {
        0 => lost(),
        _ => answer("202 Accepted", "", b""),
    }))?;
    azure(&server, "")?.delete("a", delete()).await?;
    assert_eq!(lines(&server), ["DELETE /b/a", "DELETE /b/a"]);
    let refusals =
        [("404 Not Found", "BlobNotFound"), ("412 Precondition Failed", "ConditionNotMet")];
    for (status, code) in refusals {
        for first_is_lost in [true, false] {
            let server = Scripted::start(Box::new(move |before, _| match before {
                0 if first_is_lost => lost(),
                _ => refused(status, code),
            }))?;
            let error = error(azure(&server, "")?.delete("a", delete()).await)?;
            let expected = match first_is_lost {
                true => (ErrorCode::Aborted, Effect::Unknown),
                false => (ErrorCode::FailedPrecondition, Effect::None),
            };
            assert_eq!((error.code(), error.effect()), expected, "{status}: {error}");
        }
    }
    Ok(())
}
