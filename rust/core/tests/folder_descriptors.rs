//! Where a process has no descriptor left, the store gives back those that it could do without. In a
//! program of its own, as the limit is one of the whole process.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::fs::{self, File};
use std::time::Duration;

use folder_support::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tombolo::ErrorCode;
use tombolo::blob::folder::internals::Features;
use tombolo::blob::{CopyOptions, DeleteOptions, ListOptions};

/// Opens files until none can be opened.
fn use_up() -> Vec<File> {
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    taken
}

fn open_objects(place: &Place) -> usize {
    // One descriptor for the look itself.
    let root = fs::canonicalize(place.join("kept")).unwrap();
    let targets = fs::read_dir("/proc/self/fd").unwrap().flatten();
    targets.filter(|f| fs::read_link(f.path()).is_ok_and(|path| path.starts_with(&root))).count()
}

#[tokio::test]
async fn files_that_were_kept_open_give_way_to_what_needs_a_descriptor() {
    const KEPT: usize = 20;
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(200), ..limit }).unwrap();
    let place = Place::new();
    let store = place.open_as(QUICK, Features::ALL, None);
    if !store.capabilities().cached_reads {
        return;
    }
    let kept = |i: usize| format!("kept/{i}");
    for i in 0..KEPT {
        put(&store, &kept(i), "x").await;
    }
    put(&store, "a/k", "text").await;
    let fill = async || {
        std::thread::sleep(Duration::from_millis(30));
        while open_objects(&place) < KEPT {
            for i in 0..KEPT {
                get(&store, &kept(i)).await.unwrap();
                get(&store, &kept(i)).await.unwrap();
            }
        }
        use_up()
    };
    for round in 0..8 {
        let taken = fill().await;
        match round {
            0 => assert_eq!(get(&store, "a/k").await.unwrap(), "text"),
            1 => drop(put(&store, "a/b/c/new", "new").await),
            2 => assert_eq!(read(&store, "a/k").await.unwrap(), b"text"),
            3 => store.delete(key("a/b/c/new"), DeleteOptions::default()).await.unwrap(),
            4 => assert_eq!(keys(&store, ListOptions::default()).await.len(), KEPT + 1),
            5 => {
                store.copy(key("a/k"), key("a/l"), CopyOptions::default()).await.unwrap();
            }
            6 => {
                store.rename(key("a/l"), key("b/l"), CopyOptions::default()).await.unwrap();
            }
            _ => {
                // Nothing to give back: the answer says what is wanting.
                let mut more = use_up();
                let _ = get(&store, "none").await;
                more.extend(use_up());
                let e = get(&store, "a/k").await.unwrap_err();
                assert_eq!(e.code(), ErrorCode::ResourceExhausted, "{e}");
                assert!(e.retryable() && e.message().contains("descriptor"), "{e}");
            }
        }
        drop(taken);
        if round < 7 {
            assert_eq!(open_objects(&place), 0, "in round {round}");
        }
    }
    assert_eq!(get(&store, "a/k").await.unwrap(), "text");
}
