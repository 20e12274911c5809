//! The order of writes, syncs and renames, and what an error in each of them means.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::sync::Arc;

use folder_support::*;
use rustix::io::Errno;
use tombolo::blob::folder::FolderOptions;
use tombolo::blob::folder::internals::{Features, Step};
use tombolo::blob::{Backend, CopyOptions, DeleteOptions, GetOptions, PutCondition, PutOptions};
use tombolo::{Effect, ErrorCode};

fn durable(place: &Place, features: Features) -> (Arc<dyn Backend>, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let store = place.open_as(FolderOptions::default(), features, Some(recorder.clone()));
    (store, recorder)
}

fn named_temps() -> Features {
    Features { tmpfile: false, ..Features::ALL }
}

/// Without the steps that only look.
fn effects(recorder: &Recorder) -> Vec<Step> {
    use Step::*;
    let looks = [Open, OpenCached, Read, ReadCached, ReadFolder, Clone];
    recorder.take().into_iter().filter(|step| !looks.contains(step)).collect()
}

/// Begins the session, which is done once per store.
async fn warm(store: &Arc<dyn Backend>, recorder: &Recorder) {
    put(store, "warm", "up").await;
    recorder.take();
}

#[tokio::test]
async fn put_syncs_the_file_before_it_is_seen_and_the_folder_after() {
    use Step::*;
    for place in Place::both() {
        let (store, recorder) = durable(&place, Features::ALL);
        warm(&store, &recorder).await;
        put(&store, "k", "new").await;
        let new = [CreateTemp, Write, SetAttribute, SyncFile, Lock, Link, SyncFolder];
        assert_eq!(effects(&recorder), new);
        put(&store, "k", "over").await;
        let over = [CreateTemp, Write, SetAttribute, SyncFile, Lock, Link, Rename, SyncFolder];
        assert_eq!(effects(&recorder), over);

        let (store, recorder) = durable(&place, named_temps());
        warm(&store, &recorder).await;
        put(&store, "named", "new").await;
        let new = [CreateTemp, Write, SetAttribute, SyncFile, Lock, Link, SyncFolder];
        assert_eq!(effects(&recorder), new);
        put(&store, "named", "over").await;
        let over = [CreateTemp, Write, SetAttribute, SyncFile, Lock, Rename, SyncFolder];
        assert_eq!(effects(&recorder), over);
        assert_eq!(place.leftovers(), [""; 0]);
    }
}

#[tokio::test]
async fn put_syncs_every_folder_in_which_it_made_one() {
    use Step::*;
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    warm(&store, &recorder).await;
    put(&store, "a/b/k", "x").await;
    let head = [CreateTemp, Write, SetAttribute, SyncFile, Lock, MakeFolder, MakeFolder, Link];
    // `a/b` for the object, `a` for `b`, the root for `a`.
    let expected = [&head[..], &[SyncFolder, SyncFolder, SyncFolder]].concat();
    assert_eq!(effects(&recorder), expected);
    put(&store, "a/b/l", "x").await;
    let expected = [CreateTemp, Write, SetAttribute, SyncFile, Lock, Link, SyncFolder];
    assert_eq!(effects(&recorder), expected);
}

#[tokio::test]
async fn writer_syncs_like_put() {
    use Step::*;
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    warm(&store, &recorder).await;
    let mut writer = store.writer(key("w"), PutOptions::default()).await.unwrap();
    for _ in 0..3 {
        writer.write(vec![7; 1 << 20].into()).await.unwrap();
    }
    writer.write("tail".into()).await.unwrap();
    assert_eq!(effects(&recorder), [CreateTemp, Write, Write, Write]);
    writer.finish().await.unwrap();
    assert_eq!(effects(&recorder), [Write, SetAttribute, SyncFile, Lock, Link, SyncFolder]);
}

#[tokio::test]
async fn delete_syncs_the_folder_before_it_prunes() {
    use Step::*;
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    put(&store, "a/b/k", "x").await;
    put(&store, "a/l", "x").await;
    recorder.take();
    store.delete(key("a/b/k"), DeleteOptions::default()).await.unwrap();
    // `a` is tried, too, and stays as it holds `l`.
    let expected = [Lock, Unlink, SyncFolder, RemoveFolder, RemoveFolder];
    assert_eq!(effects(&recorder), expected);
    assert!(place.join("a/l").exists() && !place.join("a/b").exists());
}

#[tokio::test]
async fn rename_syncs_the_new_folder_before_the_old_one() {
    use Step::*;
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    put(&store, "from/k", "x").await;
    put(&store, "to/other", "x").await;
    recorder.take();
    store.rename(key("from/k"), key("to/k"), CopyOptions::default()).await.unwrap();
    let two = [Lock, Lock, SetAttribute, SyncFile, Rename, SyncFolder, SyncFolder, RemoveFolder];
    assert_eq!(effects(&recorder), two);
    store.rename(key("to/k"), key("to/l"), CopyOptions::default()).await.unwrap();
    let one = [Lock, Lock, SetAttribute, SyncFile, Rename, SyncFolder, RemoveFolder];
    assert_eq!(effects(&recorder), one);
}

