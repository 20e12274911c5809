//! Several processes at one folder: conditions hold, and a killed writer tears nothing.
//!
//! The other processes are this test program again, told by an environment variable which of the
//! roles below to play.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use folder_support::*;
use rustix::io::Errno;
use tombolo::blob::folder::internals::{Features, Hook, Step, open_with};
use tombolo::blob::folder::{FolderOptions, open};
use tombolo::blob::{Backend, CopyOptions, DeleteOptions, GetOptions, PutCondition, PutOptions};
use tombolo::{ErrorCode, ErrorKind};

const ROLE: &str = "TOMBOLO_TEST_ROLE";
const ROOT: &str = "TOMBOLO_TEST_ROOT";
const INCREMENTS: u64 = 10_000;

/// Starts this program in a role. It runs the test `roles` alone.
fn start(role: &str, root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "roles", "--nocapture"])
        .env(ROLE, role)
        .env(ROOT, root)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the started processes do. As a test of its own it checks that no role is no work.
#[tokio::test]
async fn roles() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let root = std::env::var_os(ROOT).unwrap();
    let (role, seed) = role.split_once('-').unwrap();
    let seed = seed.parse().unwrap();
    match role {
        "count" => count(&open(Path::new(&root), QUICK).unwrap()).await,
        "contend" => contend(&open(Path::new(&root), QUICK).unwrap(), seed).await,
        "publish" => publish(Path::new(&root)).await,
        "follow" => follow(Path::new(&root)).await,
        "write" => write_forever(Path::new(&root), Features::ALL, seed).await,
        "write_named" => {
            let features = Features { tmpfile: false, ..Features::ALL };
            write_forever(Path::new(&root), features, seed).await;
        }
        "begin" => begin(Path::new(&root), Features::ALL),
        "begin_named" => begin(Path::new(&root), Features { tmpfile: false, ..Features::ALL }),
        other => panic!("no role {other}"),
    }
}

async fn count(store: &Arc<dyn Backend>) {
    for _ in 0..INCREMENTS {
        loop {
            let object = store.get(key("counter"), GetOptions::default()).await.unwrap();
            let n: u64 = std::str::from_utf8(&object.bytes).unwrap().parse().unwrap();
            let condition = PutCondition::IfMatch(object.meta.etag);
            match try_put(store, "counter", &(n + 1).to_string(), condition).await {
                Ok(_) => break,
                Err(e) => assert_eq!(e.kind(), ErrorKind::ConditionNotMet, "{e}"),
            }
        }
    }
}

