//! Other hands in the folder: planted links, foreign files, corrupt attributes, newer formats.
//! Everything under every combination of features.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use folder_support::*;
use rustix::fs::{XattrFlags, setxattr};
use tombolo::blob::folder::internals::{Features, open_with};
use tombolo::blob::{
    CopyOptions, DeleteOptions, GetOptions, ListOptions, PutCondition, PutOptions,
};
use tombolo::{ErrorCode, ErrorKind};

#[tokio::test]
async fn no_key_leaves_the_root() {
    for (name, features) in combinations() {
        let outside = Place::new();
        fs::write(outside.join("secret"), "secret").unwrap();
        let place = Place::new();
        let store = place.open_as(QUICK, features, None);
        symlink(outside.path(), place.join("way-out")).unwrap();
        symlink(outside.join("secret"), place.join("link")).unwrap();
        symlink("/", place.join("root")).unwrap();
        symlink("own", place.join("inside")).unwrap();
        put(&store, "own", "mine").await;

        for reached in ["way-out/secret", "link", "inside", "root/etc/passwd"] {
            let e = get(&store, reached).await.unwrap_err();
            assert_eq!(e.code(), ErrorCode::NotFound, "{name}: {reached}");
            assert!(e.message().contains("symbolic link"), "{name}: {e}");
        }
        for climbing in ["../secret", "../../etc/passwd", "a/../../secret", "/etc/passwd"] {
            assert_eq!(what(get(&store, climbing).await).0, ErrorCode::NotFound, "{name}");
            put(&store, climbing, "mine").await;
            assert_eq!(get(&store, climbing).await.unwrap(), "mine");
            store.delete(key(climbing), DeleteOptions::default()).await.unwrap();
        }
        for target in ["way-out/new", "way-out/secret", "link", "inside"] {
            let e = try_put(&store, target, "x", PutCondition::None).await.unwrap_err();
            assert_eq!(e.code(), ErrorCode::FailedPrecondition, "{name}: {target}: {e}");
            assert!(e.message().contains("symbolic link"), "{name}: {target}: {e}");
            let renamed = store.rename(key("own"), key(target), CopyOptions::default()).await;
            assert_eq!(what(renamed).0, ErrorCode::FailedPrecondition, "{name}: {target}");
            store.delete(key(target), DeleteOptions::default()).await.unwrap();
        }
        assert_eq!(all_keys(&store).await, ["own"], "{name}");
        let through = ListOptions { prefix: "way-out/".into(), ..ListOptions::default() };
        assert_eq!(keys(&store, through).await, [""; 0], "{name}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "{name}");
        assert_eq!(fs::read_to_string(outside.join("secret")).unwrap(), "secret");
        assert!(place.join("link").is_symlink() && place.join("way-out").is_symlink());
    }
}

#[tokio::test]
async fn a_special_file_is_no_object_and_holds_nobody_up() {
    for (name, features) in combinations() {
        let place = Place::new();
        let store = place.open_as(QUICK, features, None);
        let made = std::process::Command::new("mkfifo").arg(place.join("fifo")).status().unwrap();
        assert!(made.success());
        assert_eq!(what(get(&store, "fifo").await).0, ErrorCode::NotFound, "{name}");
        let refused = try_put(&store, "fifo", "x", PutCondition::None).await;
        assert_eq!(what(refused).0, ErrorCode::FailedPrecondition, "{name}");
        assert_eq!(all_keys(&store).await, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn a_foreign_file_is_read_and_refuses_conditional_writes_until_adopted() {
    for (name, features) in combinations() {
        let place = Place::new();
        let store = place.open_as(QUICK, features, None);
        fs::create_dir(place.join("d")).unwrap();
        fs::write(place.join("d/f"), "foreign").unwrap();
        assert_eq!(get(&store, "d/f").await.unwrap(), "foreign");
        assert_eq!(all_keys(&store).await, ["d/f"]);
        let tag = etag(&store, "d/f").await;
        assert_eq!(tag, etag(&store, "d/f").await);

        let matching = || PutCondition::IfMatch(tag.clone());
        let e = try_put(&store, "d/f", "x", matching()).await.unwrap_err();
        assert_eq!((e.code(), e.kind()), (ErrorCode::FailedPrecondition, ErrorKind::General));
        assert!(e.message().contains("adopt"), "{name}: {e}");
        let deleted = store.delete(key("d/f"), DeleteOptions { if_match: Some(tag.clone()) }).await;
        assert_eq!(what(deleted), (ErrorCode::FailedPrecondition, ErrorKind::General));
        let absent = try_put(&store, "d/f", "x", PutCondition::IfAbsent).await;
        assert_eq!(what(absent).1, ErrorKind::ConditionNotMet);
        let stale = try_put(&store, "d/f", "x", PutCondition::IfMatch("other".into())).await;
        assert_eq!(what(stale).1, ErrorKind::ConditionNotMet);

        let adopted = put(&store, "d/f", "adopted").await;
        try_put(&store, "d/f", "x", PutCondition::IfMatch(adopted)).await.unwrap();
    }
}

#[tokio::test]
async fn an_object_that_other_hands_write_into_is_foreign_from_then_on() {
    let place = Place::new();
    let store = place.open();
    let options = PutOptions { content_type: "text/plain".into(), ..PutOptions::default() };
    let old = store.put(key("k"), "ours".into(), options).await.unwrap().etag;
    let append = fs::OpenOptions::new().append(true).open(place.join("k"));
    std::io::Write::write_all(&mut append.unwrap(), b" and theirs").unwrap();
    assert_eq!(get(&store, "k").await.unwrap(), "ours and theirs");
    assert_ne!(etag(&store, "k").await, old);
    let stale = try_put(&store, "k", "x", PutCondition::IfMatch(old)).await;
    assert_eq!(what(stale).1, ErrorKind::ConditionNotMet);
}

#[tokio::test]
async fn a_foreign_file_may_be_copied_and_moved() {
    let place = Place::new();
    let store = place.open();
    fs::write(place.join("f"), "foreign").unwrap();
    let copied = store.copy(key("f"), key("copy"), CopyOptions::default()).await.unwrap().etag;
    assert_eq!(
        (get(&store, "copy").await.unwrap(), etag(&store, "copy").await),
        ("foreign".into(), copied)
    );
    let moved = store.rename(key("f"), key("moved"), CopyOptions::default()).await.unwrap().etag;
    assert_eq!(etag(&store, "moved").await, moved);
    try_put(&store, "moved", "x", PutCondition::IfMatch(moved)).await.unwrap();
}

#[tokio::test]
async fn a_rename_onto_another_name_of_the_same_file_takes_the_old_name_away() {
    for (name, features) in combinations() {
        let place = Place::new();
        let store = place.open_as(QUICK, features, None);
        let old = put(&store, "d/ours", "x").await;
        fs::write(place.join("d/theirs"), "x").unwrap();
        for from in ["d/ours", "d/theirs"] {
            fs::hard_link(place.join(from), place.join("to")).unwrap();
            let if_absent = store.rename(key(from), key("to"), CopyOptions { if_absent: true });
            assert_eq!(what(if_absent.await).1, ErrorKind::ConditionNotMet, "{name}");
            let moved = store.rename(key(from), key("to"), CopyOptions::default()).await.unwrap();
            assert!(!place.join(from).exists(), "{name}: {from}");
            assert_eq!(get(&store, "to").await.unwrap(), "x", "{name}");
            assert_eq!(etag(&store, "to").await, moved.etag, "{name}");
            let stale = try_put(&store, "to", "y", PutCondition::IfMatch(old.clone())).await;
            assert_eq!(what(stale).1, ErrorKind::ConditionNotMet, "{name}");
            store.delete(key("to"), DeleteOptions::default()).await.unwrap();
        }
        assert!(!place.join("d").exists(), "{name}");
    }
}

#[tokio::test]
async fn a_corrupt_attribute_is_data_loss_and_can_be_repaired() {
    for hostile in [&b""[..], b"\x02rest", &[0xff; 100], &[1; 30], &[b'x'; 3000]] {
        let place = Place::new();
        let store = place.open();
        put(&store, "other", "fine").await;
        put(&store, "k", "body").await;
        setxattr(place.join("k"), "user.tombolo", hostile, XattrFlags::empty()).unwrap();
        let e = store.get(key("k"), GetOptions::default()).await.unwrap_err();
        assert_eq!(e.code(), ErrorCode::DataLoss, "{e}");
        assert!(e.message().contains(r#""k""#) && e.message().contains("repair"), "{e}");
        let matching = try_put(&store, "k", "x", PutCondition::IfMatch("0".into())).await;
        assert_eq!(what(matching).0, ErrorCode::DataLoss);
        let copied = store.copy(key("k"), key("l"), CopyOptions::default()).await;
        assert_eq!(what(copied).0, ErrorCode::DataLoss);
        assert_eq!(all_keys(&store).await, ["k", "other"]);
        put(&store, "k", "repaired").await;
        assert_eq!(get(&store, "k").await.unwrap(), "repaired");
    }
}

#[tokio::test]
async fn a_file_truncated_while_it_is_read_is_data_loss() {
    use futures_util::StreamExt;
    let place = Place::new();
    let store = place.open_as(QUICK, Features::NONE, None);
    store.put(key("k"), vec![7; 1 << 20].into(), PutOptions::default()).await.unwrap();
    let mut reader = store.reader(key("k"), GetOptions::default()).await.unwrap();
    assert!(reader.chunks.next().await.unwrap().is_ok());
    fs::OpenOptions::new().write(true).open(place.join("k")).unwrap().set_len(1000).unwrap();
    let e = reader.chunks.next().await.unwrap().unwrap_err();
    assert_eq!(e.code(), ErrorCode::DataLoss, "{e}");
    assert!(reader.chunks.next().await.is_none());
}

#[tokio::test]
async fn names_that_no_key_encodes_to_are_not_listed() {
    let place = Place::new();
    let store = place.open();
    for name in ["%zz", "%41", "%2e", "a%", ".tombolo-x"] {
        fs::write(place.join(name), "foreign").unwrap();
    }
    let not_text = std::ffi::OsString::from(std::str::from_utf8(b"x").unwrap());
    fs::write(place.path().join(not_text), "listed").unwrap();
    use std::os::unix::ffi::OsStringExt;
    let not_utf8 = std::ffi::OsString::from_vec(b"\xff\xfe".to_vec());
    fs::write(place.path().join(not_utf8), "foreign").unwrap();
    assert_eq!(all_keys(&store).await, ["x"]);
}

#[test]
fn a_newer_format_is_refused_by_both_versions() {
    let open = |place: &Place| open_with(place.path(), QUICK, Features::ALL, None);
    let place = Place::new();
    drop(open(&place).unwrap());
    let format = place.join(".tombolo/format");
    assert_eq!(fs::read_to_string(&format).unwrap(), "tombolo folder format 1\n");
    fs::write(&format, "tombolo folder format 2\n").unwrap();
    let e = open(&place).map(drop).unwrap_err();
    assert_eq!(e.code(), ErrorCode::FailedPrecondition);
    assert!(e.message().contains("format is 2") && e.message().contains("knows 1"), "{e}");
    for garbage in ["", "tombolo folder format \n", "tombolo folder format 1", "something"] {
        fs::write(&format, garbage).unwrap();
        assert_eq!(what(open(&place).map(drop)).0, ErrorCode::DataLoss, "{garbage:?}");
    }
}

#[test]
fn the_root_is_created_only_if_asked() {
    let place = Place::new();
    let path = place.join("a/b");
    let options = tombolo::blob::folder::FolderOptions { create: false, ..QUICK };
    let e = open_with(&path, options, Features::ALL, None).map(drop).unwrap_err();
    assert_eq!(e.code(), ErrorCode::NotFound, "{e}");
    open_with(&path, QUICK, Features::ALL, None).map(drop).unwrap();
    open_with(&path, options, Features::ALL, None).map(drop).unwrap();
    fs::write(place.join("file"), "").unwrap();
    let file = open_with(&place.join("file"), QUICK, Features::ALL, None).map(drop);
    assert_eq!(what(file).0, ErrorCode::FailedPrecondition);
}

/// A folder that one may write into and not read cannot be opened, hence not be synced by itself.
#[test]
fn a_root_is_created_in_a_folder_that_cannot_be_read() {
    // Where another user gets to as well.
    let place = std::env::temp_dir().join(format!("tombolo-unreadable-{}", std::process::id()));
    fs::create_dir(&place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o333)).unwrap();
    let (root, unreadable) = (place.join("a/b"), place.clone());
    let opened = std::thread::spawn(move || {
        if rustix::process::geteuid().is_root() {
            // Root may read everything; another user for this thread alone may not.
            rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65_534)).unwrap();
        }
        assert!(fs::read_dir(unreadable).is_err(), "it can be read");
        open_with(&root, QUICK, Features::ALL, None).map(drop)
    });
    let opened = opened.join().unwrap();
    let unfit = opened.as_ref().err().map(ToString::to_string);
    fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
    let there = place.join("a/b/.tombolo").exists();
    fs::remove_dir_all(&place).unwrap();
    // That other place may be a file system that cannot hold objects.
    assert!(opened.is_ok_and(|()| there) || unfit.is_some_and(|e| e.contains("attributes")));
}

#[tokio::test]
async fn who_only_reads_leaves_no_trace() {
    let place = Place::new();
    drop(place.open());
    fs::write(place.join("f"), "foreign").unwrap();
    let store = place.open();
    get(&store, "f").await.unwrap();
    all_keys(&store).await;
    assert_eq!(fs::read_dir(place.join(".tombolo/tmp")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(place.join(".tombolo/locks")).unwrap().count(), 0);
    put(&store, "k", "x").await;
    assert_eq!(fs::read_dir(place.join(".tombolo/tmp")).unwrap().count(), 1);
    drop(store);
    assert_eq!(fs::read_dir(place.join(".tombolo/tmp")).unwrap().count(), 0);
}
