use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::blob::BoxFuture;

/// A source whose answers a test sets.
#[derive(Clone, Default)]
struct Scripted(Arc<Script>);

#[derive(Default)]
struct Script {
    fetches: AtomicUsize,
    down: std::sync::atomic::AtomicBool,
    takes: Mutex<Duration>,
    ids: Mutex<Vec<&'static str>>,
    max_age: Mutex<Option<Duration>>,
}

impl Scripted {
    fn of(ids: &[&'static str]) -> (Self, Remote) {
        let source = Self::default();
        source.rotate(ids);
        (source.clone(), Remote::new(source))
    }

    fn rotate(&self, ids: &[&'static str]) {
        *self.0.ids.lock().unwrap() = ids.to_vec();
    }

    fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }

    fn fetches(&self) -> usize {
        self.0.fetches.load(Ordering::Relaxed)
    }
}

impl Source for Scripted {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched>> {
        Box::pin(async {
            self.0.fetches.fetch_add(1, Ordering::Relaxed);
            let takes = *self.0.takes.lock().unwrap();
            tokio::time::sleep(takes).await;
            if self.0.down.load(Ordering::Relaxed) {
                return Err(Error::new(ErrorCode::Unavailable, "down"));
            }
            let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
            let ids = self.0.ids.lock().unwrap().clone();
            let key = |id| format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"{x}"}}"#);
            let keys: Vec<_> = ids.into_iter().map(key).collect();
            let keys = KeySet::from_json(&format!(r#"{{"keys":[{}]}}"#, keys.join(",")))?;
            Ok(Fetched { keys, max_age: *self.0.max_age.lock().unwrap() })
        })
    }
}

async fn has(remote: &Remote, id: &str) -> Result<bool> {
    let algorithm = crate::identity::Algorithm::EdDsa;
    let found = remote.find(|keys| keys.fitting(id, algorithm).next().map(drop)).await?;
    Ok(found.is_some())
}

async fn after(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

/// Lets a fetch beside come to its end.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn one_fetch_serves_all_who_wait() {
    let (source, remote) = Scripted::of(&["a"]);
    *source.0.takes.lock().unwrap() = Duration::from_secs(5);
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            tokio::spawn({
                let remote = remote.clone();
                async move { has(&remote, "a").await }
            })
        })
        .collect();
    for one in waiting {
        assert!(one.await.unwrap().unwrap());
    }
    assert_eq!(source.fetches(), 1);
    assert!(has(&remote, "a").await.unwrap());
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_ends_the_fetch_for_nobody() {
    let (source, remote) = Scripted::of(&["a"]);
    *source.0.takes.lock().unwrap() = Duration::from_secs(5);
    let short = Duration::from_secs(1);
    assert!(tokio::time::timeout(short, has(&remote, "a")).await.is_err());
    assert!(has(&remote, "a").await.unwrap());
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_is_looked_for_once_in_a_while() {
    let (source, remote) = Scripted::of(&["a"]);
    assert!(has(&remote, "a").await.unwrap());
    source.rotate(&["b"]);
    for _ in 0..100 {
        assert!(!has(&remote, "b").await.unwrap());
    }
    assert_eq!(source.fetches(), 1);
    after(30).await;
    assert!(has(&remote, "b").await.unwrap());
    assert!(!has(&remote, "a").await.unwrap());
    assert_eq!(source.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn old_keys_serve_while_new_ones_come() {
    let (source, remote) = Scripted::of(&["a"]);
    *source.0.max_age.lock().unwrap() = Some(Duration::from_secs(600));
    assert!(has(&remote, "a").await.unwrap());
    after(599).await;
    assert!(has(&remote, "a").await.unwrap());
    settle().await;
    assert_eq!(source.fetches(), 1);
    after(1).await;
    source.rotate(&["a", "b"]);
    assert!(has(&remote, "a").await.unwrap());
    settle().await;
    assert_eq!(source.fetches(), 2);
    assert!(has(&remote, "b").await.unwrap());
    assert_eq!(source.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn old_keys_serve_for_a_day_while_the_issuer_is_down() {
    let (source, remote) = Scripted::of(&["a"]);
    assert!(has(&remote, "a").await.unwrap());
    source.down(true);
    after(3600).await;
    assert!(has(&remote, "a").await.unwrap());
    settle().await;
    assert!(has(&remote, "a").await.unwrap());
    settle().await;
    assert_eq!(source.fetches(), 2, "not more often than every 30 s");
    after(30).await;
    assert!(has(&remote, "a").await.unwrap());
    settle().await;
    assert_eq!(source.fetches(), 3);
    after(24 * 3600).await;
    assert_eq!(has(&remote, "a").await.unwrap_err().message(), "down");
    source.down(false);
    after(1).await;
    assert!(has(&remote, "a").await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn without_keys_a_failure_is_told_and_soon_tried_again() {
    let (source, remote) = Scripted::of(&["a"]);
    source.down(true);
    for _ in 0..10 {
        assert_eq!(has(&remote, "a").await.unwrap_err().code(), ErrorCode::Unavailable);
    }
    assert_eq!(source.fetches(), 1);
    source.down(false);
    after(1).await;
    assert!(has(&remote, "a").await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_hangs_ends() {
    let (source, remote) = Scripted::of(&["a"]);
    *source.0.takes.lock().unwrap() = Duration::from_secs(3600);
    let error = has(&remote, "a").await.unwrap_err();
    assert_eq!(error.message(), "the issuer's keys have not come in 10 s");
}

#[test]
fn a_fetch_whose_runtime_ends_is_begun_anew() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (source, remote) = Scripted::of(&["a"]);
    *source.0.takes.lock().unwrap() = Duration::from_secs(3600);
    let first = runtime();
    first.block_on(async {
        let short = Duration::from_millis(10);
        assert!(tokio::time::timeout(short, has(&remote, "a")).await.is_err());
    });
    drop(first);
    *source.0.takes.lock().unwrap() = Duration::ZERO;
    assert!(runtime().block_on(has(&remote, "a")).unwrap());
    assert_eq!(source.fetches(), 2);
}
