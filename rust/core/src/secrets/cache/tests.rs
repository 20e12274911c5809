use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::page::Draft;
use super::super::{Capabilities, backend};
use super::*;
use crate::blob::BoxFuture;

/// A source whose answers a test sets.
#[derive(Clone, Default)]
pub(in super::super) struct Scripted(Arc<Script>);

#[derive(Default)]
struct Script {
    reads: AtomicUsize,
    takes: Mutex<Duration>,
    answer: Mutex<Option<Result<(&'static str, &'static str)>>>,
}

impl Scripted {
    pub(in super::super) fn cached(ttl: u64, max_stale: u64) -> (Self, Cache) {
        let source = Self::default();
        let seconds = Duration::from_secs;
        let times = Times { ttl: seconds(ttl), max_stale: seconds(max_stale) };
        (source.clone(), Cache::new(Box::new(source), times))
    }

    pub(in super::super) fn says(&self, value: &'static str, version: &'static str) {
        *self.0.answer.lock().unwrap() = Some(Ok((value, version)));
    }

    pub(in super::super) fn fails(&self, code: ErrorCode) {
        *self.0.answer.lock().unwrap() = Some(Err(Error::new(code, "on purpose")));
    }

    fn takes(&self, seconds: u64) {
        *self.0.takes.lock().unwrap() = Duration::from_secs(seconds);
    }

    pub(in super::super) fn reads(&self) -> usize {
        self.0.reads.load(Ordering::Relaxed)
    }
}

impl Backend for Scripted {
    fn service(&self) -> &'static str {
        "secrets.scripted"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn check_name(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn get<'a>(&'a self, name: &'a str, _: Option<&'a str>) -> BoxFuture<'a, Result<SecretValue>> {
        Box::pin(async move {
            self.0.reads.fetch_add(1, Ordering::Relaxed);
            let takes = *self.0.takes.lock().unwrap();
            tokio::time::sleep(takes).await;
            let answer = self.0.answer.lock().unwrap().clone();
            let (value, version) = answer.unwrap_or_else(|| Err(backend::no_secret(name)))?;
            Ok(Draft::of(value.as_bytes())?.finish(version))
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn versions<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

async fn after(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

async fn text(cache: &Cache) -> Result<String> {
    Ok(cache.get("a").await?.expose_text()?.to_owned())
}

/// A poll that must be ready, outside of any runtime.
fn at_once(cache: &Cache) -> Option<String> {
    use futures_util::FutureExt;
    text(cache).now_or_never().map(Result::unwrap)
}

#[tokio::test(start_paused = true)]
async fn a_value_is_kept_for_its_time() {
    let (source, cache) = Scripted::cached(60, 600);
    source.says("one", "1");
    assert!(cache.now("a").is_none());
    assert_eq!(text(&cache).await.unwrap(), "one");
    source.says("two", "2");
    after(59).await;
    assert_eq!(text(&cache).await.unwrap(), "one");
    assert_eq!(source.reads(), 1);
    after(1).await;
    assert!(cache.now("a").is_none());
    assert_eq!(text(&cache).await.unwrap(), "two");
    assert_eq!((source.reads(), cache.now("a").unwrap().version()), (2, "2"));
}

#[tokio::test(start_paused = true)]
async fn one_read_serves_all_who_wait() {
    let (source, cache) = Scripted::cached(60, 0);
    source.says("one", "1");
    source.takes(5);
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { text(&cache).await })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap(), "one");
    }
    assert_eq!(source.reads(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_ends_the_read_for_nobody() {
    let (source, cache) = Scripted::cached(60, 0);
    source.says("one", "1");
    source.takes(5);
    assert!(tokio::time::timeout(Duration::from_secs(1), cache.get("a")).await.is_err());
    assert_eq!(text(&cache).await.unwrap(), "one");
    assert_eq!(source.reads(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_older_value_serves_within_its_bound_while_the_source_is_down() {
    let (source, cache) = Scripted::cached(60, 600);
    source.says("one", "1");
    assert_eq!(text(&cache).await.unwrap(), "one");
    for down in [ErrorCode::Unavailable, ErrorCode::ResourceExhausted] {
        source.fails(down);
        after(60).await;
        assert_eq!(text(&cache).await.unwrap(), "one");
    }
    assert_eq!(cache.read("a").await.unwrap_err().code(), ErrorCode::ResourceExhausted);
    let reads = source.reads();
    for _ in 0..100 {
        assert_eq!(text(&cache).await.unwrap(), "one");
    }
    assert_eq!(source.reads(), reads, "not everybody asks a source that is down");
    after(1).await;
    assert_eq!(text(&cache).await.unwrap(), "one");
    assert_eq!(source.reads(), reads + 1);
    after(540).await;
    assert_eq!(text(&cache).await.unwrap_err().code(), ErrorCode::ResourceExhausted);
    source.says("two", "2");
    assert_eq!(text(&cache).await.unwrap(), "two");
}

#[tokio::test(start_paused = true)]
async fn what_the_source_says_about_a_secret_counts_at_once() {
    for said in [ErrorCode::NotFound, ErrorCode::PermissionDenied, ErrorCode::Unauthenticated] {
        let (source, cache) = Scripted::cached(60, 600);
        source.says("one", "1");
        assert_eq!(text(&cache).await.unwrap(), "one");
        source.fails(said);
        after(60).await;
        assert_eq!(text(&cache).await.unwrap_err().code(), said);
        source.fails(ErrorCode::Unavailable);
        assert_eq!(text(&cache).await.unwrap_err().code(), ErrorCode::Unavailable);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_is_down() {
    let (source, cache) = Scripted::cached(60, 600);
    source.says("one", "1");
    assert_eq!(text(&cache).await.unwrap(), "one");
    source.takes(3600);
    after(60).await;
    let began = Instant::now();
    assert_eq!(text(&cache).await.unwrap(), "one");
    assert_eq!(began.elapsed(), READ);
    cache.forget("a");
    assert_eq!(text(&cache).await.unwrap_err().message(), "the secret has not come within 10 s");
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_in_the_middle_of_a_read_is_not_kept() {
    let (source, cache) = Scripted::cached(60, 600);
    source.says("one", "1");
    source.takes(5);
    let before = tokio::spawn({
        let cache = cache.clone();
        async move { text(&cache).await }
    });
    after(1).await;
    cache.forget("a");
    assert_eq!(before.await.unwrap().unwrap(), "one");
    assert!(cache.now("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_serves_no_more_is_let_go_of() {
    let (source, cache) = Scripted::cached(60, 60);
    source.says("one", "1");
    cache.get("a").await.unwrap();
    after(120).await;
    cache.get("b").await.unwrap();
    assert_eq!(cache.entries().len(), 1);
    source.fails(ErrorCode::NotFound);
    assert!(cache.get("c").await.is_err());
    assert_eq!(cache.entries().len(), 1, "names that are not there take no memory");
}

#[test]
fn a_hit_asks_for_no_runtime_and_a_read_whose_runtime_ended_is_begun_anew() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (source, cache) = Scripted::cached(60, 0);
    source.says("one", "1");
    source.takes(3600);
    let first = runtime();
    first.block_on(async {
        let short = Duration::from_millis(10);
        assert!(tokio::time::timeout(short, text(&cache)).await.is_err());
    });
    drop(first);
    source.takes(0);
    assert_eq!(runtime().block_on(text(&cache)).unwrap(), "one");
    assert_eq!(source.reads(), 2);
    assert_eq!(at_once(&cache).as_deref(), Some("one"));
}
