//! What is cached is read on the polling thread, and nothing else is.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use folder_support::*;
use rustix::io::Errno;
use tombolo::blob::folder::internals::{Features, Hook, Step};
use tombolo::blob::{Backend, ByteRange, GetOptions, HeadOptions};
use tombolo::{ErrorCode, ErrorKind};

fn recorded(place: &Place, features: Features) -> (Arc<dyn Backend>, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    (place.open_as(CLOSED, features, Some(recorder.clone())), recorder)
}

/// One poll, without a runtime: whatever needs another thread cannot answer.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

/// Whether this kernel opens and reads from its caches alone, asked without the store.
fn kernel_can(place: &Place) -> bool {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    use rustix::io::{Errno, IoSliceMut, ReadWriteFlags, preadv2};
    let path = place.join("probe");
    std::fs::write(&path, "x").unwrap();
    std::fs::read(&path).unwrap();
    let cached = ResolveFlags::CACHED;
    let opened = openat2(CWD, &path, OFlags::RDONLY, Mode::empty(), cached);
    let file = std::fs::File::open(&path).unwrap();
    let mut byte = [0];
    let read = preadv2(&file, &mut [IoSliceMut::new(&mut byte)], 0, ReadWriteFlags::NOWAIT);
    let works = |e: Option<Errno>| e.is_none_or(|e| e == Errno::AGAIN);
    works(opened.err()) && works(read.err())
}

fn filled(store: &Arc<dyn Backend>, name: &str, size: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        store.put(key(name), vec![7; size].into(), Default::default()).await.unwrap();
        // Whatever the file system did with its pages on writing, now they are cached.
        store.get(key(name), GetOptions::default()).await.unwrap();
    });
}

#[test]
fn what_is_cached_needs_no_other_thread_and_no_runtime() {
    let place = Place::new();
    let (store, recorder) = recorded(&place, Features::ALL);
    // Where the kernel cannot, the capability says so, and the test below holds.
    let cached = store.capabilities().cached_reads;
    assert_eq!(cached, kernel_can(&place));
    for size in [0, 1, 4096, 256 << 10] {
        filled(&store, "k", size);
        recorder.take();
        let object = at_once(store.get(key("k"), GetOptions::default())).map(|o| o.ok());
        assert_eq!(object.flatten().map(|o| o.bytes.len()), cached.then_some(size));
        if cached {
            assert_eq!(recorder.take(), [Step::OpenCached, Step::ReadCached]);
            let filled = at_once(get_into(&store, "k", size, GetOptions::default()));
            assert_eq!(filled.unwrap().unwrap().buffer, vec![7; size]);
            assert_eq!(recorder.take(), [Step::OpenCached, Step::ReadCached]);
            let meta = at_once(store.head(key("k"), HeadOptions::default())).unwrap().unwrap();
            assert_eq!(meta.size, size as u64);
        }
    }
}

#[test]
fn more_than_1_mib_is_never_read_on_the_polling_thread() {
    let place = Place::new();
    let (store, recorder) = recorded(&place, Features::ALL);
    filled(&store, "k", (1 << 20) + 1);
    recorder.take();
    let answer = at_once(store.get(key("k"), GetOptions::default()));
    // The pool needs a runtime, and there is none here: an error, not a panic.
    assert_eq!(answer.unwrap().unwrap_err().code(), ErrorCode::FailedPrecondition);
    let whole = at_once(get_into(&store, "k", (1 << 20) + 1, GetOptions::default()));
    assert_eq!(what(whole.unwrap()).0, ErrorCode::FailedPrecondition);
    assert!(!recorder.take().contains(&Step::ReadCached));
    if store.capabilities().cached_reads {
        let range = ByteRange::Suffix(1000);
        let part = at_once(store.get(key("k"), GetOptions { range, ..GetOptions::default() }));
        assert_eq!(part.unwrap().unwrap().bytes.len(), 1000);
        let whole = GetOptions { range, ..GetOptions::default() };
        assert_eq!(at_once(get_into(&store, "k", 1000, whole)).unwrap().unwrap().size, 1000);
    }
}

/// So often is a future polled, each time because it woke itself, and so often is the cache read: one
/// poll reads at most 256 KiB.
fn turns<T>(future: impl Future<Output = T>, recorder: &Recorder) -> (T, usize) {
    struct Woken(AtomicBool);
    impl std::task::Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(woken.clone());
    let mut future = std::pin::pin!(future);
    for turn in 1.. {
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        let steps = recorder.take();
        assert_eq!(steps.iter().filter(|step| **step == Step::ReadCached).count(), 1, "{steps:?}");
        if let Poll::Ready(answer) = polled {
            return (answer, turn);
        }
        assert!(woken.0.swap(false, Ordering::Relaxed), "it waits for somebody else");
    }
    unreachable!("it waits for ever");
}

#[test]
fn up_to_1_mib_that_is_cached_is_read_there_256_kib_a_poll() {
    let place = Place::new();
    let (store, recorder) = recorded(&place, Features::ALL);
    if !store.capabilities().cached_reads {
        return; // what needs the pool is read there, as the test above holds
    }
    for (size, expected) in [(256 << 10, 1), ((256 << 10) + 1, 2), (1 << 20, 4)] {
        filled(&store, "k", size);
        recorder.take();
        let (object, polls) = turns(store.get(key("k"), GetOptions::default()), &recorder);
        assert_eq!((object.unwrap().bytes, polls), (vec![7; size].into(), expected));
        let (filled, polls) = turns(get_into(&store, "k", size, GetOptions::default()), &recorder);
        assert_eq!((filled.unwrap().buffer, polls), (vec![7; size], expected));
    }
}

