//! Listings against a sorted set, the work they take, and folders that change meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::collections::BTreeSet;
use std::sync::Arc;

use folder_support::*;
use tombolo::blob::folder::internals::{Features, Step};
use tombolo::blob::{Backend, DeleteOptions, ListOptions};

/// What a listing must answer, from the definition: the keys after `start_after` with the prefix,
/// those with a further `/` rolled up.
fn expected(keys: &BTreeSet<String>, options: &ListOptions) -> (Vec<String>, Vec<String>) {
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    for key in keys {
        let Some(rest) = key.strip_prefix(&options.prefix) else { continue };
        if *key <= options.start_after {
            continue;
        }
        match rest.find('/').filter(|_| options.delimiter.is_some()) {
            None => objects.push(key.clone()),
            Some(at) => {
                let prefix = format!("{}{}", options.prefix, &rest[..=at]);
                if prefixes.last() != Some(&prefix) {
                    prefixes.push(prefix);
                }
            }
        }
    }
    (objects, prefixes)
}

async fn listed(store: &Arc<dyn Backend>, options: &ListOptions) -> (Vec<String>, Vec<String>) {
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    for page in pages(store, options.clone()).await.unwrap() {
        let size = page.objects.len() + page.prefixes.len();
        assert!((1..=options.page_size).contains(&size), "a page of {size}");
        objects.extend(page.objects.into_iter().map(|o| o.key));
        prefixes.extend(page.prefixes);
    }
    (objects, prefixes)
}

/// Random keys of which none is a folder of another.
fn random_keys(random: &mut Random, count: usize) -> BTreeSet<String> {
    let pieces = ["a", "b", "-", "0", "/", "/", "/", ".", "%", "😀", "a-b", "\u{1}"];
    let mut keys = BTreeSet::new();
    while keys.len() < count {
        let length = 1 + random.below(6);
        let key: String = (0..length).map(|_| pieces[random.below(pieces.len())]).collect();
        let clash = |other: &String| {
            other.starts_with(&format!("{key}/")) || key.starts_with(&format!("{other}/"))
        };
        if !keys.iter().any(clash) {
            keys.insert(key);
        }
    }
    keys
}

#[tokio::test]
async fn random_listings_agree_with_a_sorted_set() {
    let place = Place::new();
    let store = place.open();
    let mut random = Random(1);
    let keys = random_keys(&mut random, 120);
    for key in &keys {
        put(&store, key, key).await;
    }
    let texts: Vec<_> = keys.iter().cloned().collect();
    for _ in 0..600 {
        let mut part = || {
            let text = &texts[random.below(texts.len())];
            let cut =
                text.char_indices().map(|(i, _)| i).nth(random.below(5)).unwrap_or(text.len());
            text[..cut].to_owned()
        };
        let (prefix, start_after) = (part(), part());
        let delimiter = (random.below(2) == 0).then_some('/');
        let page_size = 1 + random.below(9);
        let options = ListOptions { prefix, start_after, delimiter, page_size };
        assert_eq!(listed(&store, &options).await, expected(&keys, &options), "{options:?}");
    }
}

#[tokio::test]
async fn each_folder_is_read_once_whatever_the_size_of_a_page() {
    let place = Place::new();
    let recorder = Arc::new(Recorder::default());
    let store = place.open_as(QUICK, Features::ALL, Some(recorder.clone()));
    for i in 0..20 {
        for j in 0..20 {
            put(&store, &format!("{i}/{j}"), "x").await;
        }
    }
    recorder.take();
    let options = ListOptions { page_size: 1, ..ListOptions::default() };
    assert_eq!(keys(&store, options).await.len(), 400);
    let reads = |steps: Vec<Step>| steps.iter().filter(|s| **s == Step::ReadFolder).count();
    assert_eq!(reads(recorder.take()), 21);
    // What prefix and start_after exclude is not even read.
    let prefix = ListOptions { prefix: "7/1".into(), ..ListOptions::default() };
    assert_eq!(keys(&store, prefix).await.len(), 11);
    assert_eq!(reads(recorder.take()), 1);
    let after = ListOptions { start_after: "8/5".into(), ..ListOptions::default() };
    assert_eq!(keys(&store, after).await.len(), 24);
    assert_eq!(reads(recorder.take()), 3);
}

