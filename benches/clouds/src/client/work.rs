//! Operations, so many in flight, each of a task that does one after another.

use std::future::Future;

use crate::Answer;

/// What does one operation.
pub(crate) trait Worker: Clone + Send + Sync + 'static {
    /// Memory that is used again by the operations of a task.
    type Memory: Default + Send;

    /// By the task `at`.
    fn once(&self, at: usize, memory: &mut Self::Memory) -> impl Future<Output = Answer> + Send;

    /// Whether what was put is there.
    fn check(&self) -> impl Future<Output = Answer> + Send;
}

pub(crate) async fn run<W: Worker>(worker: &W, in_flight: usize, times: u64) -> Answer {
    let tasks = (0..in_flight).map(|at| {
        let worker = worker.clone();
        let share = times / in_flight as u64 + u64::from((at as u64) < times % in_flight as u64);
        tokio::spawn(async move {
            let mut memory = W::Memory::default();
            for _ in 0..share {
                worker.once(at, &mut memory).await?;
            }
            Answer::Ok(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(())
}
