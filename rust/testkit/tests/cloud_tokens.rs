//! Tokens of stores in clouds: from an issuer that rotates them, is slow, is down or refuses; from the
//! application; refused by the service.

use std::fmt::Write as _;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tombolo::blob::{
    BlobStore, CopyOptions, GetOptions, HeadOptions, ListOptions, OpenOptions, PutOptions,
};
use tombolo::identity::{AccessToken, TokenSource};
use tombolo::{Effect, Error, ErrorCode};
use tombolo_testkit::servers::{FakeGcs, Issuer, Scripted};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn options(credential: impl TokenSource) -> OpenOptions {
    OpenOptions { credential: Some(Arc::new(credential)), ..OpenOptions::default() }
}

async fn put(store: &BlobStore) -> Result<(), Error> {
    store.put("a", Bytes::from_static(b"x"), PutOptions::default()).await.map(drop)
}

fn source(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, " {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn an_account_asks_for_a_token_once() -> Checked {
    let server = FakeGcs::start()?;
    let store = BlobStore::open(&server.new_place("b"))?;
    assert_eq!(server.issued(), 0, "opening sends nothing");
    let puts = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { put(&store).await })
    });
    for put in puts.collect::<Vec<_>>() {
        put.await??;
    }
    assert_eq!(server.issued(), 1);
    Ok(())
}

#[tokio::test]
async fn tokens_that_expire_are_followed_by_others() -> Checked {
    let server = FakeGcs::start()?;
    server.set_issuer(Issuer::Gives(1));
    let store = BlobStore::open(&server.new_place("b"))?;
    let began = Instant::now();
    while server.issued() < 4 {
        put(&store).await?;
        assert!(began.elapsed() < Duration::from_secs(60), "no token follows");
    }
    Ok(())
}

#[tokio::test]
async fn a_token_that_the_service_refuses_is_replaced_and_the_request_sent_again() -> Checked {
    let server = FakeGcs::start()?;
    let store = BlobStore::open(&server.new_place("b"))?;
    put(&store).await?;
    server.revoke_tokens();
    put(&store).await?;
    assert_eq!(server.issued(), 2);
    // All at once, and once for all.
    server.revoke_tokens();
    let gets = (0..10).map(|_| store.get("a", GetOptions::default()));
    for got in futures_util::future::join_all(gets).await {
        assert_eq!(got?.bytes, "x");
    }
    assert_eq!(server.issued(), 3);
    Ok(())
}

#[tokio::test]
async fn an_issuer_that_is_down_matters_only_to_who_has_no_token() -> Checked {
    let server = FakeGcs::start()?;
    let url = server.new_place("b");
    let store = BlobStore::open(&url)?;
    put(&store).await?;
    server.set_issuer(Issuer::Down);
    put(&store).await?;
    let error = put(&BlobStore::open(&format!("{url}&max_attempts=2"))?).await.err();
    let error = error.ok_or("there was a token")?;
    assert_eq!((error.code(), error.effect()), (ErrorCode::Unavailable, Effect::None), "{error}");
    assert_eq!((error.attempts(), error.service_status()), (2, 503), "{error}");
    assert!(error.retryable());
    server.set_issuer(Issuer::Gives(3600));
    put(&store).await?;
    Ok(())
}

#[tokio::test]
async fn an_issuer_that_refuses_is_not_asked_again_and_its_words_are_not_shown() -> Checked {
    let server = FakeGcs::start()?;
    server.set_issuer(Issuer::Refuses);
    let error = put(&BlobStore::open(&server.new_place("b"))?).await.err().ok_or("a token")?;
    assert_eq!((error.code(), error.attempts()), (ErrorCode::Unauthenticated, 1), "{error}");
    let text = source(&error);
    assert!(text.contains("400 invalid_grant") && !text.contains("assertion="), "{text}");
    Ok(())
}

#[tokio::test]
async fn an_issuer_that_is_slow_is_waited_for_by_who_has_no_token() -> Checked {
    let server = FakeGcs::start()?;
    server.set_issuer(Issuer::Slow(Duration::from_millis(300)));
    let store = BlobStore::open(&server.new_place("b"))?;
    let began = Instant::now();
    let puts = (0..10).map(|_| put(&store));
    for put in futures_util::future::join_all(puts).await {
        put?;
    }
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(server.issued(), 1);
    Ok(())
}

/// Gives another token of the server each time.
struct Rotating {
    server: Arc<FakeGcs>,
    asked: Arc<AtomicUsize>,
}

