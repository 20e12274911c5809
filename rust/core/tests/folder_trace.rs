//! The order of writes, syncs and renames, and what an error in each of them means.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::fs;
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

/// Whether a step changes what is stored or its order: it does not only look, and is not taken for
/// some keys and not for others, as is the making of a shard's lock.
fn matters(step: Step) -> bool {
    use Step::*;
    ![Open, OpenCached, Read, ReadCached, ReadFolder, Clone, MakeLock].contains(&step)
}

fn effects(recorder: &Recorder) -> Vec<Step> {
    recorder.take().into_iter().filter(|step| matters(*step)).collect()
}

/// The steps of these kinds, each with what it was done to, as a path within the place.
fn done_to(recorder: &Recorder, place: &Place, steps: &[Step]) -> Vec<(Step, String)> {
    let root = format!("{}/", fs::canonicalize(place.path()).unwrap().display());
    let within = |path: String| match format!("{path}/").strip_prefix(&root) {
        Some(rest) => rest.trim_end_matches('/').to_owned(),
        None => path,
    };
    let taken = recorder.take_named().into_iter().filter(|(step, _)| steps.contains(step));
    taken.map(|(step, path)| (step, within(path))).collect()
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

    put(&store, "c/d/k", "x").await;
    let synced = ["c/d", "c", ""].map(|folder| (SyncFolder, folder.to_owned()));
    assert_eq!(done_to(&recorder, &place, &[SyncFolder]), synced);
}

/// All before the publishing is done to the temporary file, which the session's folder holds if it
/// has a name.
#[tokio::test]
async fn what_is_written_described_and_synced_is_what_is_published() {
    use Step::*;
    for features in [Features::ALL, named_temps()] {
        let place = Place::new();
        let (store, recorder) = durable(&place, features);
        put(&store, "k", "old").await;
        put(&store, "from", "x").await;
        recorder.take();
        put(&store, "k", "new").await;
        let steps = done_to(&recorder, &place, &[Write, SetAttribute, SyncFile]);
        let (_, temp) = steps[0].clone();
        assert!(temp.starts_with(".tombolo/tmp/"), "{temp}");
        assert_eq!(steps, [Write, SetAttribute, SyncFile].map(|step| (step, temp.clone())));
        store.copy(key("from"), key("k"), CopyOptions::default()).await.unwrap();
        let steps = done_to(&recorder, &place, &[CopyRange, SetAttribute, SyncFile]);
        let (_, temp) = steps[0].clone();
        assert!(temp.starts_with(".tombolo/tmp/"), "{temp}");
        assert!(steps.iter().all(|(_, path)| *path == temp), "{steps:?}");
    }
}

