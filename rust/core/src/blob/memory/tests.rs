use bytes::Bytes;
use futures_util::StreamExt;

use super::backend::MemoryBackend;
use super::*;
use crate::blob::{BlobStore, ByteRange, CopyOptions, GetOptions, ListOptions, PutOptions};
use crate::{ErrorCode, ErrorKind};

fn limited(max_bytes: u64) -> (Arc<MemoryBackend>, BlobStore) {
    let backend = Arc::new(MemoryBackend::new(MemoryOptions { max_bytes: Some(max_bytes) }));
    (Arc::clone(&backend), BlobStore::from_backend(backend))
}

async fn put(store: &BlobStore, key: &str, size: usize) -> Result<()> {
    store.put(key, Bytes::from(vec![7; size]), PutOptions::default()).await.map(drop)
}

#[tokio::test]
async fn reads_are_slices_of_what_was_put() {
    let store = BlobStore::open("mem:").unwrap();
    let body = Bytes::from(vec![1; 1_000_000]);
    store.put("k", body.clone(), PutOptions::default()).await.unwrap();
    let range = ByteRange::From { offset: 10, length: Some(20) };
    let object = store.get("k", GetOptions { range, ..Default::default() }).await.unwrap();
    assert_eq!(object.bytes.as_ptr(), body[10..].as_ptr());
    let mut reader = store.reader("k", GetOptions::default()).await.unwrap();
    let mut at = 0;
    while let Some(piece) = reader.chunks.next().await {
        let piece = piece.unwrap();
        assert_eq!(piece.as_ptr(), body[at..].as_ptr());
        at += piece.len();
    }
    assert_eq!(at, body.len());
}

#[tokio::test]
async fn a_writer_of_one_piece_copies_nothing() {
    let store = BlobStore::open("mem:").unwrap();
    let piece = Bytes::from(vec![1; 1000]);
    let mut writer = store.writer("k", PutOptions::default()).await.unwrap();
    writer.write(piece.clone()).await.unwrap();
    writer.finish().await.unwrap();
    let object = store.get("k", GetOptions::default()).await.unwrap();
    assert_eq!(object.bytes.as_ptr(), piece.as_ptr());
}

#[tokio::test]
async fn the_ceiling_counts_everything_once() {
    let (backend, store) = limited(100);
    put(&store, "a", 49).await.unwrap();
    put(&store, "b", 49).await.unwrap();
    assert_eq!(backend.used(), 100);
    let full = put(&store, "c", 0).await.unwrap_err();
    assert_eq!((full.code(), full.service()), (ErrorCode::ResourceExhausted, "blob.memory"));
    put(&store, "a", 49).await.unwrap();
    put(&store, "a", 50).await.unwrap_err();
    store.rename("a", "z", CopyOptions::default()).await.unwrap();
    assert_eq!(backend.used(), 100);
    store.rename("z", "b", CopyOptions::default()).await.unwrap();
    assert_eq!(backend.used(), 50);
    store.copy("b", "c", CopyOptions::default()).await.unwrap();
    store.delete_many(vec!["b".into(), "c".into(), "d".into()]).await.unwrap();
    assert_eq!(backend.used(), 0);
}

#[tokio::test]
async fn writers_reserve_and_give_back() {
    let (backend, store) = limited(10);
    let mut writer = store.writer("k", PutOptions::default()).await.unwrap();
    writer.write(Bytes::from_static(b"12345678")).await.unwrap();
    assert_eq!(backend.used(), 8);
    put(&store, "x", 8).await.unwrap_err();
    writer.write(Bytes::from_static(b"90")).await.unwrap();
    // The key itself is one byte too many.
    assert_eq!(writer.finish().await.unwrap_err().code(), ErrorCode::ResourceExhausted);
    assert_eq!(backend.used(), 0);
    let mut writer = store.writer("k", PutOptions::default()).await.unwrap();
    writer.write(Bytes::from_static(b"123456789")).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(backend.used(), 10);
    let mut dropped = store.writer("k", PutOptions::default()).await.unwrap();
    dropped.write(Bytes::from_static(b"1")).await.unwrap_err();
    assert_eq!(backend.used(), 10);
}

#[tokio::test]
async fn a_named_store_lives_while_a_handle_does() {
    let first = BlobStore::open("mem:registry-test").unwrap();
    put(&first, "k", 1).await.unwrap();
    let second = BlobStore::open("mem:registry-test").unwrap();
    assert!(second.get("k", GetOptions::default()).await.is_ok());
    let other = BlobStore::open("mem:registry-test?max_bytes=5").unwrap_err();
    assert_eq!(other.code(), ErrorCode::FailedPrecondition);
    drop((first, second));
    let fresh = BlobStore::open("mem:registry-test").unwrap();
    let gone = fresh.get("k", GetOptions::default()).await.unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound);
    let private = BlobStore::open("mem:").unwrap();
    put(&private, "k", 1).await.unwrap();
    assert!(BlobStore::open("mem:").unwrap().get("k", GetOptions::default()).await.is_err());
}

#[tokio::test]
async fn a_listing_goes_on_while_objects_come_and_go() {
    let store = BlobStore::open("mem:").unwrap();
    for key in ["a", "b", "c", "d"] {
        put(&store, key, 1).await.unwrap();
    }
    let mut list = store.list(ListOptions { page_size: 2, ..Default::default() }).unwrap();
    assert_eq!(list.next_page().await.unwrap().unwrap().objects.len(), 2);
    store.delete("b", Default::default()).await.unwrap();
    store.delete("c", Default::default()).await.unwrap();
    let page = list.next_page().await.unwrap().unwrap();
    assert_eq!(page.objects[0].key, "d");
    assert!(list.next_page().await.unwrap().is_none());
    assert!(list.next_page().await.unwrap().is_none());
}

