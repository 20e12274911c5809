//! Blocking work is bounded, and ends when nobody waits for it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, too"
)]

mod folder_support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};

use folder_support::*;
use futures_util::StreamExt;
use rustix::io::Errno;
use tombolo::blob::folder::FolderOptions;
use tombolo::blob::folder::internals::{Features, Hook, Step};
use tombolo::blob::{Buffer, GetOptions, ListOptions, PutOptions};
use tombolo::{Effect, ErrorCode, ErrorKind};

/// Holds every thread that comes to `step` until it is opened, and counts them.
struct Gate {
    step: Step,
    open: Mutex<bool>,
    changed: Condvar,
    arrived: AtomicUsize,
}

impl Gate {
    fn at(step: Step) -> Arc<Self> {
        let (open, changed, arrived) = Default::default();
        Arc::new(Self { step, open, changed, arrived })
    }

    fn set(&self, open: bool) {
        *self.open.lock().unwrap() = open;
        self.changed.notify_all();
    }

    fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    /// Lets other tasks and threads run until so many have come.
    async fn wait_for(&self, count: usize) {
        while self.arrived() < count {
            tokio::task::yield_now().await;
        }
    }
}

impl Hook for Gate {
    fn before(&self, step: Step, _: &str) -> Result<(), Errno> {
        if step == Step::Clone {
            // As on a file system that cannot: a clone is one step, whatever the size.
            return Err(Errno::OPNOTSUPP);
        }
        if step == self.step {
            self.arrived.fetch_add(1, Ordering::SeqCst);
            let open = self.open.lock().unwrap();
            drop(self.changed.wait_while(open, |open| !*open).unwrap());
        }
        Ok(())
    }
}

fn narrow(max_running: usize, max_queued: usize) -> FolderOptions {
    FolderOptions { max_running, max_queued, ..QUICK }
}

fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn beyond_the_bounds_an_operation_is_refused_at_once() {
    let place = Place::new();
    let gate = Gate::at(Step::Write);
    let store = place.open_as(narrow(2, 3), Features::ALL, Some(gate.clone()));
    let mut puts: Vec<_> = (0..5)
        .map(|i| store.put(key(&format!("{i}")), "x".into(), PutOptions::default()))
        .collect();
    assert!(puts.iter_mut().all(|put| poll_once(put).is_pending()));
    let e = try_put(&store, "more", "x", Default::default()).await.unwrap_err();
    assert_eq!(e.code(), ErrorCode::ResourceExhausted);
    assert!(e.retryable() && e.message().contains("max_queued"), "{e}");
    gate.wait_for(2).await;
    gate.set(true);
    for put in puts {
        put.await.unwrap();
    }
    assert_eq!(gate.arrived(), 5);
    put(&store, "more", "x").await;
}

#[tokio::test]
async fn queued_work_of_a_dropped_future_never_runs() {
    let place = Place::new();
    let gate = Gate::at(Step::Write);
    let store = place.open_as(narrow(1, 10), Features::ALL, Some(gate.clone()));
    let mut first = store.put(key("first"), "x".into(), PutOptions::default());
    assert!(poll_once(&mut first).is_pending());
    gate.wait_for(1).await;
    let mut queued: Vec<_> = (0..10)
        .map(|i| store.put(key(&format!("{i}")), "x".into(), PutOptions::default()))
        .collect();
    assert!(queued.iter_mut().all(|put| poll_once(put).is_pending()));
    drop(queued);
    // Their places are free again although the first still runs.
    let mut second = store.put(key("second"), "x".into(), PutOptions::default());
    assert!(poll_once(&mut second).is_pending());
    gate.set(true);
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(gate.arrived(), 2);
    assert_eq!(all_keys(&store).await, ["first", "second"]);
}

