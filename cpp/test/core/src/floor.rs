//! What the benches compare with: a plain cxx function, and tokio alone.

use std::time::Instant;

use tokio::runtime::Builder;

use super::operations::Hop;

/// A synchronous call and nothing else.
pub(crate) fn add_plain(x: u64) -> u64 {
    x + 1
}

/// Nanoseconds that pure Rust takes to spawn so many tasks on one worker and await each, with so
/// many in flight; 0 if the runtime could not be made. `hops`: each task is woken by another
/// thread once.
pub(crate) fn floor_spawn_await(operations: u64, in_flight: u64, hops: bool) -> u64 {
    let Ok(runtime) = Builder::new_multi_thread().worker_threads(1).build() else { return 0 };
    let each = operations / in_flight.max(1);
    let began = Instant::now();
    runtime.block_on(async move {
        let loops: Vec<_> =
            (0..in_flight).map(|_| tokio::spawn(spawn_and_await(each, hops))).collect();
        for one in loops {
            let _ = one.await;
        }
    });
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

async fn spawn_and_await(times: u64, hops: bool) {
    for i in 0..times {
        let _ = tokio::spawn(async move {
            if hops {
                Hop::new().await;
            }
            std::hint::black_box(i)
        })
        .await;
    }
}
