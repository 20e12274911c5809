use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::*;

/// Long enough for a test on a busy machine.
const HOUR: Duration = Duration::from_secs(3600);
/// Within a token's last minutes, and not over.
const NEARLY: Duration = Duration::from_secs(3500);

/// Answers `token-1`, `token-2`, … once it is let; fails where it is told to.
struct Source {
    lifetime: Option<Duration>,
    asked: AtomicUsize,
    fails_from: AtomicUsize,
    let_on: Semaphore,
}

impl Source {
    fn new(lifetime: Option<Duration>) -> Arc<Self> {
        let (asked, fails_from) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        Arc::new(Self { lifetime, asked, fails_from, let_on: Semaphore::new(1000) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl TokenSource for Source {
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        assert_eq!(scope, "scope");
        Box::pin(async {
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            self.let_on.acquire().await.unwrap().forget();
            if number >= self.fails_from.load(Ordering::SeqCst) {
                return Err(Error::new(ErrorCode::Unavailable, "down"));
            }
            let token = AccessToken::new(format!("token-{number}"));
            Ok(match self.lifetime {
                Some(lifetime) => token.expires_in(lifetime),
                None => token,
            })
        })
    }
}

fn cache(source: &Arc<Source>) -> Arc<TokenCache> {
    TokenCache::new(Arc::clone(source) as Arc<dyn TokenSource>, "scope")
}

async fn text(cache: &Arc<TokenCache>) -> String {
    cache.token().await.unwrap().expose().to_owned()
}

#[tokio::test]
async fn a_token_is_kept_while_it_is_valid() {
    for lifetime in [None, Some(HOUR)] {
        let source = Source::new(lifetime);
        let cache = cache(&source);
        for _ in 0..3 {
            assert_eq!(text(&cache).await, "token-1");
        }
        assert_eq!(source.asked(), 1);
    }
}

#[tokio::test]
async fn who_waits_together_asks_once() {
    let source = Source::new(Some(HOUR));
    source.let_on.forget_permits(1000);
    let cache = cache(&source);
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { text(&cache).await })
        })
        .collect();
    while source.asked() == 0 {
        tokio::task::yield_now().await;
    }
    source.let_on.add_permits(1);
    for one in waiting {
        assert_eq!(one.await.unwrap(), "token-1");
    }
    assert_eq!(source.asked(), 1);
}

#[tokio::test]
async fn who_is_dropped_while_it_asks_leaves_it_to_the_next() {
    let source = Source::new(Some(HOUR));
    source.let_on.forget_permits(1000);
    let cache = cache(&source);
    let first = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { text(&cache).await }
    });
    while source.asked() == 0 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.is_err());
    source.let_on.add_permits(1);
    assert_eq!(text(&cache).await, "token-2");
}

#[tokio::test]
async fn who_waits_for_a_source_that_fails_hears_of_it_and_does_not_ask_again() {
    let source = Source::new(Some(HOUR));
    source.fails_from.store(1, Ordering::SeqCst);
    source.let_on.forget_permits(1000);
    let cache = cache(&source);
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.token().await })
        })
        .collect();
    while source.asked() == 0 {
        tokio::task::yield_now().await;
    }
    source.let_on.add_permits(1000);
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap_err().code(), ErrorCode::Unavailable);
    }
    assert_eq!(source.asked(), 1);
    // Whoever comes later may have more luck.
    source.fails_from.store(usize::MAX, Ordering::SeqCst);
    assert_eq!(text(&cache).await, "token-2");
}

#[tokio::test(start_paused = true)]
async fn the_next_token_is_fetched_beside_and_nobody_waits() {
    let source = Source::new(Some(HOUR));
    let cache = cache(&source);
    assert_eq!(text(&cache).await, "token-1");
    source.let_on.forget_permits(1000);
    tokio::time::advance(NEARLY).await;
    for _ in 0..5 {
        assert_eq!(text(&cache).await, "token-1");
        tokio::task::yield_now().await;
    }
    assert_eq!(source.asked(), 2);
    source.let_on.add_permits(1);
    while text(&cache).await != "token-2" {
        tokio::task::yield_now().await;
    }
    assert_eq!(source.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_renewed_ahead_of_their_end_each_at_another_time() {
    let mut all = Vec::new();
    for _ in 0..50 {
        let source = Source::new(Some(HOUR));
        let cache = cache(&source);
        text(&cache).await;
        all.push(cache.lock().early);
        tokio::time::advance(HOUR - EARLY - Duration::from_secs(1)).await;
        assert!(cache.fresh().is_some(), "too early");
        tokio::time::advance(EARLY.mul_f64(JITTER) + Duration::from_secs(2)).await;
        assert!(cache.fresh().is_none(), "too late");
        text(&cache).await;
        while source.asked() < 2 {
            tokio::task::yield_now().await;
        }
    }
    all.sort();
    all.dedup();
    assert!(all.len() > 40, "{all:?}");
    // Of a short life a part.
    let short = early(&AccessToken::new("a").expires_in(Duration::from_secs(100)));
    assert!((Duration::from_secs(16)..=Duration::from_secs(20)).contains(&short), "{short:?}");
}

#[tokio::test(start_paused = true)]
async fn the_old_token_serves_on_while_the_source_fails_and_not_longer() {
    let source = Source::new(Some(HOUR));
    let cache = cache(&source);
    assert_eq!(text(&cache).await, "token-1");
    source.fails_from.store(2, Ordering::SeqCst);
    tokio::time::advance(NEARLY).await;
    for _ in 0..100 {
        assert_eq!(text(&cache).await, "token-1");
        tokio::task::yield_now().await;
    }
    assert_eq!(source.asked(), 2, "a source that fails is left alone for a while");
    tokio::time::advance(PAUSE).await;
    while source.asked() == 2 {
        assert_eq!(text(&cache).await, "token-1");
        tokio::task::yield_now().await;
    }
    tokio::time::advance(HOUR - NEARLY - PAUSE).await;
    let error = cache.token().await.unwrap_err();
    assert_eq!((error.code(), source.asked()), (ErrorCode::Unavailable, 4));
    source.fails_from.store(usize::MAX, Ordering::SeqCst);
    assert_eq!(text(&cache).await, "token-5");
}

#[tokio::test]
async fn a_token_that_was_refused_is_replaced_once_for_all() {
    let source = Source::new(None);
    let cache = cache(&source);
    let refused = cache.token().await.unwrap();
    for _ in 0..3 {
        assert_eq!(cache.replace(&refused).await.unwrap().expose(), "token-2");
    }
    assert_eq!((source.asked(), text(&cache).await.as_str()), (2, "token-2"));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_answers_is_given_up() {
    let source = Source::new(None);
    source.let_on.forget_permits(1000);
    let error = cache(&source).token().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
    assert!(error.message().contains("within 30s"), "{error}");
}

#[test]
fn a_token_shows_nothing_of_itself() {
    let shown = format!("{:?}", AccessToken::new("s3cr3t").expires_in(HOUR));
    assert!(shown.starts_with("AccessToken") && !shown.contains("s3cr3t"), "{shown}");
}