/// Drops the future of a running operation at its second step of `step`, and counts its steps.
async fn steps_after_drop(step: Step, features: Features) -> usize {
    let place = Place::new();
    let gate = Gate::at(step);
    let store = place.open_as(narrow(1, 0), features, Some(gate.clone()));
    std::fs::write(place.join("big"), vec![7; 20 << 20]).unwrap();
    let mut work = match step {
        Step::Write => {
            let put = store.put(key("new"), vec![7; 20 << 20].into(), PutOptions::default());
            Box::pin(async { put.await.map(drop) }) as std::pin::Pin<Box<dyn Future<Output = _>>>
        }
        Step::Read => {
            let get = store.get(key("big"), GetOptions::default());
            Box::pin(async { get.await.map(drop) })
        }
        _ => {
            let copy = store.copy(key("big"), key("new"), Default::default());
            Box::pin(async { copy.await.map(drop) })
        }
    };
    assert!(poll_once(&mut work).is_pending());
    gate.wait_for(1).await;
    drop(work);
    gate.set(true);
    // The one running place is given back when the work has ended.
    while try_put(&store, "after", "x", Default::default()).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(all_keys(&store).await, ["after", "big"]);
    assert_eq!(place.leftovers(), [""; 0]);
    gate.arrived() - usize::from(step == Step::Write)
}

#[tokio::test]
async fn running_work_of_a_dropped_future_ends_after_its_step() {
    let memory = Features { kernel_copy: false, ..Features::ALL };
    for features in [Features::ALL, Features { tmpfile: false, ..Features::ALL }] {
        assert_eq!(steps_after_drop(Step::Write, features).await, 1);
        assert_eq!(steps_after_drop(Step::Read, features).await, 1);
        assert_eq!(steps_after_drop(Step::CopyRange, features).await, 1);
    }
    // Copying through memory: the gate is at the first read of 1 MiB, which is still written.
    assert_eq!(steps_after_drop(Step::CopyRange, memory).await, 1);
}

/// Memory of a caller that says when nobody can write into it any more.
struct Memory(Vec<u8>, Arc<AtomicBool>);

impl AsMut<[u8]> for Memory {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
    }
}

fn memory(size: usize) -> (Buffer, Arc<AtomicBool>) {
    let gone = Arc::new(AtomicBool::new(false));
    (Buffer::new(Memory(vec![0; size], gone.clone())), gone)
}

#[tokio::test]
async fn a_buffer_outlives_the_step_that_writes_into_it_and_no_further_one() {
    let place = Place::new();
    let gate = Gate::at(Step::Read);
    let store = place.open_as(QUICK, Features::ALL, Some(gate.clone()));
    std::fs::write(place.join("big"), vec![7; 20 << 20]).unwrap();
    let (buffer, gone) = memory(20 << 20);
    let mut work = store.get_into(key("big"), buffer, GetOptions::default());
    assert!(poll_once(&mut work).is_pending());
    gate.wait_for(1).await;
    drop(work);
    assert!(!gone.load(Ordering::SeqCst), "it is gone while a step writes into it");
    gate.set(true);
    while !gone.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.arrived(), 1);
}

#[test]
fn a_buffer_whose_turn_has_not_come_goes_with_its_future() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build();
    runtime.unwrap().block_on(async {
        let place = Place::new();
        let store = place.open_as(QUICK, Features::ALL, None);
        std::fs::write(place.join("big"), vec![7; 2 << 20]).unwrap();
        // The runtime's only blocking thread is busy with something else.
        let (free, busy) = std::sync::mpsc::channel::<()>();
        let elsewhere = tokio::task::spawn_blocking(move || busy.recv());
        let (buffer, gone) = memory(2 << 20);
        let mut work = store.get_into(key("big"), buffer, GetOptions::default());
        assert!(poll_once(&mut work).is_pending());
        assert!(!gone.load(Ordering::SeqCst));
        drop(work);
        assert!(gone.load(Ordering::SeqCst));
        drop(free);
        assert!(elsewhere.await.unwrap().is_err());
    });
}

