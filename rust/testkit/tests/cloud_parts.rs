//! Parts of a large object on their way to a service, several at once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod lively;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lively::{Answer, Asked, Gate, Lively, PATIENCE, until};
use tombolo::blob::{BlobStore, BlobWriter, PutCondition, PutOptions};
use tombolo::{Effect, ErrorCode};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// As small as S3 allows.
const PART: usize = 5 << 20;
const ETAG: &str = "ETag: \"whole\"\r\n";
const DONE: &str = "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag>\
                    </CompleteMultipartUploadResult>";
const BEGUN: &str = "<R><UploadId>u-1</UploadId></R>";

/// The answer to what is not a part.
fn other(asked: &Asked) -> Answer {
    match asked.line.split_once(' ') {
        Some(("POST", target)) if target.ends_with("uploads=") => Answer::new("200 OK", "", BEGUN),
        Some(("POST", _)) => Answer::new("200 OK", "", DONE),
        Some(("DELETE", _)) => Answer::new("204 No Content", "", ""),
        _ => Answer::new("201 Created", ETAG, ""),
    }
}

/// The number of the part that a request has, from 0 on, or `None`.
fn number(asked: &Asked) -> Option<usize> {
    if !asked.line.starts_with("PUT ") {
        return None;
    }
    match asked.parameter("blockid") {
        "" => asked.parameter("partNumber").parse::<usize>().ok().map(|number| number - 1),
        block => {
            let block = block.replace("%3D", "=");
            let name = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, block);
            String::from_utf8(name.ok()?).ok()?.rsplit_once('-')?.1.parse().ok()
        }
    }
}

fn part_answer(number: usize) -> Answer {
    Answer::new("200 OK", &format!("ETag: \"part-{number}\"\r\n"), "")
}

/// The bytes of a part, different from those of the others.
fn part(number: u8) -> Bytes {
    (0..PART).map(|at| (at % 251) as u8 ^ number).collect::<Vec<_>>().into()
}

fn store(url: &str) -> Checked<BlobStore> {
    Ok(BlobStore::open(url)?)
}

async fn writer(url: &str) -> Checked<BlobWriter> {
    Ok(store(url)?.writer("a", PutOptions::default()).await?)
}

#[tokio::test]
async fn as_many_parts_as_told_are_under_way_and_then_a_write_waits() -> Checked {
    for at_once in [1, 2, 4] {
        let gate = Arc::new(Gate::default());
        let held = Arc::clone(&gate);
        let server = Lively::start(move |_, asked| match number(asked) {
            Some(number) => part_answer(number).after(&held),
            None => other(asked),
        })?;
        let url = server.s3(&format!("&part_size={PART}&parallel_parts={at_once}"));
        let mut writer = writer(&url).await?;
        // Each of these is taken while no part is answered.
        for number in 0..at_once {
            tokio::time::timeout(PATIENCE, writer.write(part(number))).await??;
        }
        let arrived = || server.seen.of("PUT", "partNumber").len();
        until("all parts arrive", || arrived() == usize::from(at_once)).await?;
        let last = async {
            tokio::task::yield_now().await;
            assert!(arrived() == usize::from(at_once), "one too many is under way");
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(arrived() == usize::from(at_once), "one too many is under way");
            gate.open();
        };
        let (written, ()) = tokio::join!(writer.write(part(at_once)), last);
        written?;
        writer.write(Bytes::from_static(b"end")).await?;
        assert_eq!(writer.finish().await?.etag, "whole");
        assert_eq!(arrived(), usize::from(at_once) + 2);
        assert!(server.seen.most_at_once() == usize::from(at_once), "{at_once}");
        assert!(server.seen.of("DELETE", "").is_empty(), "a finished upload is not given up");
    }
    Ok(())
}

