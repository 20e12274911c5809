//! The same work under every combination of features gives the same answers.
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
use tombolo::blob::folder::internals::{Features, Step, open_with};
use tombolo::blob::{
    Backend, ByteRange, CopyOptions, DeleteOptions, GetOptions, ListOptions, PutCondition,
    PutOptions,
};
use tombolo::{ErrorCode, ErrorKind};

#[tokio::test]
async fn every_operation_under_every_combination() {
    for place in Place::both() {
        for (name, features) in combinations() {
            let store = place.open_as(QUICK, features, None);
            objects(&store).await;
            transfers(&store).await;
            streams(&store).await;
            odd_keys(&store).await;
            refusals(&store).await;
            assert_eq!(all_keys(&store).await, [""; 0], "{name}");
            assert_eq!(place.leftovers(), [""; 0], "{name}");
            let left = std::fs::read_dir(place.path()).unwrap().count();
            assert_eq!(left, 1, "{name}: only `.tombolo` is left");
        }
    }
}

async fn delete(store: &Arc<dyn Backend>, name: &str) {
    store.delete(key(name), DeleteOptions::default()).await.unwrap();
}

async fn objects(store: &Arc<dyn Backend>) {
    let mut options = PutOptions { content_type: "text/x".into(), ..PutOptions::default() };
    options.metadata.insert("name".into(), "wörth".into());
    options.condition = PutCondition::IfAbsent;
    let first = store.put(key("d/k"), "one".into(), options.clone()).await.unwrap().etag;
    let again = what(store.put(key("d/k"), "two".into(), options.clone()).await);
    assert_eq!(again.1, ErrorKind::ConditionNotMet);
    let object = store.get(key("d/k"), GetOptions::default()).await.unwrap();
    assert_eq!((&object.meta.etag, object.meta.size), (&first, 3));
    assert_eq!(object.meta.metadata, options.metadata);
    assert_eq!(object.meta.content_type, "text/x");
    let listed = pages(store, ListOptions::default()).await.unwrap();
    assert_eq!(listed[0].objects, [object.meta]);

    let second = try_put(store, "d/k", "two", PutCondition::IfMatch(first.clone())).await.unwrap();
    assert_ne!(first, second);
    let stale = what(try_put(store, "d/k", "x", PutCondition::IfMatch(first.clone())).await);
    assert_eq!(stale.1, ErrorKind::ConditionNotMet);
    let stale = store.delete(key("d/k"), DeleteOptions { if_match: Some(first) }).await;
    assert_eq!(what(stale).1, ErrorKind::ConditionNotMet);
    store.delete(key("d/k"), DeleteOptions { if_match: Some(second.clone()) }).await.unwrap();
    let gone = what(try_put(store, "d/k", "x", PutCondition::IfMatch(second)).await);
    assert_eq!(gone.1, ErrorKind::ConditionNotMet);
    delete(store, "d/k").await;
}

async fn transfers(store: &Arc<dyn Backend>) {
    let body = vec![3; (3 << 20) + 5];
    store.put(key("big"), body.clone().into(), PutOptions::default()).await.unwrap();
    let if_absent = CopyOptions { if_absent: true };
    store.copy(key("big"), key("x/y/big"), if_absent.clone()).await.unwrap();
    assert_eq!(read(store, "x/y/big").await.unwrap(), body);
    let exists = store.copy(key("big"), key("x/y/big"), if_absent.clone()).await;
    assert_eq!(what(exists).1, ErrorKind::ConditionNotMet);
    let exists = store.rename(key("big"), key("x/y/big"), if_absent.clone()).await;
    assert_eq!(what(exists).1, ErrorKind::ConditionNotMet);
    store.rename(key("x/y/big"), key("z/big"), if_absent).await.unwrap();
    store.rename(key("z/big"), key("big"), CopyOptions::default()).await.unwrap();
    let part = ByteRange::From { offset: 1 << 20, length: Some(2 << 20) };
    let part = store.get(key("big"), GetOptions { range: part, ..Default::default() }).await;
    assert_eq!(part.unwrap().bytes.len(), 2 << 20);
    delete(store, "big").await;
}

async fn streams(store: &Arc<dyn Backend>) {
    let mut writer = store.writer(key("w/k"), PutOptions::default()).await.unwrap();
    let mut expected = Vec::new();
    for i in 0..2000u32 {
        let piece = vec![i as u8; (i % 1000) as usize];
        expected.extend_from_slice(&piece);
        writer.write(piece.into()).await.unwrap();
    }
    assert!(get(store, "w/k").await.is_err());
    writer.finish().await.unwrap();
    assert_eq!(read(store, "w/k").await.unwrap(), expected);
    let mut dropped = store.writer(key("w/k"), PutOptions::default()).await.unwrap();
    dropped.write(vec![0; 1 << 20].into()).await.unwrap();
    drop(dropped);
    assert_eq!(read(store, "w/k").await.unwrap(), expected);
    delete(store, "w/k").await;
}