#[tokio::test]
async fn eight_processes_lose_no_increment() {
    let place = Place::new();
    let store = place.open();
    put(&store, "counter", "0").await;
    let children: Vec<_> = (0..8).map(|i| start(&format!("count-{i}"), place.path())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(get(&store, "counter").await.unwrap(), (8 * INCREMENTS).to_string());
}

/// How often [`publish`] does.
const PUBLISHED: u64 = 200;
/// The last number whose writing was acknowledged, beside the store's folder.
const ACKNOWLEDGED: &str = "acknowledged";

/// Replaces an object again and again, now by a put, now by a rename over it, now by a delete and a
/// put, with time for others to keep its file open, and tells each time when that is acknowledged.
async fn publish(place: &Path) {
    let store = open(&place.join("root"), QUICK).unwrap();
    for n in 1..=PUBLISHED {
        match n % 3 {
            0 => drop(store.put(key("d/object"), body(n).into(), told(n)).await.unwrap()),
            1 => {
                store.put(key("d/next"), body(n).into(), told(n)).await.unwrap();
                let (from, to) = (key("d/next"), key("d/object"));
                store.rename(from, to, CopyOptions::default()).await.unwrap();
            }
            _ => {
                store.delete(key("d/object"), DeleteOptions::default()).await.unwrap();
                store.put(key("d/object"), body(n).into(), told(n)).await.unwrap();
            }
        }
        std::fs::write(place.join("next"), n.to_string()).unwrap();
        std::fs::rename(place.join("next"), place.join(ACKNOWLEDGED)).unwrap();
        std::thread::sleep(Duration::from_millis(12));
    }
}

fn acknowledged_at(place: &Path) -> u64 {
    std::fs::read_to_string(place.join(ACKNOWLEDGED)).unwrap().parse().unwrap()
}

/// Reads that object until its last version is there: each is whole, with its own metadata, and not
/// older than what was acknowledged before the read began.
async fn follow(place: &Path) {
    let store = open(&place.join("root"), QUICK).unwrap();
    let (mut last, mut reads) = (0, 0);
    while last < PUBLISHED {
        let acknowledged = acknowledged_at(place);
        reads += 1;
        let object = match store.get(key("d/object"), GetOptions::default()).await {
            Ok(object) => object,
            Err(e) => {
                assert_eq!(e.code(), ErrorCode::NotFound, "{e}");
                // Between a delete and the put after it.
                let since = acknowledged + 1..=acknowledged_at(place) + 1;
                assert!(since.clone().any(|n| n % 3 == 2), "nobody has deleted it: {since:?}");
                continue;
            }
        };
        let n = check(&object.bytes);
        assert!(n >= acknowledged.max(last), "{n}, after {acknowledged} and {last}");
        assert_eq!(object.meta.metadata, told(n).metadata);
        last = n;
    }
    assert!(reads > PUBLISHED, "it hardly read: {reads}");
}

#[tokio::test]
async fn eight_processes_that_read_see_each_write_of_another_once_it_is_acknowledged() {
    let place = Place::new();
    std::fs::write(place.join(ACKNOWLEDGED), "0").unwrap();
    let store = open(&place.join("root"), QUICK).unwrap();
    store.put(key("d/object"), body(0).into(), told(0)).await.unwrap();
    let mut children: Vec<_> =
        (0..8).map(|i| start(&format!("follow-{i}"), place.path())).collect();
    children.push(start("publish-0", place.path()));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// Every kind of writer at once, at few keys in folders that come and go. A token is an object that
/// was created with `IfAbsent`; exactly one may hold it, and only its holder removes it.
async fn contend(store: &Arc<dyn Backend>, seed: u64) {
    let mut random = Random(seed);
    for _ in 0..150 {
        let folder = ["a", "a/b", "c"][random.below(3)];
        let token = format!("{folder}/token");
        match try_put(store, &token, &seed.to_string(), PutCondition::IfAbsent).await {
            Ok(etag) => hold(store, &token, etag, seed).await,
            Err(e) => assert_eq!(e.kind(), ErrorKind::ConditionNotMet, "{e}"),
        }
        let (own, moved) = (format!("{folder}/{seed}"), format!("moved/{folder}/{seed}"));
        put(store, &own, &own).await;
        store.copy(key(&own), key(&moved), CopyOptions::default()).await.unwrap();
        store.rename(key(&moved), key(&own), CopyOptions::default()).await.unwrap();
        assert_eq!(get(store, &own).await.unwrap(), own);
        store.delete(key(&own), DeleteOptions::default()).await.unwrap();
    }
}

async fn hold(store: &Arc<dyn Backend>, token: &str, etag: String, seed: u64) {
    assert_eq!(get(store, token).await.unwrap(), seed.to_string());
    let condition = PutCondition::IfMatch(etag);
    let etag = try_put(store, token, &seed.to_string(), condition).await.unwrap();
    assert_eq!(get(store, token).await.unwrap(), seed.to_string());
    store.delete(key(token), DeleteOptions { if_match: Some(etag) }).await.unwrap();
}

#[tokio::test]
async fn writers_and_pruning_of_other_processes_do_not_get_in_each_others_way() {
    let place = Place::new();
    let store = place.open();
    let children: Vec<_> = (0..4).map(|i| start(&format!("contend-{i}"), place.path())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(all_keys(&store).await, [""; 0]);
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().map(|e| e.unwrap()).collect();
    assert_eq!(left.len(), 1, "only `.tombolo` is left: {left:?}");
}

/// A body that shows whether it is whole: a number, that many times.
fn body(n: u64) -> Vec<u8> {
    let line = format!("{n}\n");
    let lines = 1 + (n % 7) * 20_000;
    line.repeat(lines as usize).into_bytes()
}

fn check(bytes: &[u8]) -> u64 {
    let text = std::str::from_utf8(bytes).unwrap();
    let n = text.lines().next().unwrap().parse().unwrap();
    assert!(bytes == body(n), "{n} is torn: {} bytes", bytes.len());
    n
}

/// The metadata of a body: of the same number.
fn told(n: u64) -> PutOptions {
    let metadata = vec![("n".to_owned(), n.to_string())];
    PutOptions { metadata: metadata.into_iter().collect(), ..PutOptions::default() }
}

/// Puts, streams, copies and renames until it is killed.
async fn write_forever(root: &Path, features: Features, seed: u64) {
    let options = FolderOptions { durable: seed.is_multiple_of(2), ..QUICK };
    let store = open_with(root, options, features, None).unwrap();
    let mut n = match store.get(key("d/object"), GetOptions::default()).await {
        Ok(object) => check(&object.bytes),
        Err(_) => 0,
    };
    loop {
        n += 1;
        store.put(key("d/object"), body(n).into(), told(n)).await.unwrap();
        n += 1;
        let mut writer = store.writer(key("d/object"), told(n)).await.unwrap();
        for piece in body(n).chunks(100_000) {
            writer.write(piece.to_vec().into()).await.unwrap();
        }
        writer.finish().await.unwrap();
        store.copy(key("d/object"), key("d/copy"), CopyOptions::default()).await.unwrap();
        store.rename(key("d/copy"), key("e/moved"), CopyOptions::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_writer_tears_nothing_and_leaves_nothing() {
    for role in ["write", "write_named"] {
        let place = Place::new();
        let (mut last, mut kills, mut moved) = (0, 0, false);
        let mut random = Random(42);
        while kills < 60 {
            let mut child = start(&format!("{role}-{kills}"), place.path());
            // At a random moment, most of them after it has begun to write.
            std::thread::sleep(Duration::from_micros(random.next() % 60_000));
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;

            let store = place.open();
            match store.get(key("d/object"), GetOptions::default()).await {
                Ok(object) => {
                    let n = check(&object.bytes);
                    assert!(n >= last, "{n} came after {last}");
                    last = n;
                }
                Err(e) => assert!(last == 0, "{e}"),
            }
            for name in all_keys(&store).await {
                let object = store.get(key(&name), GetOptions::default()).await.unwrap();
                let n = check(&object.bytes);
                assert_eq!(object.meta.metadata, told(n).metadata, "{name}");
                assert!(!object.meta.etag.starts_with("stat-"), "{name} is without its etag");
            }
            // What is renamed again and again is never without its new name, once it has it.
            let is_there = get(&store, "e/moved").await.is_ok();
            assert!(is_there || !moved, "it is lost after {last}");
            moved = is_there;
            assert_eq!(place.leftovers(), [""; 0]);
            assert_eq!(std::fs::read_dir(place.join(".tombolo/tmp")).unwrap().count(), 0);
            put(&store, "e/after", "").await;
            store.delete(key("e/after"), DeleteOptions::default()).await.unwrap();
        }
        assert!(last > 20 && moved, "the writers hardly wrote: {last}");
    }
}

/// Ends this process, as a kill would, when a new folder is about to get its format.
fn begin(root: &Path, features: Features) {
    struct EndsIt;
    impl Hook for EndsIt {
        fn before(&self, step: Step, name: &str) -> Result<(), Errno> {
            if (step, name) == (Step::Link, "format") {
                std::process::exit(0);
            }
            Ok(())
        }
    }
    let _ = open_with(root, QUICK, features, Some(Arc::new(EndsIt)));
    panic!("the folder had a format");
}

#[test]
fn a_death_before_the_format_has_its_name_leaves_nothing() {
    for role in ["begin", "begin_named"] {
        let place = Place::new();
        assert!(start(&format!("{role}-0"), place.path()).wait().unwrap().success());
        assert!(!place.join(".tombolo/format").exists());
        let left = if role == "begin" { 0 } else { 1 };
        assert_eq!(place.leftovers().len(), left, "{role}");
        drop(place.open());
        let mut names: Vec<_> = std::fs::read_dir(place.join(".tombolo"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["format", "locks", "tmp"], "{role}");
        assert_eq!(std::fs::read_dir(place.join(".tombolo/tmp")).unwrap().count(), 0, "{role}");
    }
}

#[tokio::test]
async fn what_a_live_process_writes_is_not_cleaned_up() {
    for features in [Features::ALL, Features { tmpfile: false, ..Features::ALL }] {
        let place = Place::new();
        let store = place.open_as(QUICK, features, None);
        let mut writer = store.writer(key("k"), PutOptions::default()).await.unwrap();
        writer.write(vec![b'x'; 1 << 20].into()).await.unwrap();
        drop(place.open());
        writer.write("tail".into()).await.unwrap();
        writer.finish().await.unwrap();
        assert_eq!(get(&store, "k").await.unwrap().len(), (1 << 20) + 4);
        put(&store, "k", "replaced").await;
    }
}