/// Each object is opened once and each folder read once, whatever the size of a page; beside that
/// there is one sort of each folder. The hook does not see the current folder opened anew, once for
/// each page.
#[tokio::test]
async fn a_listing_of_many_takes_steps_in_proportion() {
    const FOLDERS: usize = 20;
    const IN_EACH: usize = 1000;
    let place = Place::new();
    let recorder = Arc::new(Recorder::default());
    let store = place.open_as(QUICK, Features::ALL, Some(recorder.clone()));
    for i in 0..FOLDERS {
        let folder = place.join(&format!("p/{i:02}"));
        std::fs::create_dir_all(&folder).unwrap();
        // Written by other hands, which is faster; they are objects, too.
        (0..IN_EACH).for_each(|j| std::fs::write(folder.join(format!("{j:04}")), "").unwrap());
    }
    let objects = FOLDERS * IN_EACH;
    for page_size in [10_000, 1000, 10] {
        recorder.take();
        let options = ListOptions { prefix: "p/".into(), page_size, ..ListOptions::default() };
        let found = pages(&store, options).await.unwrap();
        assert_eq!(found.iter().map(|page| page.objects.len()).sum::<usize>(), objects);
        assert_eq!(found.len(), objects / page_size);
        let steps = recorder.take();
        let count = |step: Step| steps.iter().filter(|s| **s == step).count();
        assert_eq!(count(Step::ReadFolder), FOLDERS + 1, "pages of {page_size}");
        assert_eq!(count(Step::Open), objects, "pages of {page_size}");
        assert_eq!(steps.len(), objects + FOLDERS + 1, "pages of {page_size}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_ends_a_listing_unless_it_is_the_file_systems_own() {
    for (folder, others) in [("lost+found", Some(vec!["a/k", "z/k"])), ("m", None)] {
        let place = Place::new();
        let recorder = Arc::new(Recorder::default());
        let store = place.open_as(QUICK, Features::ALL, Some(recorder.clone()));
        for name in ["a/k", "z/k"] {
            put(&store, name, "x").await;
        }
        put(&store, &format!("{folder}/k"), "x").await;
        for delimiter in [None, Some('/')] {
            recorder.fail_at(Step::ReadFolder, folder, rustix::io::Errno::ACCESS);
            let options = ListOptions { delimiter, ..ListOptions::default() };
            let found = pages(&store, options).await;
            recorder.heal();
            match &others {
                Some(others) => {
                    let page = found.unwrap().remove(0);
                    let keys: Vec<_> = page.objects.iter().map(|object| &object.key).collect();
                    let prefixes: Vec<_> = others.iter().map(|key| &key[..2]).collect();
                    assert!(keys == *others || page.prefixes == prefixes, "{page:?}");
                }
                None => {
                    let e = found.unwrap_err();
                    assert_eq!(e.code(), tombolo::ErrorCode::PermissionDenied);
                    assert!(e.message().contains("\"m/\"…"), "{e}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_deleted_during_a_listing_is_left_out() {
    let place = Place::new();
    let store = place.open();
    for name in ["a", "b/1", "b/2", "c/1", "d"] {
        put(&store, name, "x").await;
    }
    let mut lister = store.list(ListOptions { page_size: 1, ..ListOptions::default() });
    let first = lister.next_page().await.unwrap().unwrap();
    assert_eq!(first.objects[0].key, "a");
    let second = lister.next_page().await.unwrap().unwrap();
    assert_eq!(second.objects[0].key, "b/1");
    for name in ["b/1", "b/2", "c/1"] {
        store.delete(key(name), DeleteOptions::default()).await.unwrap();
    }
    let third = lister.next_page().await.unwrap().unwrap();
    assert_eq!(third.objects[0].key, "d");
    assert!(lister.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_listing_may_be_dropped_and_its_page_may_be_asked_for_again() {
    let place = Place::new();
    let store = place.open();
    for i in 0..50 {
        put(&store, &format!("{i:02}"), "x").await;
    }
    let mut lister = store.list(ListOptions { page_size: 10, ..ListOptions::default() });
    let mut seen = Vec::new();
    loop {
        // The first future of each page is dropped after one poll.
        let dropped = futures_util::FutureExt::now_or_never(lister.next_page());
        let page = match dropped {
            Some(page) => page,
            None => lister.next_page().await,
        };
        match page.unwrap() {
            Some(page) => seen.extend(page.objects.into_iter().map(|o| o.key)),
            None => break,
        }
    }
    assert_eq!(seen.len(), 50);
    assert!(seen.is_sorted());
    drop(store.list(ListOptions::default()));
}