async fn odd_keys(store: &Arc<dyn Backend>) {
    let mut odd = vec!["/a", "a//b", "b/", "/", "c//", ".", "../..", "%2e", "%", "😀", "\n"];
    odd.extend([".tombolo", ".tombolo-x/y", "...", "a\\b", " ", "é/..", "e/../f", "e/./f"]);
    let deep = "d/".repeat(60);
    odd.push(&deep);
    // These would be folders of others above.
    for name in ["..", "//", ".tombolo/format", ".tombolo/tmp/x", "a/"] {
        put(store, name, name).await;
        assert_eq!(all_keys(store).await, [name]);
        delete(store, name).await;
    }
    for name in &odd {
        put(store, name, name).await;
        assert_eq!(get(store, name).await.unwrap(), *name);
    }
    let mut sorted: Vec<_> = odd.iter().map(ToString::to_string).collect();
    sorted.sort();
    assert_eq!(all_keys(store).await, sorted);
    let outcomes = store.delete_many(odd.iter().map(|k| key(k)).collect()).await.unwrap();
    assert!(outcomes.iter().all(|o| o.result.is_ok()));
    let order: Vec<_> = outcomes.iter().map(|o| o.key.as_str()).collect();
    assert_eq!(order, odd);
}

async fn refusals(store: &Arc<dyn Backend>) {
    use tombolo::ErrorCode::{FailedPrecondition, InvalidArgument, NotFound};
    put(store, "a/b", "x").await;
    let folder = try_put(store, "a", "x", PutCondition::None).await.unwrap_err();
    assert_eq!(folder.code(), FailedPrecondition);
    assert!(folder.message().contains("under \"a/\""), "{folder}");
    let object = try_put(store, "a/b/c/d", "x", PutCondition::None).await.unwrap_err();
    assert_eq!(object.code(), FailedPrecondition);
    assert!(object.message().contains("\"a/b\" is a file"), "{object}");
    for absent in ["a", "a/b/c", "a/b/"] {
        assert_eq!(what(get(store, absent).await).0, NotFound);
        delete(store, absent).await;
    }
    let long = format!("a/{}", "%".repeat(86));
    assert_eq!(what(try_put(store, &long, "x", PutCondition::None).await).0, InvalidArgument);
    assert_eq!(what(get(store, &long).await).0, InvalidArgument);
    delete(store, "a/b").await;
    // Folders without any file, such as a crash may leave, are in nobody's way.
    put(store, "a", "x").await;
    delete(store, "a").await;
}

/// As tmpfs before Linux 6.6.
#[test]
fn a_file_system_without_attributes_is_refused_with_the_cause() {
    let place = Place::new();
    let recorder = Arc::new(Recorder::default());
    recorder.fail(Step::ProbeAttribute, Errno::OPNOTSUPP);
    let open = || open_with(place.path(), QUICK, Features::ALL, Some(recorder.clone())).map(drop);
    let e = open().unwrap_err();
    assert_eq!((e.code(), e.operation()), (ErrorCode::FailedPrecondition, "open"), "{e}");
    assert_eq!(e.service_status(), Errno::OPNOTSUPP.raw_os_error() as u32);
    for part in [&*place.path().display().to_string(), "no user extended attributes", "ext4"] {
        assert!(e.message().contains(part), "{e}");
    }
    recorder.heal();
    open().unwrap();
}

#[tokio::test]
async fn the_deepest_key_comes_and_goes() {
    let place = Place::new();
    let store = place.open();
    for deep in ["d/".repeat(512), "/".repeat(1024)] {
        put(&store, &deep, "x").await;
        assert_eq!(all_keys(&store).await, [&*deep]);
        assert_eq!(get(&store, &deep).await.unwrap(), "x");
        delete(&store, &deep).await;
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn hollow_folders_are_in_nobodys_way() {
    let place = Place::new();
    let store = place.open();
    std::fs::create_dir_all(place.join("a/b/c")).unwrap();
    std::fs::create_dir_all(place.join("a/d")).unwrap();
    let options = ListOptions { delimiter: Some('/'), ..ListOptions::default() };
    assert!(pages(&store, options).await.unwrap().is_empty());
    put(&store, "a", "object").await;
    assert_eq!(get(&store, "a").await.unwrap(), "object");
}