#[tokio::test]
async fn waiting_for_another_process_lock_ends_with_the_future() {
    let place = Place::new();
    let store = place.open_as(narrow(1, 0), Features::ALL, None);
    put(&store, "k", "x").await;
    let lock = std::fs::read_dir(place.join(".tombolo/locks")).unwrap().next().unwrap().unwrap();
    // Another open file: to `flock` as good as another process.
    let held = std::fs::File::open(lock.path()).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let mut waiting = store.put(key("k"), "y".into(), PutOptions::default());
    assert!(poll_once(&mut waiting).is_pending());
    drop(waiting);
    // The only place is free again, while the lock is still held.
    while get(&store, "k").await.is_err() || all_keys_or_none(&store).await.is_none() {
        tokio::task::yield_now().await;
    }
    drop(held);
    put(&store, "k", "z").await;
}

async fn all_keys_or_none(store: &Arc<dyn tombolo::blob::Backend>) -> Option<()> {
    pages(store, Default::default()).await.ok().map(drop)
}

#[tokio::test]
async fn a_panic_in_blocking_work_is_an_error() {
    struct Panics;
    impl Hook for Panics {
        fn before(&self, step: Step, _: &str) -> Result<(), Errno> {
            assert_ne!(step, Step::Write, "on purpose");
            Ok(())
        }
    }
    tombolo::panic::install_hook(); // as the seam does; without it the place is not known
    let place = Place::new();
    let store = place.open_as(narrow(1, 0), Features::ALL, Some(Arc::new(Panics)));
    for _ in 0..3 {
        let answer = try_put(&store, "k", "x", Default::default()).await;
        let e = answer.unwrap_err();
        assert_eq!((e.code(), e.kind()), (ErrorCode::Internal, ErrorKind::Panic));
        assert!(e.message().contains("on purpose"), "{e}");
        assert!(e.message().contains("folder_pool.rs:"), "{e}");
    }
    assert_eq!(all_keys(&store).await, [""; 0]);
}