#[tokio::test]
async fn the_object_has_its_parts_in_the_order_of_the_bytes() -> Checked {
    for azure in [false, true] {
        // Each part is answered when the one after it has been.
        let gates: Arc<Vec<_>> = Arc::new((0..5).map(|_| Arc::new(Gate::default())).collect());
        let held = Arc::clone(&gates);
        let server = Lively::start(move |_, asked| match number(asked) {
            Some(4) => {
                held[3].open();
                part_answer(4)
            }
            Some(number) => part_answer(number).after(&held[number]),
            None => other(asked),
        })?;
        let parameters = format!("&part_size={PART}&parallel_parts=5");
        let url = if azure { server.azure(&parameters) } else { server.s3(&parameters) };
        let mut writer = writer(&url).await?;
        for number in 0..5 {
            // In pieces that fit no part.
            let mut rest = part(number);
            while !rest.is_empty() {
                writer.write(rest.split_to(rest.len().min(700_001))).await?;
            }
        }
        let open = async {
            for number in (0..4).rev() {
                gates[number].open();
                let idle = |asked: &Asked| number_is(asked, number);
                until("a part arrives", || server.seen.asked().iter().any(idle)).await?;
            }
            Ok::<(), String>(())
        };
        let (finished, opened) = tokio::join!(writer.finish(), open);
        finished?;
        opened?;
        let asked = server.seen.asked();
        let names: Vec<_> = (0..5).map(|number| name(&asked, number, azure)).collect();
        let list = String::from_utf8(asked.last().ok_or("nothing")?.body.clone())?;
        let at: Vec<_> = names.iter().map(|name| list.find(name.as_str())).collect();
        assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{list}");
        for number in 0..5 {
            let sent = asked.iter().find(|asked| number_is(asked, number)).ok_or("no part")?;
            assert!(sent.body == part(u8::try_from(number)?), "other bytes in part {number}");
        }
    }
    Ok(())
}

fn number_is(asked: &Asked, wanted: usize) -> bool {
    number(asked) == Some(wanted)
}

/// What the service calls a part.
fn name(asked: &[Asked], number: usize, azure: bool) -> String {
    if !azure {
        return format!("<PartNumber>{}</PartNumber><ETag>\"part-{number}\"</ETag>", number + 1);
    }
    let part = asked.iter().find(|asked| number_is(asked, number));
    part.map(|part| part.parameter("blockid").replace("%3D", "=")).unwrap_or_default()
}

#[tokio::test]
async fn a_part_that_fails_ends_the_others_and_is_told_by_the_next_call() -> Checked {
    for finishes in [false, true] {
        let never = Arc::new(Gate::default());
        let held = Arc::clone(&never);
        let server = Lively::start(move |_, asked| match number(asked) {
            Some(2) => Answer::new("403 Forbidden", "x-amz-request-id: r-2\r\n", ""),
            Some(number) => part_answer(number).after(&held),
            None => other(asked),
        })?;
        let mut writer = writer(&server.s3(&format!("&part_size={PART}"))).await?;
        for number in 0..3 {
            writer.write(part(number)).await?;
        }
        // Nobody calls, and they end all the same.
        until("the other parts end", || server.seen.gone() == 2).await?;
        let error = if finishes {
            writer.finish().await.err()
        } else {
            writer.write(Bytes::from_static(b"x")).await.err()
        };
        let error = error.ok_or("the error was lost")?;
        assert_eq!((error.code(), error.request_id()), (ErrorCode::PermissionDenied, "r-2"));
        until("the upload is given up", || server.seen.of("DELETE", "uploadId=u-1").len() == 1)
            .await?;
        assert!(server.seen.of("POST", "uploadId").is_empty(), "it was finished");
        let again = writer.finish().await.err().ok_or("it finished")?;
        assert_eq!(again.code(), ErrorCode::FailedPrecondition);
    }
    Ok(())
}

#[tokio::test]
async fn who_drops_a_writer_ends_its_parts_and_then_the_upload() -> Checked {
    let never = Arc::new(Gate::default());
    let held = Arc::clone(&never);
    let server = Lively::start(move |_, asked| match number(asked) {
        Some(number) => part_answer(number).after(&held),
        None => other(asked),
    })?;
    let mut writer = writer(&server.s3(&format!("&part_size={PART}"))).await?;
    for number in 0..3 {
        writer.write(part(number)).await?;
    }
    until("all parts arrive", || server.seen.of("PUT", "partNumber").len() == 3).await?;
    drop(writer);
    until("the parts end", || server.seen.gone() == 3).await?;
    until("the upload is given up", || server.seen.of("DELETE", "uploadId=u-1").len() == 1).await?;
    Ok(())
}

