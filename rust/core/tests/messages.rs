//! What callers give goes into messages so that it cannot forge lines of a log or colour them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use bytes::Bytes;
use folder_support::Place;
use tombolo::blob::{
    BlobStore, CopyOptions, DeleteOptions, GetOptions, HeadOptions, PutCondition, PutOptions,
};
use tombolo::{Error, Result};

const NASTY: &str = "a\r\nb\u{1b}[31m\u{202e}\u{2028}";

fn check(e: &Error) {
    let text = e.to_string();
    let clean = text.chars().all(|c| !c.is_control() && !"\u{202e}\u{2028}".contains(c));
    assert!(clean, "{text:?}");
    assert!(text.contains(r"a\r\nb\u{1b}[31m\u{202e}\u{2028}"), "{text}");
}

fn refused<T: std::fmt::Debug>(answer: Result<T>) {
    check(&answer.unwrap_err());
}

async fn put(store: &BlobStore, key: &str, condition: PutCondition) -> Result<()> {
    let options = PutOptions { condition, ..PutOptions::default() };
    store.put(key, Bytes::from_static(b"x"), options).await.map(drop)
}

/// Whatever fails of an object that is not there, and of one that is.
async fn conditions(store: &BlobStore) {
    let stale = || PutCondition::IfMatch("0".into());
    let if_match = || Some("0".to_owned());
    refused(store.get(NASTY, GetOptions::default()).await);
    refused(store.get_into(NASTY, vec![0; 9], GetOptions::default()).await);
    refused(store.head(NASTY, HeadOptions::default()).await);
    refused(store.reader(NASTY, GetOptions::default()).await);
    refused(store.copy(NASTY, "to", CopyOptions::default()).await);
    refused(store.rename(NASTY, "to", CopyOptions::default()).await);
    for _ in ["absent", "there"] {
        refused(put(store, NASTY, stale()).await);
        refused(store.delete(NASTY, DeleteOptions { if_match: if_match() }).await);
        put(store, NASTY, PutCondition::None).await.unwrap();
    }
    refused(put(store, NASTY, PutCondition::IfAbsent).await);
    let changed = GetOptions { if_match: if_match(), ..GetOptions::default() };
    refused(store.get(NASTY, changed).await);
    let etag = store.head(NASTY, HeadOptions::default()).await.unwrap().etag;
    let known = GetOptions { if_none_match: Some(etag), ..GetOptions::default() };
    refused(store.get(NASTY, known).await);
}

#[tokio::test]
async fn a_key_cannot_forge_lines_of_a_log() {
    conditions(&BlobStore::open("mem:").unwrap()).await;
    let place = Place::new();
    let url = format!("file://{}?max_get=1", place.path().display());
    let store = BlobStore::open(&url).unwrap();
    conditions(&store).await;

    let beneath = format!("{NASTY}/{NASTY}");
    refused(put(&store, &beneath, PutCondition::None).await);
    let long = format!("{NASTY}{}", "x".repeat(255));
    refused(store.head(&long, HeadOptions::default()).await);
    store.delete(NASTY, DeleteOptions::default()).await.unwrap();
    put(&store, &beneath, PutCondition::None).await.unwrap();
    refused(put(&store, NASTY, PutCondition::None).await);
    store.put(&beneath, Bytes::from_static(b"xx"), PutOptions::default()).await.unwrap();
    refused(store.get(&beneath, GetOptions::default()).await);
}

#[test]
fn a_url_cannot_forge_lines_of_a_log() {
    let place = Place::new();
    let encoded = "a%0D%0Ab%1b%5B31m%E2%80%AE%E2%80%A8";
    let root = place.path().display();
    let _open = BlobStore::open(&format!("mem:{encoded}?max_bytes=1")).unwrap();
    for url in [
        format!("file://{root}/{encoded}?create=false"),
        format!("file://{root}?{encoded}=1"),
        format!("file://{root}?durable={encoded}"),
        format!("file://{root}?{encoded}=1&{encoded}=1"),
        format!("mem:{encoded}?max_bytes=2"),
    ] {
        refused(BlobStore::open(&url));
    }
}
