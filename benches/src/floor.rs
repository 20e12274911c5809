//! The floor: the same work in Rust alone, on a tokio runtime of one worker, with no C++ at all.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::actor::Actor;

/// The floors, as C++ sees them.
#[cxx::bridge(namespace = "tombolo_bench")]
mod ffi {
    /// What each task does.
    enum Work {
        Ready,
        Actor,
        Timer,
    }

    extern "Rust" {
        type Floor;
        fn new_floor() -> Result<Box<Floor>>;
        fn spawn_and_await(self: &Floor, work: Work, times: u64, in_flight: u64) -> u64;
        fn latencies(self: &Floor, work: Work, times: u64, in_flight: u64) -> Vec<u64>;
    }
}

use ffi::Work;

/// A runtime of one worker with an actor on it.
struct Floor {
    runtime: Runtime,
    actor: Actor,
}

fn new_floor() -> std::io::Result<Box<Floor>> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build()?;
    let actor = {
        let _context = runtime.enter();
        Actor::start()
    };
    Ok(Box::new(Floor { runtime, actor }))
}

impl Floor {
    /// Spawns so many tasks and awaits each, with so many in flight; answers how many were right.
    fn spawn_and_await(&self, work: Work, times: u64, in_flight: u64) -> u64 {
        self.side_by_side(times, in_flight, |share, actor| async move {
            let mut right = 0;
            for i in 0..share {
                right += u64::from(one(work, i, &actor).await);
            }
            right
        })
        .into_iter()
        .sum()
    }

    /// The nanoseconds of each; none for what was wrong.
    fn latencies(&self, work: Work, times: u64, in_flight: u64) -> Vec<u64> {
        let all = self.side_by_side(times, in_flight, |share, actor| async move {
            let mut took = Vec::new();
            for i in 0..share {
                let began = Instant::now();
                if one(work, i, &actor).await {
                    took.push(u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
                }
            }
            took
        });
        all.into_iter().flatten().collect()
    }

    /// So many tasks at a time, each with its share of the whole.
    fn side_by_side<F, T>(
        &self,
        times: u64,
        in_flight: u64,
        task: impl Fn(u64, Actor) -> F,
    ) -> Vec<T>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let share = |i| times / in_flight + u64::from(i < times % in_flight);
        self.runtime.block_on(async {
            let tasks: Vec<_> =
                (0..in_flight).map(|i| tokio::spawn(task(share(i), self.actor.clone()))).collect();
            let mut answers = Vec::new();
            for one in tasks {
                answers.extend(one.await);
            }
            answers
        })
    }
}

/// Spawns one task and awaits it; answers whether it was right.
async fn one(work: Work, i: u64, actor: &Actor) -> bool {
    let actor = actor.clone();
    let answer = tokio::spawn(async move {
        match work {
            Work::Actor => actor.ask(i).await.unwrap_or(0),
            Work::Timer => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                i + 1
            }
            _ => black_box(i) + 1,
        }
    });
    answer.await.is_ok_and(|answer| answer == i + 1)
}