/// Which lock a write of each key takes is told by a put; copy takes the target's, rename both.
#[tokio::test]
async fn every_write_locks_the_shards_of_the_keys_it_changes() {
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    let locks = || {
        let steps = done_to(&recorder, &place, &[Step::Lock]);
        steps.into_iter().map(|(_, path)| path).collect::<Vec<_>>()
    };
    // The two keys are in different shards, or the test below would see nothing.
    warm(&store, &recorder).await;
    put(&store, "k", "x").await;
    let of_k = locks();
    put(&store, "l", "x").await;
    let of_l = locks();
    assert!(of_k.len() == 1 && of_l.len() == 1 && of_k != of_l, "{of_k:?} {of_l:?}");
    let mut both = [&of_k[..], &of_l[..]].concat();
    both.sort();

    store.copy(key("k"), key("l"), CopyOptions::default()).await.unwrap();
    assert_eq!(locks(), of_l);
    store.rename(key("l"), key("k"), CopyOptions::default()).await.unwrap();
    assert_eq!(locks(), both);
    store.writer(key("l"), PutOptions::default()).await.unwrap().finish().await.unwrap();
    assert_eq!(locks(), of_l);
    store.delete(key("k"), DeleteOptions::default()).await.unwrap();
    assert_eq!(locks(), of_k);
    store.delete_many(vec![key("l")]).await.unwrap();
    assert_eq!(locks(), of_l);
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
    let steps = recorder.take_named();
    let kinds = steps.iter().map(|(step, _)| *step);
    assert_eq!(kinds.filter(|step| matters(*step)).collect::<Vec<_>>(), two);
    let synced = steps.iter().filter(|(step, _)| *step == SyncFolder);
    let synced: Vec<_> = synced.map(|(_, path)| path.rsplit('/').next().unwrap()).collect();
    assert_eq!(synced, ["to", "from"]);
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
                assert!(e.message().contains(r#""k""#), "{e}");
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
async fn a_rename_that_fails_leaves_the_object_as_it_was() {
    for step in [Step::SetAttribute, Step::SyncFile, Step::Rename] {
        let place = Place::new();
        let (store, recorder) = durable(&place, Features::ALL);
        let ours = put(&store, "ours", "x").await;
        fs::write(place.join("foreign"), "x").unwrap();
        for name in ["ours", "foreign"] {
            recorder.fail(step, Errno::NOSPC);
            let e = store.rename(key(name), key("l"), CopyOptions::default()).await.unwrap_err();
            assert_eq!((e.code(), e.effect()), (ErrorCode::ResourceExhausted, Effect::None));
            recorder.heal();
        }
        assert_eq!(etag(&store, "ours").await, ours, "{step:?}");
        // Its etag is derived from what it is, the time of its last change included.
        assert!(etag(&store, "foreign").await.starts_with("stat-"), "{step:?}");
    }
}

/// Another process may have removed the object and not synced its folder yet.
#[tokio::test]
async fn a_delete_of_what_is_gone_is_durable_too() {
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    put(&store, "a/k", "x").await;
    put(&store, "a/l", "x").await;
    fs::remove_file(place.join("a/k")).unwrap();
    recorder.take();
    store.delete(key("a/k"), DeleteOptions::default()).await.unwrap();
    let synced = done_to(&recorder, &place, &[Step::SyncFolder]);
    assert_eq!(synced, [(Step::SyncFolder, "a".to_owned())]);
}

#[tokio::test]
async fn a_full_disk_keeps_nobody_from_deleting_objects() {
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    for name in ["a", "b/c"] {
        put(&store, name, "x").await;
    }
    fs::write(place.join("theirs"), "x").unwrap();
    for full in [Errno::NOSPC, Errno::DQUOT] {
        recorder.fail(Step::MakeLock, full);
        for name in ["a", "b/c"] {
            store.delete(key(name), DeleteOptions::default()).await.unwrap();
        }
        // Nobody has locked this shard before.
        let e = store.delete(key("theirs"), DeleteOptions::default()).await.unwrap_err();
        assert_eq!((e.code(), e.effect()), (ErrorCode::ResourceExhausted, Effect::None), "{e}");
        recorder.heal();
    }
    store.delete(key("theirs"), DeleteOptions::default()).await.unwrap();
    assert_eq!(all_keys(&store).await, [""; 0]);
}

#[tokio::test]
async fn one_key_that_the_file_system_refuses_fails_alone() {
    let place = Place::new();
    let (store, recorder) = durable(&place, Features::ALL);
    for name in ["a", "b", "c"] {
        put(&store, name, "x").await;
    }
    recorder.fail_at(Step::Unlink, "b", Errno::ACCESS);
    let outcomes = store.delete_many(["a", "b", "c"].map(key).to_vec()).await.unwrap();
    recorder.heal();
    let codes = outcomes.into_iter().map(|o| (o.key, o.result.err().map(|e| e.code())));
    let expected = [("a", None), ("b", Some(ErrorCode::PermissionDenied)), ("c", None)];
    assert_eq!(codes.collect::<Vec<_>>(), expected.map(|(name, code)| (name.to_owned(), code)));
    assert_eq!(all_keys(&store).await, ["b"]);
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
        assert!(e.message().contains(r#""k""#), "{e}");
        recorder.heal();
    }
}
