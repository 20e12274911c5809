//! Sizes that come from outside: what one read may ask memory for.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::fs::File;

use folder_support::*;
use futures_util::StreamExt;
use tombolo::blob::folder::FolderOptions;
use tombolo::blob::folder::internals::Features;
use tombolo::blob::{BlobStore, ByteRange, GetOptions};
use tombolo::{Effect, ErrorCode, ErrorKind};

const LIMIT: u64 = 1 << 30;

/// Of this size without taking any space.
fn sparse(place: &Place, name: &str, size: u64) {
    File::create(place.join(name)).unwrap().set_len(size).unwrap();
}

fn within(offset: u64, length: Option<u64>) -> GetOptions {
    GetOptions { range: ByteRange::From { offset, length }, ..GetOptions::default() }
}

#[tokio::test]
async fn more_than_the_ceiling_is_refused_before_memory_is_asked_for() {
    for features in [Features::ALL, Features::NONE] {
        let place = Place::new();
        let store = place.open_as(QUICK, features, None);
        // The last one is more than any system can promise.
        for size in [LIMIT + 1, 2 * LIMIT, 8 << 40] {
            sparse(&place, "huge", size);
            for asked in [GetOptions::default(), within(0, Some(LIMIT + 1)), within(0, None)] {
                let e = store.get(key("huge"), asked).await.unwrap_err();
                assert_eq!((e.code(), e.effect()), (ErrorCode::ResourceExhausted, Effect::None));
                assert!(!e.retryable(), "{e}");
                for part in ["max_get is 1073741824", "ranges", "reader", "raise max_get"] {
                    assert!(e.message().contains(part), "{e}");
                }
            }
        }
        sparse(&place, "huge", 2 * LIMIT);
        let e = store.get(key("huge"), GetOptions::default()).await.unwrap_err();
        assert!(e.message().contains("of 2147483648 bytes"), "{e}");
    }
}

#[tokio::test]
async fn an_object_beyond_the_ceiling_is_read_in_ranges_by_a_reader_and_into_a_buffer() {
    for features in [Features::ALL, Features::NONE] {
        let place = Place::new();
        let store = place.open_as(FolderOptions { max_get: 1 << 20, ..QUICK }, features, None);
        sparse(&place, "huge", 2 * LIMIT);
        let part = store.get(key("huge"), within(LIMIT, Some(1 << 20))).await.unwrap();
        assert_eq!((part.bytes.len(), part.meta.size), (1 << 20, 2 * LIMIT));
        let filled = get_into(&store, "huge", 3 << 20, within(LIMIT, Some(3 << 20))).await.unwrap();
        assert_eq!(filled.size, 3 << 20);
        let mut reader = store.reader(key("huge"), GetOptions::default()).await.unwrap();
        assert_eq!(reader.range, 0..2 * LIMIT);
        let mut seen = 0;
        while seen < 3 << 20 {
            seen += reader.chunks.next().await.unwrap().unwrap().len();
        }
        // Copies go in steps, whatever the size.
        sparse(&place, "large", (1 << 20) + 1);
        store.copy(key("large"), key("copy"), Default::default()).await.unwrap();
        assert_eq!(read(&store, "copy").await.unwrap().len(), (1 << 20) + 1);
    }
}

/// The same where the bytes are cached and where the pool reads them.
#[tokio::test]
async fn the_ceiling_itself_is_allowed() {
    for features in [Features::ALL, Features::NONE] {
        for max_get in [1, 1000, (64 << 10) + 5] {
            let place = Place::new();
            let options = FolderOptions { max_get, ..QUICK };
            let store = place.open_as(options, features, None);
            let etag = put(&store, "k", &"x".repeat(max_get as usize + 1)).await;
            for (asked, fits) in [
                (within(0, Some(max_get)), true),
                (within(1, None), true),
                (within(max_get, None), true),
                (within(0, None), false),
                (GetOptions::default(), false),
            ] {
                let found = store.get(key("k"), asked).await;
                let code = found.as_ref().err().map(tombolo::Error::code);
                assert_eq!(code, (!fits).then_some(ErrorCode::ResourceExhausted), "{max_get}");
            }
            // As everything about the range, it is told after the conditions.
            let known = GetOptions { if_none_match: Some(etag), ..GetOptions::default() };
            assert_eq!(what(store.get(key("k"), known).await).1, ErrorKind::NotModified);
        }
    }
}

#[tokio::test]
async fn the_ceiling_is_a_parameter_of_the_url() {
    let place = Place::new();
    std::fs::write(place.join("k"), "12345").unwrap();
    for (max_get, fits) in [(4, false), (5, true)] {
        let url = format!("file://{}?max_get={max_get}", place.path().display());
        let found = BlobStore::open(&url).unwrap().get("k", GetOptions::default()).await;
        assert_eq!(found.is_ok(), fits, "{found:?}");
    }
}