#[tokio::test]
async fn a_writer_whose_call_was_dropped_is_broken() {
    let place = Place::new();
    let gate = Gate::at(Step::Write);
    let store = place.open_as(narrow(1, 4), Features::ALL, Some(gate.clone()));
    let mut writer = store.writer(key("k"), PutOptions::default()).await.unwrap();
    let mut piece = writer.write(vec![7; 2 << 20].into());
    assert!(poll_once(&mut piece).is_pending());
    gate.wait_for(1).await;
    drop(piece);
    gate.set(true);
    assert_eq!(what(writer.write("x".into()).await).0, ErrorCode::FailedPrecondition);
    assert_eq!(what(writer.finish().await).0, ErrorCode::FailedPrecondition);
    drop(writer);
    assert_eq!(all_keys(&store).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_one_key_take_turns() {
    let place = Place::new();
    let store = place.open_as(narrow(4, 1000), Features::ALL, None);
    put(&store, "n", "0").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    increment(&store, "n").await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(get(&store, "n").await.unwrap(), "400");
}

async fn increment(store: &Arc<dyn tombolo::blob::Backend>, name: &str) {
    loop {
        let object = store.get(key(name), GetOptions::default()).await.unwrap();
        let n: u64 = std::str::from_utf8(&object.bytes).unwrap().parse().unwrap();
        let condition = tombolo::blob::PutCondition::IfMatch(object.meta.etag);
        match try_put(store, name, &(n + 1).to_string(), condition).await {
            Ok(_) => return,
            Err(e) => assert_eq!(e.kind(), ErrorKind::ConditionNotMet, "{e}"),
        }
    }
}

/// Beyond what any system has room for: it refuses every thread.
#[test]
fn without_a_thread_for_blocking_work_an_operation_is_refused_each_time() {
    let place = Place::new();
    std::fs::write(place.join("k"), vec![7; 2 << 20]).unwrap();
    let store = place.open_as(narrow(1, 0), Features::ALL, None);
    let runtime = tokio::runtime::Builder::new_current_thread().thread_stack_size(1 << 60).build();
    runtime.unwrap().block_on(async {
        // The only place in the pool is given back each time.
        for _ in 0..3 {
            let e = get(&store, "k").await.unwrap_err();
            assert_eq!(e.code(), ErrorCode::ResourceExhausted, "{e}");
            assert!(e.retryable() && e.message().contains("no thread"), "{e}");
            assert_eq!((e.service(), e.operation()), ("blob.folder", "get"));
            let e = try_put(&store, "new", "x", Default::default()).await.unwrap_err();
            assert_eq!((e.code(), e.effect()), (ErrorCode::ResourceExhausted, Effect::None));
            let (buffer, gone) = memory(2 << 20);
            store.get_into(key("k"), buffer, GetOptions::default()).await.unwrap_err();
            assert!(gone.load(Ordering::SeqCst));
        }
    });
    assert!(!place.join("new").exists());
}

/// What was opened is not lost to an overload that came later: its next step waits for its turn.
#[tokio::test]
async fn a_full_pool_holds_up_what_is_under_way_and_does_not_end_it() {
    let place = Place::new();
    let gate = Gate::at(Step::Write);
    let uncached = Features { nowait: false, ..Features::ALL };
    let store = place.open_as(narrow(1, 0), uncached, Some(gate.clone()));
    for name in ["a", "b"] {
        std::fs::write(place.join(name), "x").unwrap();
    }
    let mut reader = store.reader(key("a"), GetOptions::default()).await.unwrap();
    let mut lister = store.list(ListOptions { page_size: 1, ..ListOptions::default() });
    assert_eq!(lister.next_page().await.unwrap().unwrap().objects[0].key, "a");
    let mut writer = store.writer(key("w"), PutOptions::default()).await.unwrap();

    let mut full = store.put(key("full"), "x".into(), PutOptions::default());
    assert!(poll_once(&mut full).is_pending());
    gate.wait_for(1).await;
    let e = get(&store, "a").await.unwrap_err();
    assert_eq!(e.code(), ErrorCode::ResourceExhausted);

    let mut piece = reader.chunks.next();
    assert!(poll_once(&mut piece).is_pending());
    let mut page = Box::pin(lister.next_page());
    assert!(poll_once(&mut page).is_pending());
    let mut end = writer.finish();
    assert!(poll_once(&mut end).is_pending());
    gate.set(true);
    full.await.unwrap();
    assert_eq!(&piece.await.unwrap().unwrap()[..], b"x");
    assert_eq!(page.await.unwrap().unwrap().objects[0].key, "b");
    end.await.unwrap();
}

/// Freeing the blocks of a large file takes long. A service drops a writer in its own loop, which
/// knows of no runtime.
#[test]
fn a_writer_dropped_outside_of_the_runtime_holds_nobody_up() {
    let place = Place::new();
    let named = Features { tmpfile: false, ..Features::ALL };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let store = place.open_as(QUICK, named, None);
    let writer = runtime.block_on(async {
        let mut writer = store.writer(key("w"), PutOptions::default()).await.unwrap();
        writer.write(vec![7; 2 << 20].into()).await.unwrap();
        writer
    });
    let (release, held) = std::sync::mpsc::channel::<()>();
    let busy = runtime.spawn_blocking(move || held.recv());
    assert_eq!(place.leftovers().len(), 1);
    drop(writer);
    // The one thread that may block is busy, so the file is still there: not this thread's work.
    assert_eq!(place.leftovers().len(), 1);
    drop(release);
    runtime.block_on(busy).unwrap().unwrap_err();
    runtime.block_on(runtime.spawn_blocking(|| {})).unwrap();
    assert_eq!(place.leftovers(), [""; 0]);
}