#[tokio::test]
async fn copy_syncs_like_put() {
    use Step::*;
    for (features, step) in [
        (Features::ALL, vec![CopyRange]),
        (Features { kernel_copy: false, ..Features::ALL }, vec![CopyRange, Write]),
    ] {
        let place = Place::new();
        let (store, recorder) = durable(&place, features);
        put(&store, "from", "x").await;
        recorder.take();
        store.copy(key("from"), key("to"), CopyOptions::default()).await.unwrap();
        let mut seen = effects(&recorder);
        let tail = [SetAttribute, SyncFile, Lock, Link, SyncFolder];
        assert_eq!(seen.split_off(seen.len() - tail.len()), tail);
        // Where the file system can clone, nothing is copied at all.
        let cloned = seen == [CreateTemp] && features.kernel_copy;
        assert!(cloned || seen == [vec![CreateTemp], step].concat(), "{seen:?}");
    }
}

#[tokio::test]
async fn without_durability_nothing_is_synced() {
    let place = Place::new();
    let recorder = Arc::new(Recorder::default());
    let store = place.open_as(QUICK, Features::ALL, Some(recorder.clone()));
    put(&store, "a/k", "x").await;
    store.copy(key("a/k"), key("a/l"), CopyOptions::default()).await.unwrap();
    store.rename(key("a/l"), key("b"), CopyOptions::default()).await.unwrap();
    store.delete(key("a/k"), DeleteOptions::default()).await.unwrap();
    let seen = recorder.take();
    assert!(!seen.iter().any(|s| matches!(s, Step::SyncFile | Step::SyncFolder)), "{seen:?}");
}

#[tokio::test]
async fn an_error_before_the_rename_leaves_the_old_object_and_nothing_else() {
    use Step::*;
    for features in [Features::ALL, named_temps()] {
        for step in [CreateTemp, Write, SetAttribute, SyncFile, Lock, Rename] {
            for (errno, code) in [
                (Errno::NOSPC, ErrorCode::ResourceExhausted),
                (Errno::DQUOT, ErrorCode::ResourceExhausted),
                (Errno::MFILE, ErrorCode::ResourceExhausted),
                (Errno::ACCESS, ErrorCode::PermissionDenied),
                (Errno::PERM, ErrorCode::PermissionDenied),
                (Errno::ROFS, ErrorCode::FailedPrecondition),
                (Errno::IO, ErrorCode::DataLoss),
            ] {
                let place = Place::new();
                let (store, recorder) = durable(&place, features);
                put(&store, "k", "old").await;
                recorder.fail(step, errno);
                let e = try_put(&store, "k", "new", PutCondition::None).await.unwrap_err();
                recorder.heal();
                assert_eq!(e.code(), code, "{step:?} {errno:?}: {e}");
                assert_eq!(e.service_status(), errno.raw_os_error() as u32);
                assert_eq!((e.service(), e.operation()), ("blob.folder", "put"));
                assert!(e.message().contains("`k`"), "{e}");
                let may_have = step == Rename && errno == Errno::IO;
                let effect = if may_have { Effect::Unknown } else { Effect::None };
                assert_eq!(e.effect(), effect, "{step:?} {errno:?}");
                assert_eq!(get(&store, "k").await.unwrap(), "old");
                assert_eq!(place.leftovers(), [""; 0], "{step:?}");
                put(&store, "k", "new").await;
            }
        }
    }
}

#[tokio::test]
async fn an_error_after_the_change_says_that_its_effect_is_unknown() {
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    put(&store, "k", "old").await;
    put(&store, "l", "old").await;
    recorder.fail(Step::SyncFolder, Errno::IO);
    let e = try_put(&store, "k", "new", PutCondition::None).await.unwrap_err();
    assert_eq!((e.code(), e.effect()), (ErrorCode::DataLoss, Effect::Unknown));
    assert_eq!(get(&store, "k").await.unwrap(), "new");
    let e = store.delete(key("k"), DeleteOptions::default()).await.unwrap_err();
    assert_eq!(e.effect(), Effect::Unknown);
    let e = store.rename(key("l"), key("m"), CopyOptions::default()).await.unwrap_err();
    assert_eq!(e.effect(), Effect::Unknown);
    recorder.heal();
    assert_eq!(all_keys(&store).await, ["m"]);
}

#[tokio::test]
async fn a_rename_that_fails_gives_the_old_etag_back() {
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    let old = put(&store, "k", "old").await;
    recorder.fail(Step::Rename, Errno::NOSPC);
    let e = store.rename(key("k"), key("l"), CopyOptions::default()).await.unwrap_err();
    assert_eq!((e.code(), e.effect()), (ErrorCode::ResourceExhausted, Effect::None));
    assert_eq!(etag(&store, "k").await, old);
}

#[tokio::test]
async fn an_error_of_a_read_is_told_with_its_cause() {
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::NONE);
    put(&store, "k", "old").await;
    for (step, errno, code) in [
        (Step::Open, Errno::NOENT, ErrorCode::NotFound),
        (Step::Open, Errno::NOTDIR, ErrorCode::NotFound),
        (Step::Open, Errno::LOOP, ErrorCode::NotFound),
        (Step::Open, Errno::ACCESS, ErrorCode::PermissionDenied),
        (Step::Open, Errno::NAMETOOLONG, ErrorCode::InvalidArgument),
        (Step::Open, Errno::MFILE, ErrorCode::ResourceExhausted),
        (Step::Read, Errno::IO, ErrorCode::DataLoss),
        (Step::Read, Errno::STALE, ErrorCode::Unavailable),
    ] {
        recorder.fail(step, errno);
        let e = store.get(key("k"), GetOptions::default()).await.unwrap_err();
        assert_eq!((e.code(), e.effect()), (code, Effect::None), "{e}");
        assert_ne!(e.service_status(), 0, "{e}");
        assert!(e.message().contains("`k`"), "{e}");
        recorder.heal();
    }
}
