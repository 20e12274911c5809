//! A worker that has nothing to do looks for more before it sleeps.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::RuntimeMetrics;

use crate::crossing::patience::Patience;
use crate::crossing::port::Port;

thread_local! {
    static IDLE: RefCell<Option<Idle>> = const { RefCell::new(None) };
}

/// Where a worker looks.
pub(super) struct Idle {
    /// For operations.
    pub(super) port: Arc<Port>,
    /// For tasks that were woken on other threads.
    pub(super) tasks: RuntimeMetrics,
    pub(super) longest: Duration,
    pub(super) patience: Patience,
}

impl Idle {
    fn look(&self) {
        let tasks = || self.tasks.global_queue_depth() > 0;
        self.patience.look(self.longest, || !self.port.inbox.is_asleep() || tasks());
    }
}

/// Runs `body` on a worker's thread, which looks for more work each time before it sleeps.
pub(super) fn looking<T>(idle: Idle, body: impl FnOnce() -> T) -> T {
    IDLE.set(Some(idle));
    let result = body();
    IDLE.set(None); // it holds the runtime, which is to end
    result
}

/// A thread is about to sleep in tokio.
pub(super) fn before_sleep() {
    IDLE.with_borrow(|idle| idle.iter().for_each(Idle::look));
}
