use futures_util::StreamExt;
use tokio::time::Instant;

use super::super::cache::tests::Scripted;
use super::*;

fn watched() -> (Scripted, Watch) {
    let (source, cache) = Scripted::cached(600, 600);
    (source, Watch::new(cache, "a".into(), Duration::from_secs(10)))
}

/// The next item, if one comes within a minute.
async fn next(watch: &mut Watch) -> Option<Result<String, ErrorCode>> {
    let next = tokio::time::timeout(Duration::from_secs(60), watch.next()).await.ok()?.unwrap();
    Some(next.map(|value| value.version().to_owned()).map_err(|error| error.code()))
}

#[tokio::test(start_paused = true)]
async fn each_change_is_told_once() {
    let (source, mut watch) = watched();
    source.says("one", "1");
    assert_eq!(next(&mut watch).await, Some(Ok("1".into())));
    assert_eq!(next(&mut watch).await, None);
    source.says("two", "2");
    assert_eq!(next(&mut watch).await, Some(Ok("2".into())));
    assert_eq!(next(&mut watch).await, None);
    assert!(source.reads() > 10, "it looks every ten seconds");
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_ahead() {
    let (source, mut watch) = watched();
    source.says("one", "1");
    assert_eq!(next(&mut watch).await, Some(Ok("1".into())));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(source.reads(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_told_once_and_a_version_not_again_after_it() {
    let (source, mut watch) = watched();
    source.says("one", "1");
    assert_eq!(next(&mut watch).await, Some(Ok("1".into())));
    source.fails(ErrorCode::Unavailable);
    assert_eq!(next(&mut watch).await, Some(Err(ErrorCode::Unavailable)));
    assert_eq!(next(&mut watch).await, None);
    source.fails(ErrorCode::PermissionDenied);
    assert_eq!(next(&mut watch).await, Some(Err(ErrorCode::PermissionDenied)));
    source.says("one", "1");
    assert_eq!(next(&mut watch).await, None, "it is the version that was told");
    source.fails(ErrorCode::Unavailable);
    assert_eq!(next(&mut watch).await, None, "it is the error that was told");
    source.says("two", "2");
    assert_eq!(next(&mut watch).await, Some(Ok("2".into())));
    source.fails(ErrorCode::Unavailable);
    assert_eq!(
        next(&mut watch).await,
        Some(Err(ErrorCode::Unavailable)),
        "after a change it is new"
    );
}

#[tokio::test(start_paused = true)]
async fn a_secret_comes_and_goes() {
    let (source, mut watch) = watched();
    assert_eq!(next(&mut watch).await, Some(Err(ErrorCode::NotFound)));
    assert_eq!(next(&mut watch).await, None);
    source.says("one", "1");
    assert_eq!(next(&mut watch).await, Some(Ok("1".into())));
    source.fails(ErrorCode::NotFound);
    assert_eq!(next(&mut watch).await, Some(Err(ErrorCode::NotFound)));
    source.says("one", "1");
    assert_eq!(next(&mut watch).await, Some(Ok("1".into())), "it was gone in between");
}

/// What a watch has read serves all: a `get` after a rotation that was told must not have the old
/// one.
#[tokio::test(start_paused = true)]
async fn a_change_that_was_told_is_what_others_get() {
    let (source, cache) = Scripted::cached(3600, 0);
    let mut watch = Watch::new(cache.clone(), "a".into(), Duration::from_secs(10));
    source.says("one", "1");
    assert_eq!(cache.get("a").await.unwrap().version(), "1");
    assert_eq!(next(&mut watch).await, Some(Ok("1".into())));
    source.says("two", "2");
    let began = Instant::now();
    assert_eq!(next(&mut watch).await, Some(Ok("2".into())));
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    assert_eq!(cache.now("a").unwrap().version(), "2");
}
