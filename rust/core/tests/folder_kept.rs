//! Files that are read often stay open, and nothing but speed tells so.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use folder_support::*;
use futures_util::StreamExt;
use rustix::fs::{XattrFlags, setxattr};
use rustix::io::Errno;
use tombolo::blob::folder::FolderOptions;
use tombolo::blob::folder::internals::{Features, Step};
use tombolo::blob::{
    Backend, BlobStore, ByteRange, CopyOptions, DeleteOptions, GetOptions, HeadOptions, PutOptions,
};
use tombolo::{ErrorCode, ErrorKind};

fn recorded(place: &Place, max_open: usize) -> (Arc<dyn Backend>, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let options = FolderOptions { max_open, ..QUICK };
    (place.open_as(options, Features::ALL, Some(recorder.clone())), recorder)
}

/// Reads the object until its file is kept open: it must have been read before, and its last change
/// must lie before the kernel's present tick.
async fn until_kept(store: &Arc<dyn Backend>, recorder: &Recorder, name: &str) -> String {
    for _ in 0..1000 {
        recorder.take();
        let found = get(store, name).await.unwrap();
        if recorder.take() == [Step::Look, Step::ReadCached] {
            return found;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("{name} is never kept open");
}

/// The files of objects that this process has open.
fn open_files(place: &Place) -> Vec<String> {
    let root = fs::canonicalize(place.path()).unwrap();
    let files = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
    let reserved = root.join(".tombolo");
    let within = |path: &PathBuf| path.starts_with(&root) && !path.starts_with(&reserved);
    let found = targets.filter(|path| within(path) && *path != root);
    found.map(|path| path.display().to_string()).collect()
}

/// Whether this store can keep files at all: not where nothing is read from the kernel's caches.
fn can_keep(store: &Arc<dyn Backend>) -> bool {
    store.capabilities().cached_reads
}

#[tokio::test]
async fn a_read_of_a_kept_file_is_a_look_and_a_read() {
    let place = Place::new();
    let (store, recorder) = recorded(&place, 64);
    if !can_keep(&store) {
        return;
    }
    for name in ["k", "a/k", "a/b/k", "a/b/c/k", "a/b/c/d/e/k"] {
        let options = PutOptions {
            content_type: "text/plain".into(),
            metadata: [("n".to_owned(), name.to_owned())].into(),
            ..PutOptions::default()
        };
        let etag = store.put(key(name), name.into(), options).await.unwrap().etag;
        assert_eq!(until_kept(&store, &recorder, name).await, name);

        let found = store.get(key(name), GetOptions::default()).await.unwrap();
        assert_eq!(found.meta, store.head(key(name), HeadOptions::default()).await.unwrap());
        assert_eq!((&found.meta.etag, &*found.meta.content_type), (&etag, "text/plain"));
        assert_eq!(found.meta.metadata["n"], name);
        assert_eq!(recorder.take(), [Step::Look, Step::ReadCached, Step::Look]);

        let filled = get_into(&store, name, name.len(), GetOptions::default()).await.unwrap();
        assert_eq!((&*filled.buffer, &filled.meta), (name.as_bytes(), &found.meta));
        assert_eq!(recorder.take(), [Step::Look, Step::ReadCached]);
        assert_eq!(read(&store, name).await.unwrap(), name.as_bytes());
        assert_eq!(recorder.take(), [Step::Look, Step::ReadCached]);

        // Conditions hold, and a read that fails them leaves the file open.
        let known = GetOptions { if_none_match: Some(etag), ..GetOptions::default() };
        let answer = store.get(key(name), known).await;
        assert_eq!(what(answer), (ErrorCode::FailedPrecondition, ErrorKind::NotModified));
        recorder.take();
        assert_eq!(get(&store, name).await.unwrap(), name);
        assert_eq!(recorder.take(), [Step::Look, Step::ReadCached]);
    }
}

/// What may happen to an object between two reads, and what is read then; `None`: it is gone.
type Change = (&'static str, Option<&'static str>);
const CHANGES: [Change; 12] = [
    ("put", Some("new")),
    ("writer", Some("new")),
    ("copy over", Some("other")),
    ("rename over", Some("other")),
    ("delete", None),
    ("rename away", None),
    ("file replaced", Some("new")),
    ("file removed", None),
    ("file written in place", Some("new")),
    ("file made longer", Some("old and more")),
    ("attribute set", Some("old")),
    ("mode changed", Some("old")),
];

async fn change(store: &Arc<dyn Backend>, place: &Place, name: &str, what: &str) {
    let path = place.join(name);
    match what {
        "put" => drop(put(store, name, "new").await),
        "writer" => {
            let mut writer = store.writer(key(name), PutOptions::default()).await.unwrap();
            writer.write("new".into()).await.unwrap();
            writer.finish().await.unwrap();
        }
        "copy over" => {
            store.copy(key("other"), key(name), CopyOptions::default()).await.unwrap();
        }
        "rename over" => {
            store.rename(key("other"), key(name), CopyOptions::default()).await.unwrap();
        }
        "delete" => store.delete(key(name), DeleteOptions::default()).await.unwrap(),
        "rename away" => {
            store.rename(key(name), key("away"), CopyOptions::default()).await.unwrap();
        }
        "file replaced" => {
            fs::write(place.join("theirs"), "new").unwrap();
            fs::rename(place.join("theirs"), path).unwrap();
        }
        "file removed" => fs::remove_file(path).unwrap(),
        // Of the same length, so that only the times tell.
        "file written in place" => fs::write(path, "new").unwrap(),
        "file made longer" => fs::write(path, "old and more").unwrap(),
        "attribute set" => {
            setxattr(&path, "user.tombolo", b"not an attribute", XattrFlags::empty()).unwrap();
        }
        "mode changed" => fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap(),
        other => panic!("no change {other}"),
    }
}

/// Whether this store, another one or other hands make the change, the next read sees it, as one
/// of a store does that keeps nothing open.
#[tokio::test]
async fn every_change_is_seen_by_the_next_read() {
    for (change_it, by_another) in CHANGES.into_iter().flat_map(|c| [(c, false), (c, true)]) {
        for name in ["k", "a/k", "a/b/c/d/k"] {
            let place = Place::new();
            let (store, recorder) = recorded(&place, 64);
            if !can_keep(&store) {
                return;
            }
            let (plain, _) = recorded(&place, 0);
            put(&store, name, "old").await;
            put(&store, "other", "other").await;
            assert_eq!(until_kept(&store, &recorder, name).await, "old");
            let writer = if by_another { &plain } else { &store };
            change(writer, &place, name, change_it.0).await;
            for _ in 0..3 {
                let found = store.get(key(name), GetOptions::default()).await;
                let expected = plain.get(key(name), GetOptions::default()).await;
                let told = |answer: &tombolo::Result<tombolo::blob::Object>| match answer {
                    Ok(object) => Ok((object.bytes.clone(), object.meta.clone())),
                    Err(e) => Err((e.code(), e.message().to_owned())),
                };
                assert_eq!(told(&found), told(&expected), "{name}: {change_it:?}");
                match (change_it, found) {
                    (("attribute set", _), Err(e)) => assert_eq!(e.code(), ErrorCode::DataLoss),
                    ((_, Some(text)), Ok(object)) => assert_eq!(object.bytes, text),
                    ((_, None), Err(e)) => assert_eq!(e.code(), ErrorCode::NotFound),
                    (_, found) => panic!("{name}: {change_it:?}: {found:?}"),
                }
            }
        }
    }
}

/// A key that leads through a link is none, also if the file behind the link is the one that is open.
#[tokio::test]
async fn a_link_that_leads_to_the_open_file_is_not_followed() {
    let folders = ["a", "a/b", "a/b/c", "a/b/c/d"];
    for depth in 0..=folders.len() {
        let name = folders[..depth].last().map_or("k".to_owned(), |folder| format!("{folder}/k"));
        // Each folder on the way, and the file itself.
        for moved in folders[..depth].iter().copied().chain([&*name]) {
            for target in ["moved", "../moved"] {
                let place = Place::new();
                let root = place.join("root");
                let recorder = Arc::new(Recorder::default());
                let features = Features::ALL;
                let hook: Arc<Recorder> = recorder.clone();
                let opened =
                    tombolo::blob::folder::internals::open_with(&root, QUICK, features, Some(hook));
                let store = opened.unwrap();
                if !can_keep(&store) {
                    return;
                }
                put(&store, &name, "text").await;
                until_kept(&store, &recorder, &name).await;
                let to = root.join(target);
                fs::rename(root.join(moved), &to).unwrap();
                symlink(fs::canonicalize(&to).unwrap(), root.join(moved)).unwrap();
                assert_eq!(fs::read(root.join(&name)).unwrap(), b"text");
                for _ in 0..2 {
                    let answer = store.get(key(&name), GetOptions::default()).await;
                    assert_eq!(answer.unwrap_err().code(), ErrorCode::NotFound, "{moved}");
                }
                // As it was before, and found again.
                fs::remove_file(root.join(moved)).unwrap();
                fs::rename(&to, root.join(moved)).unwrap();
                assert_eq!(get(&store, &name).await.unwrap(), "text");
            }
        }
    }
}

#[tokio::test]
async fn no_more_files_stay_open_than_the_option_says_and_those_read_often_do() {
    for most in [1, 2, 5] {
        let place = Place::new();
        let (store, recorder) = recorded(&place, most);
        if !can_keep(&store) {
            return;
        }
        put(&store, "often", "often").await;
        for i in 0..50 {
            put(&store, &format!("n/{i}"), "x").await;
        }
        until_kept(&store, &recorder, "often").await;
        for i in 0..50 {
            get(&store, &format!("n/{i}")).await.unwrap();
        }
        // What was read once took nobody's place.
        recorder.take();
        get(&store, "often").await.unwrap();
        assert_eq!(recorder.take(), [Step::Look, Step::ReadCached]);
        for i in 0..50 {
            until_kept(&store, &recorder, &format!("n/{i}")).await;
            assert!(open_files(&place).len() <= most, "{:?}", open_files(&place));
            for _ in 0..if most > 1 { 3 } else { 0 } {
                get(&store, "often").await.unwrap();
                assert_eq!(recorder.take(), [Step::Look, Step::ReadCached], "after {i}");
            }
        }
        assert_eq!(open_files(&place).len(), most);
        drop(store);
        assert_eq!(open_files(&place), [""; 0]);
    }
}

#[tokio::test]
async fn nothing_stays_open_where_that_is_not_wanted_or_not_worth_it() {
    for (max_open, size) in [(0, 10), (64, (1 << 20) + 1)] {
        let place = Place::new();
        let (store, recorder) = recorded(&place, max_open);
        store.put(key("k"), vec![7; size].into(), PutOptions::default()).await.unwrap();
        std::thread::sleep(Duration::from_millis(30));
        for _ in 0..5 {
            let range = ByteRange::From { offset: 0, length: Some(10) };
            store.get(key("k"), GetOptions { range, ..GetOptions::default() }).await.unwrap();
            store.head(key("k"), HeadOptions::default()).await.unwrap();
            assert_eq!(open_files(&place), [""; 0]);
        }
        assert!(!recorder.take().contains(&Step::Look));
    }
}

/// A change within one tick of the kernel's clock: the same file comes back with another etag.
#[tokio::test]
async fn an_object_that_comes_back_at_once_has_its_new_etag() {
    let place = Place::new();
    let (store, _) = recorded(&place, 64);
    put(&store, "away/k", "text").await;
    let rename = async |from: &str, to: &str| {
        let moved = store.rename(key(from), key(to), CopyOptions::default()).await;
        moved.unwrap().etag
    };
    for _ in 0..300 {
        let new = rename("away/k", "k").await;
        // As often as it takes to keep the file open, were it not for the time.
        for _ in 0..3 {
            assert_eq!(etag(&store, "k").await, new);
        }
        rename("k", "away/k").await;
    }
}

#[tokio::test]
async fn what_this_store_deletes_or_replaces_is_closed_at_once() {
    let place = Place::new();
    let (store, recorder) = recorded(&place, 64);
    if !can_keep(&store) {
        return;
    }
    for change_it in ["put", "writer", "copy over", "rename over", "delete", "rename away"] {
        put(&store, "other", "other").await;
        put(&store, "k", "old").await;
        until_kept(&store, &recorder, "k").await;
        assert_eq!(open_files(&place).len(), 1, "{change_it}");
        change(&store, &place, "k", change_it).await;
        assert_eq!(open_files(&place), [""; 0], "{change_it}");
    }
}

/// A reader goes on with the version that it began with, whatever becomes of the key.
#[tokio::test]
async fn a_reader_of_a_kept_file_stays_with_its_version() {
    let place = Place::new();
    let (store, recorder) = recorded(&place, 64);
    let old = "old".repeat(200_000);
    put(&store, "k", &old).await;
    if can_keep(&store) {
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(30));
            get(&store, "k").await.unwrap();
        }
        assert!(recorder.take().contains(&Step::Look));
    }
    let mut reader = store.reader(key("k"), GetOptions::default()).await.unwrap();
    let mut seen = reader.chunks.next().await.unwrap().unwrap().to_vec();
    put(&store, "k", "new").await;
    while let Some(piece) = reader.chunks.next().await {
        seen.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(seen, old.as_bytes());
    assert_eq!(get(&store, "k").await.unwrap(), "new");
}

/// The kernel's caches may be in motion: then the file is asked for anew, and stays.
#[tokio::test]
async fn a_look_that_the_kernel_puts_off_loses_nothing() {
    let place = Place::new();
    let (store, recorder) = recorded(&place, 64);
    if !can_keep(&store) {
        return;
    }
    put(&store, "k", "text").await;
    until_kept(&store, &recorder, "k").await;
    recorder.fail(Step::Look, Errno::AGAIN);
    assert_eq!(get(&store, "k").await.unwrap(), "text");
    recorder.heal();
    recorder.take();
    assert_eq!(get(&store, "k").await.unwrap(), "text");
    assert_eq!(recorder.take(), [Step::Look, Step::ReadCached]);
    // Any other answer is that the file is not there.
    recorder.fail(Step::Look, Errno::ACCESS);
    assert_eq!(get(&store, "k").await.unwrap(), "text");
    assert_eq!(recorder.take()[..2], [Step::Look, Step::OpenCached]);
}

#[tokio::test]
async fn how_many_is_a_parameter_of_the_url() {
    for (max_open, kept) in [(0, 0), (1, 1), (64, 3)] {
        let place = Place::new();
        let url = format!("file://{}?durable=false&max_open={max_open}", place.path().display());
        let store = BlobStore::open(&url).unwrap();
        for _ in 0..3 {
            for name in ["a", "b", "c"] {
                fs::write(place.join(name), name).unwrap();
            }
            std::thread::sleep(Duration::from_millis(30));
            for name in ["a", "a", "b", "b", "c", "c"] {
                store.get(name, GetOptions::default()).await.unwrap();
            }
        }
        let most = if store.capabilities().cached_reads { kept } else { 0 };
        assert_eq!(open_files(&place).len(), most);
    }
}
