//! Deletes of many objects: by few requests, and each key with an outcome of its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod lively;

use lively::{Answer, Asked, Lively};
use tombolo::ErrorCode;
use tombolo::blob::{BlobStore, DeleteOutcome};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// What a request for many keys names.
fn keys(asked: &Asked) -> Vec<String> {
    let body = String::from_utf8_lossy(&asked.body).into_owned();
    let after = body.split("<Key>").skip(1);
    after.map(|rest| rest.split("</Key>").next().unwrap_or_default().to_owned()).collect()
}

fn is_batch(asked: &Asked) -> bool {
    asked.line == "POST /b?delete="
}

fn deleted(keys: &[String]) -> String {
    keys.iter().map(|key| format!("<Deleted><Key>{key}</Key></Deleted>")).collect()
}

fn refused(key: &str, code: &str) -> String {
    format!("<Error><Key>{key}</Key><Code>{code}</Code><Message>No.</Message></Error>")
}

fn result(entries: &str) -> Answer {
    Answer::new("200 OK", "", format!("<DeleteResult>{entries}</DeleteResult>"))
}

async fn delete(server: &Lively, keys: &[&str]) -> Checked<Vec<DeleteOutcome>> {
    let store = BlobStore::open(&server.s3("&max_attempts=2"))?;
    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
    Ok(store.delete_many(keys).await?)
}

fn code(outcome: &DeleteOutcome) -> Option<ErrorCode> {
    outcome.result.as_ref().err().map(|error| error.code())
}

#[tokio::test]
async fn one_request_has_a_thousand_keys() -> Checked {
    let server = Lively::start(|_, asked| result(&deleted(&keys(asked))))?;
    let wanted: Vec<_> = (0..2001).map(|number| format!("k/{number}&")).collect();
    let texts: Vec<_> = wanted.iter().map(String::as_str).collect();
    let outcomes = delete(&server, &texts).await?;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()), "{outcomes:?}");
    let told: Vec<_> = outcomes.into_iter().map(|outcome| outcome.key).collect();
    assert!(told == wanted, "in another order");
    let mut sizes: Vec<_> =
        server.seen.of("POST", "delete").iter().map(|one| keys(one).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1000, 1000]);
    // One that is left over is no reason for a list.
    let asked = server.seen.of("DELETE", "");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "DELETE /b/k/2000%26");
    for batch in server.seen.of("POST", "delete") {
        assert!(!batch.header("content-md5").is_empty(), "S3 wants a digest here");
    }
    Ok(())
}

#[tokio::test]
async fn each_key_has_an_outcome_of_its_own() -> Checked {
    let server = Lively::start(|_, asked| match is_batch(asked) {
        true => {
            let done = deleted(&["good".to_owned(), "twice".to_owned(), "twice".to_owned()]);
            let gone = refused("gone", "NoSuchKey");
            let busy = refused("busy", "SlowDown") + &refused("stuck", "InternalError");
            result(&(done + &gone + &busy + &refused("locked", "AccessDenied")))
        }
        false if asked.line.ends_with("stuck") => {
            Answer::new("503 Slow Down", "Retry-After: 0\r\n", "")
        }
        false => Answer::new("204 No Content", "", ""),
    })?;
    let keys = ["good", "twice", "gone", "busy", "stuck", "locked", "silent", "twice", "a/../b"];
    let outcomes = delete(&server, &keys).await?;
    let told: Vec<_> = outcomes.iter().map(|one| (one.key.as_str(), code(one))).collect();
    let wanted = [
        ("good", None),
        ("twice", None),
        ("gone", None),
        ("busy", None),
        ("stuck", Some(ErrorCode::Unavailable)),
        ("locked", Some(ErrorCode::PermissionDenied)),
        ("silent", None),
        ("twice", None),
        ("a/../b", Some(ErrorCode::InvalidArgument)),
    ];
    assert_eq!(told, wanted);
    let locked = outcomes[5].result.as_ref().err().ok_or("it was deleted")?;
    assert!(locked.message().contains("\"locked\"") && locked.message().contains("AccessDenied"));
    // What was put off, and what the answer does not name, is asked for by itself.
    let mut single: Vec<_> = server.seen.of("DELETE", "").into_iter().map(|one| one.line).collect();
    single.sort();
    single.dedup();
    assert_eq!(single, ["DELETE /b/busy", "DELETE /b/silent", "DELETE /b/stuck"]);
    Ok(())
}

#[tokio::test]
async fn a_service_that_has_no_such_request_is_asked_key_by_key() -> Checked {
    for status in ["501 Not Implemented", "400 Bad Request", "405 Method Not Allowed", "200 OK"] {
        let server = Lively::start(move |_, asked| match is_batch(asked) {
            true => Answer::new(status, "", "<html>"),
            false => Answer::new("204 No Content", "", ""),
        })?;
        let outcomes = delete(&server, &["a", "b"]).await?;
        assert!(outcomes.iter().all(|one| one.result.is_ok()), "{status}: {outcomes:?}");
        assert_eq!(server.seen.of("DELETE", "").len(), 2, "{status}");
    }
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_request_is_one_of_each_key() -> Checked {
    for (status, wanted) in
        [("403 Forbidden", ErrorCode::PermissionDenied), ("503 Slow Down", ErrorCode::Unavailable)]
    {
        let server = Lively::start(move |_, _| Answer::new(status, "Retry-After: 0\r\n", ""))?;
        let outcomes = delete(&server, &["a", "b"]).await?;
        let codes: Vec<_> = outcomes.iter().map(code).collect();
        assert_eq!(codes, [Some(wanted), Some(wanted)]);
        assert!(server.seen.of("DELETE", "").is_empty(), "it went on all the same");
    }
    Ok(())
}