#[tokio::test]
async fn an_upload_that_is_begun_for_nobody_is_given_up() -> Checked {
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let server = Lively::start(move |_, asked| match other(asked) {
        answer if asked.line.ends_with("uploads=") => answer.after(&held),
        answer => answer,
    })?;
    let mut writer = writer(&server.s3(&format!("&part_size={PART}"))).await?;
    tokio::select! {
        written = writer.write(part(0)) => panic!("it was begun: {written:?}"),
        arrived = until("it arrives", || server.seen.asked().len() == 1) => arrived?,
    }
    drop(writer);
    gate.open();
    until("it is given up", || server.seen.of("DELETE", "uploadId=u-1").len() == 1).await?;
    Ok(())
}

#[tokio::test]
async fn a_writer_may_be_dropped_where_there_is_no_runtime() -> Checked {
    let server = Lively::start(|_, asked| match number(asked) {
        Some(number) => part_answer(number),
        None => other(asked),
    })?;
    let mut writer = writer(&server.s3(&format!("&part_size={PART}"))).await?;
    writer.write(part(0)).await?;
    until("the part arrives", || server.seen.of("PUT", "partNumber").len() == 1).await?;
    std::thread::spawn(move || drop(writer)).join().map_err(|_| "the drop panicked")?;
    until("the upload is given up", || server.seen.of("DELETE", "uploadId=u-1").len() == 1).await?;
    Ok(())
}

#[tokio::test]
async fn a_large_body_is_put_in_parts_under_its_condition() -> Checked {
    const LARGE: usize = 64 << 20;
    // The first part is answered when the fourth is there.
    let gate = Arc::new(Gate::default());
    let server = Lively::start(move |_, asked| match number(asked) {
        Some(0) => part_answer(0).after(&gate),
        Some(number) => {
            if number == 3 {
                gate.open();
            }
            part_answer(number)
        }
        None => other(asked),
    })?;
    let body = Bytes::from(vec![7; LARGE + 1]);
    let if_absent = || PutOptions { condition: PutCondition::IfAbsent, ..PutOptions::default() };
    let store_of = |parameters: &str| store(&server.s3(parameters));
    let put = store_of("")?.put("a", body.slice(..LARGE), if_absent()).await?;
    assert_eq!((put.etag.as_str(), server.seen.asked().len()), ("whole", 1));
    store_of("")?.put("a", body.clone(), if_absent()).await?;
    let asked = server.seen.asked();
    let parts: Vec<_> = asked.iter().filter(|asked| number(asked).is_some()).collect();
    assert_eq!(parts.len(), LARGE / (8 << 20) + 1);
    assert_eq!(parts.iter().map(|part| part.length).sum::<u64>(), body.len() as u64);
    let last = asked.last().ok_or("nothing was asked")?;
    assert_eq!(last.header("if-none-match"), "*");
    assert_eq!(asked[1].header("if-none-match"), "", "it is judged at the end, and not before");
    // Who wants one after another has it in one.
    store_of("&parallel_parts=1")?.put("a", body, if_absent()).await?;
    assert_eq!(server.seen.asked().len(), asked.len() + 1);
    Ok(())
}

#[tokio::test]
async fn an_unfinished_object_has_an_unknown_effect_where_the_end_is_lost() -> Checked {
    let server = Lively::start(|_, asked| match number(asked) {
        Some(number) => part_answer(number),
        None if asked.line.ends_with("uploadId=u-1") && asked.line.starts_with("POST") => {
            Answer::new("500 Internal Server Error", "", "")
        }
        None => other(asked),
    })?;
    let mut writer = writer(&server.s3(&format!("&part_size={PART}"))).await?;
    writer.write(part(0)).await?;
    let error = writer.finish().await.err().ok_or("it finished")?;
    assert_eq!((error.code(), error.effect()), (ErrorCode::Unavailable, Effect::Unknown));
    Ok(())
}