impl TokenSource for Rotating {
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = tombolo::Result<AccessToken>> + Send + 'a>> {
        assert_eq!(scope, "https://www.googleapis.com/auth/devstorage.read_write");
        self.asked.fetch_add(1, Ordering::SeqCst);
        let token = self.server.new_token();
        let token = token.map_err(|why| Error::new(ErrorCode::Internal, why.to_string()));
        Box::pin(ready(token.map(AccessToken::new)))
    }
}

#[tokio::test]
async fn an_application_may_bring_its_own_source() -> Checked {
    let server = Arc::new(FakeGcs::start()?);
    server.new_place("b");
    let asked = Arc::new(AtomicUsize::new(0));
    let source = Rotating { server: Arc::clone(&server), asked: Arc::clone(&asked) };
    let store = BlobStore::open_with(&server.place("b"), options(source))?;
    assert_eq!(asked.load(Ordering::SeqCst), 0, "opening asks nobody");
    assert!(!store.capabilities().presign, "a token signs nothing");
    put(&store).await?;
    put(&store).await?;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    server.revoke_tokens();
    put(&store).await?;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    Ok(())
}

#[tokio::test]
async fn a_token_by_itself_is_used_until_it_is_refused() -> Checked {
    let server = FakeGcs::start()?;
    server.new_place("b");
    let (place, token) = (server.place("b"), server.new_token()?);
    let by_url = BlobStore::open(&format!("{place}&token={token}"))?;
    let by_option = BlobStore::open_with(&place, options(AccessToken::new(token.as_str())))?;
    for store in [by_url, by_option] {
        put(&store).await?;
        assert!(!format!("{store:?}").contains(&token));
    }
    let store = BlobStore::open(&format!("{place}&token={token}"))?;
    server.revoke_tokens();
    let error = put(&store).await.err().ok_or("it was taken")?;
    assert_eq!((error.code(), error.service_status()), (ErrorCode::Unauthenticated, 401));
    assert!(!source(&error).contains(&token), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn every_operation_shows_the_token_and_without_one_none_is_done() -> Checked {
    let server = FakeGcs::start()?;
    let keyed = BlobStore::open(&server.new_place("b"))?;
    put(&keyed).await?;
    let none = BlobStore::open(&format!("{}&credentials=anonymous", server.place("b")))?;
    let errors = [
        none.get("a", GetOptions::default()).await.err(),
        none.head("a", HeadOptions::default()).await.err(),
        put(&none).await.err(),
        none.copy("a", "b", CopyOptions::default()).await.err(),
        none.delete("a", Default::default()).await.err(),
        none.list(ListOptions::default())?.next_page().await.err(),
    ];
    for error in errors {
        let code = error.map(|error| error.code());
        assert_eq!(code, Some(ErrorCode::Unauthenticated));
    }
    Ok(())
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_not_shown() -> Checked {
    let server = FakeGcs::start()?;
    server.new_place("b");
    let store = BlobStore::open_with(&server.place("b"), options(AccessToken::new("s3cr3t\n")))?;
    let error = put(&store).await.err().ok_or("it was sent")?;
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    assert!(!source(&error).contains("s3cr3t"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn azure_is_shown_the_token_and_a_version() -> Checked {
    let server = Scripted::start(Box::new(|before, _| {
        let status = if before == 0 { "401 Unauthorized" } else { "201 Created" };
        let head = "Connection: close\r\nContent-Length: 0\r\nETag: \"e\"\r\n";
        format!("HTTP/1.1 {status}\r\n{head}\r\n").into_bytes()
    }))?;
    let numbered = Numbered(AtomicUsize::new(0));
    let url = format!("azblob://acc/con?endpoint=http://127.0.0.1:{}/acc", server.port());
    put(&BlobStore::open_with(&url, options(numbered))?).await?;
    let asked = server.asked();
    let shown: Vec<_> = asked.iter().map(|asked| asked.header("authorization")).collect();
    assert_eq!(shown, ["Bearer token-1", "Bearer token-2"]);
    assert!(asked.iter().all(|asked| asked.header("x-ms-version") == "2023-11-03"), "{asked:?}");
    Ok(())
}

struct Numbered(AtomicUsize);

impl TokenSource for Numbered {
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = tombolo::Result<AccessToken>> + Send + 'a>> {
        assert_eq!(scope, "https://storage.azure.com/.default");
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(ready(Ok(AccessToken::new(format!("token-{number}")))))
    }
}