/// The cache may lose the file's pages between two turns.
#[tokio::test]
async fn what_leaves_the_cache_between_two_turns_is_read_on_the_pool() {
    struct FirstOnly(AtomicUsize);
    impl Hook for FirstOnly {
        fn before(&self, step: Step, _: &str) -> Result<(), Errno> {
            let lost = step == Step::ReadCached && self.0.fetch_add(1, Ordering::Relaxed) % 2 == 1;
            if lost { Err(Errno::AGAIN) } else { Ok(()) }
        }
    }
    let place = Place::new();
    let hook = Arc::new(FirstOnly(AtomicUsize::new(0)));
    let store = place.open_as(QUICK, Features::ALL, Some(hook.clone()));
    let body: Vec<u8> = (0..700_000u32).map(|i| i.to_le_bytes()[0]).collect();
    store.put(key("k"), body.clone().into(), Default::default()).await.unwrap();
    let object = store.get(key("k"), GetOptions::default()).await.unwrap();
    assert_eq!((&object.bytes[..], object.range), (&body[..], 0..700_000));
    hook.0.store(0, Ordering::Relaxed);
    let found = get_into(&store, "k", body.len(), GetOptions::default()).await.unwrap();
    assert_eq!((&found.buffer, found.size), (&body, body.len()));
}

#[tokio::test]
async fn answers_of_either_way_have_their_conditions_checked() {
    for features in [Features::ALL, Features::NONE] {
        let place = Place::new();
        let (store, _) = recorded(&place, features);
        let etag = &*put(&store, "k", "0123456789").await;
        let ask = |if_match: Option<&str>, if_none_match: Option<&str>, offset| {
            let options = GetOptions {
                range: ByteRange::From { offset, length: None },
                if_match: if_match.map(Into::into),
                if_none_match: if_none_match.map(Into::into),
            };
            store.get(key("k"), options)
        };
        assert_eq!(ask(Some(etag), Some("other"), 4).await.unwrap().range, 4..10);
        let changed = what(ask(Some("other"), None, 0).await);
        assert_eq!(changed, (ErrorCode::FailedPrecondition, ErrorKind::ConditionNotMet));
        // A condition comes before a range that cannot be met.
        let known = what(ask(None, Some(etag), 99).await);
        assert_eq!(known, (ErrorCode::FailedPrecondition, ErrorKind::NotModified));
        assert_eq!(what(ask(None, None, 99).await).0, ErrorCode::OutOfRange);
    }
}

#[tokio::test]
async fn a_buffer_is_judged_after_conditions_and_range_either_way() {
    for features in [Features::ALL, Features::NONE] {
        let place = Place::new();
        let (store, recorder) = recorded(&place, features);
        let etag = put(&store, "k", "0123456789").await;
        let tail = |offset| ByteRange::From { offset, length: None };
        let unless = |tag: &str, range| GetOptions {
            range,
            if_match: None,
            if_none_match: Some(tag.to_owned()),
        };
        let found = get_into(&store, "k", 8, unless("other", tail(4))).await.unwrap();
        assert_eq!((&found.buffer[..], found.size), (&b"456789\0\0"[..], 6));
        assert_eq!(found.range, 4..10);
        let known = what(get_into(&store, "k", 0, unless(&etag, tail(99))).await);
        assert_eq!(known, (ErrorCode::FailedPrecondition, ErrorKind::NotModified));
        let outside = what(get_into(&store, "k", 0, unless("other", tail(99))).await);
        assert_eq!(outside.0, ErrorCode::OutOfRange);
        recorder.take();
        let small = get_into(&store, "k", 5, unless("other", tail(4))).await.unwrap_err();
        assert_eq!(small.code(), ErrorCode::InvalidArgument);
        assert!(small.message().contains("5 bytes, and the read is of 6"), "{small}");
        assert!(!recorder.take().contains(&Step::Read));
    }
}

#[test]
fn without_the_features_everything_goes_to_the_pool() {
    let all = Features::ALL;
    for features in [
        Features { openat2: false, ..all },
        Features { resolve_cached: false, ..all },
        Features { nowait: false, ..all },
    ] {
        let place = Place::new();
        let (store, recorder) = recorded(&place, features);
        assert!(!store.capabilities().cached_reads);
        filled(&store, "k", 10);
        let seen = recorder.take();
        assert!(seen.contains(&Step::Read) && !seen.contains(&Step::ReadCached), "{seen:?}");
        assert!(at_once(store.get(key("k"), GetOptions::default())).unwrap().is_err());
    }
}

#[tokio::test]
async fn a_reader_gives_256_kib_at_a_time_and_uses_their_memory_again() {
    use futures_util::StreamExt;
    for features in [Features::ALL, Features::NONE] {
        let place = Place::new();
        let (store, recorder) = recorded(&place, features);
        let body: Vec<u8> = (0..(1 << 20) + 5).map(|i: u32| i.to_le_bytes()[1]).collect();
        store.put(key("k"), body.clone().into(), Default::default()).await.unwrap();
        let mut reader = store.reader(key("k"), GetOptions::default()).await.unwrap();
        recorder.take();
        let (mut sizes, mut places, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(piece) = reader.chunks.next().await {
            let piece = piece.unwrap();
            sizes.push(piece.len());
            places.push(piece.as_ptr());
            seen.extend_from_slice(&piece);
        }
        assert_eq!(sizes, [256 << 10, 256 << 10, 256 << 10, 256 << 10, 5]);
        assert_eq!(seen, body);
        assert!(places[1..4].iter().all(|place| *place == places[0]), "{places:?}");
        let on_the_pool = recorder.take().contains(&Step::Read);
        assert_eq!(on_the_pool, !store.capabilities().cached_reads);
    }
}
