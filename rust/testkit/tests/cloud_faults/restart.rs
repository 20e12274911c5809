//! A server that is killed in the middle of a workload, and started again: nothing that it has
//! acknowledged is lost or changed, and the store goes on without being opened again.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tombolo::blob::BlobStore;
use tombolo_testkit::servers::{Kind, Server};

use super::workload::{Task, Until};
use super::{Checked, block_on};

const TASKS: usize = 4;
/// How long after its start a server may not be whole yet.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the tasks and the one who kills share.
#[derive(Default)]
pub(crate) struct Shared {
    stop: AtomicBool,
    /// Operations that were acknowledged.
    pub(crate) acknowledged: AtomicUsize,
    /// Operations that have failed.
    pub(crate) failed: AtomicUsize,
    killed: Mutex<Option<Instant>>,
}

impl Shared {
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub(crate) fn killed(&self) -> Option<Instant> {
        *self.killed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long before its end a server's acknowledgement may have been of no worth. SeaweedFS has handed
/// all to the kernel before it answers, in logs that are only added to. Azurite has the bytes on the
/// disk, and writes every five seconds which objects they are of, later on a machine that is busy.
fn horizon(kind: Kind) -> Duration {
    if kind == Kind::Azurite { Duration::from_secs(15) } else { Duration::ZERO }
}

pub(crate) fn loses_nothing(kind: Kind) -> Checked {
    let mut server = Server::start_on_disk(kind)?;
    let store = BlobStore::open(&server.new_place()?)?;
    let shared = Arc::new(Shared::default());
    let tasks = {
        let (shared, store) = (Arc::clone(&shared), store.clone());
        thread::spawn(move || work(&shared, &store, horizon(kind)).map_err(|why| text(&why)))
    };
    let killing = kill(&mut server, &shared, horizon(kind));
    shared.stop.store(true, Ordering::Release);
    let ended = tasks.join().map_err(|_| "a task has panicked")?;
    // Why a task has ended tells more than that it has.
    let kept = ended?;
    killing?;
    println!(
        "{}: killed after {} operations; {} have failed; {kept} objects and absences were as \
         acknowledged",
        kind.name(),
        shared.acknowledged.load(Ordering::Relaxed),
        shared.failed.load(Ordering::Relaxed),
    );
    let both = shared.failed.load(Ordering::Relaxed) > 0 && kept > 0;
    if both { Ok(()) } else { Err("the kill met no operation, so it has shown nothing".into()) }
}

fn text(why: &libtest_mimic::Failed) -> String {
    why.message().unwrap_or_default().to_owned()
}

/// Waits until the tasks have done something, kills the server, and starts it again.
fn kill(server: &mut Server, shared: &Shared, horizon: Duration) -> Checked {
    thread::sleep(horizon + Duration::from_secs(1));
    progress(shared, &shared.acknowledged, 40)?;
    // A kill that was not done yet cannot have lost what came before this moment.
    *shared.killed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    server.kill()?;
    progress(shared, &shared.failed, 1)?;
    server.start_again()?;
    // The tasks go on with the store that they have.
    progress(shared, &shared.acknowledged, 40)
}

/// Waits until a counter is so much higher.
fn progress(shared: &Shared, counter: &AtomicUsize, by: usize) -> Checked {
    let (before, began) = (counter.load(Ordering::Relaxed), Instant::now());
    while counter.load(Ordering::Relaxed) < before + by {
        if began.elapsed() > PATIENCE || shared.is_over() {
            return Err("the tasks do not go on".into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Runs the tasks, and looks at all that they have written; how much was as acknowledged.
fn work(shared: &Shared, store: &BlobStore, horizon: Duration) -> Checked<usize> {
    block_on(async {
        let tasks = (0..TASKS).map(|number| async move {
            let mut task = Task::new(number, store, shared, horizon);
            task.begin().await?;
            while !shared.is_over() {
                task.step().await?;
            }
            task.end(Until(Instant::now() + PATIENCE)).await
        });
        // Who fails ends the others, and the one who kills.
        let all = try_join_all(tasks).await;
        shared.stop.store(true, Ordering::Release);
        Ok(all?.into_iter().sum())
    })
}