/// How many pages and entries a listing has.
async fn listed(store: &BlobStore, options: ListOptions) -> (usize, usize) {
    let mut list = store.list(options).unwrap();
    let (mut pages, mut entries) = (0, 0);
    while let Some(page) = list.next_page().await.unwrap() {
        pages += 1;
        entries += page.objects.len() + page.prefixes.len();
    }
    (pages, entries)
}

/// N look-ups of O(log N) each. A page that began anew would make it N for each page; a prefix that
/// was walked through in place of skipped, N for each prefix.
#[tokio::test]
async fn a_listing_looks_up_each_entry_once_whatever_the_size_of_a_page() {
    const KEYS: usize = 200_000;
    let backend = Arc::new(MemoryBackend::new(MemoryOptions::default()));
    let store = BlobStore::from_backend(Arc::clone(&backend) as Arc<dyn crate::blob::Backend>);
    for i in 0..KEYS {
        put(&store, &format!("p/{:03}/{i:06}", i % 500), 0).await.unwrap();
    }
    put(&store, "a", 0).await.unwrap();
    put(&store, "q", 0).await.unwrap();
    let (all, rolled) = (None, Some('/'));
    for (delimiter, page_size, expected) in [
        (all, 10_000, (20, KEYS)),
        (all, 1000, (200, KEYS)),
        (all, 7, (KEYS.div_ceil(7), KEYS)),
        (rolled, 1000, (1, 500)),
        (rolled, 7, (72, 500)),
    ] {
        let before = backend.looked_up();
        let options =
            ListOptions { prefix: "p/".into(), delimiter, page_size, ..Default::default() };
        assert_eq!(listed(&store, options).await, expected);
        // One more finds that there is nothing more.
        assert_eq!(backend.looked_up() - before, expected.1 + 1, "pages of {page_size}");
    }
}

#[tokio::test]
async fn after_a_panic_under_the_lock_the_store_says_so() {
    let backend = Arc::new(MemoryBackend::new(MemoryOptions::default()));
    let broken = Arc::clone(&backend);
    let _ = std::thread::spawn(move || broken.panic_under_the_lock()).join();
    let store = BlobStore::from_backend(backend);
    let error = put(&store, "k", 1).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (ErrorCode::Internal, ErrorKind::Poisoned));
    let mut list = store.list(ListOptions::default()).unwrap();
    assert_eq!(list.next_page().await.unwrap_err().kind(), ErrorKind::Poisoned);
    assert!(list.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_named_store_lives_as_long_as_a_writer_of_it() {
    let first = BlobStore::open("mem:outlived").unwrap();
    let mut writer = first.writer("k", PutOptions::default()).await.unwrap();
    writer.write("x".into()).await.unwrap();
    drop(first);
    let second = BlobStore::open("mem:outlived").unwrap();
    writer.finish().await.unwrap();
    assert_eq!(&second.get("k", GetOptions::default()).await.unwrap().bytes[..], b"x");
    drop(second);
    let third = BlobStore::open("mem:outlived").unwrap();
    let absent = third.get("k", GetOptions::default()).await.unwrap_err();
    assert_eq!(absent.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_large_read_into_a_buffer_gives_others_their_turn() {
    let store = BlobStore::open("mem:").unwrap();
    put(&store, "k", (2 << 20) + 1).await.unwrap();
    let mut turns = 0;
    let mut read = Box::pin(store.get_into("k", vec![0; 3 << 20], GetOptions::default()));
    let filled = std::future::poll_fn(|cx| {
        turns += 1;
        read.as_mut().poll(cx)
    });
    let filled = filled.await.unwrap();
    assert_eq!((filled.size, filled.range, turns), ((2 << 20) + 1, 0..(2 << 20) + 1, 3));
    assert!(filled.buffer[..filled.size].iter().all(|byte| *byte == 7));
}

/// A body that notes whether the store was locked when it was freed.
struct Witness(Arc<MemoryBackend>, Arc<std::sync::Mutex<Vec<bool>>>);

impl AsRef<[u8]> for Witness {
    fn as_ref(&self) -> &[u8] {
        b"body"
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0.is_locked());
    }
}

#[tokio::test]
async fn bodies_are_freed_without_the_lock() {
    let (backend, store) = limited(1000);
    let freed = Arc::default();
    let body = || Bytes::from_owner(Witness(Arc::clone(&backend), Arc::clone(&freed)));
    let put = |key| store.put(key, body(), PutOptions::default());
    put("a").await.unwrap();
    put("a").await.unwrap();
    put("b").await.unwrap();
    store.copy("a", "b", CopyOptions::default()).await.unwrap();
    put("c").await.unwrap();
    store.rename("a", "c", CopyOptions::default()).await.unwrap();
    store.delete("b", Default::default()).await.unwrap();
    store.delete_many(vec!["c".into()]).await.unwrap();
    assert_eq!(
        *freed.lock().unwrap(),
        [false; 4],
        "replaced thrice, the last of two names deleted"
    );

    put("k").await.unwrap();
    let condition = crate::blob::PutCondition::IfAbsent;
    let refused = PutOptions { condition, ..PutOptions::default() };
    store.put("k", body(), refused.clone()).await.unwrap_err();
    let mut writer = store.writer("k", refused).await.unwrap();
    writer.write(body()).await.unwrap();
    writer.finish().await.unwrap_err();
    let mut writer = store.writer("k", PutOptions::default()).await.unwrap();
    writer.write(body()).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(*freed.lock().unwrap(), [false; 7], "refused twice, replaced by a writer");
}
