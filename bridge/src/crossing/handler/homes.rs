//! The queues that have handlers: a thread that alone drains one must not block for what may call
//! them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::crossing::port::Port;
use crate::crossing::thread;

static HOMES: Mutex<Vec<Arc<Port>>> = Mutex::new(Vec::new());
/// How many there are, so that who has no handlers takes no lock.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A handler's claim on its queue.
pub(super) struct Home(Arc<Port>);

impl Home {
    pub(super) fn new(port: &Arc<Port>) -> Self {
        HOMES.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(port));
        COUNT.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(port))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        let mut homes = HOMES.lock().unwrap_or_else(PoisonError::into_inner);
        let at = homes.iter().position(|port| Arc::ptr_eq(port, &self.0));
        let port = at.map(|at| homes.swap_remove(at));
        drop(homes);
        drop(port);
    }
}

/// Whether this thread is the only one that has drained some queue with handlers.
pub(crate) fn drained_here_alone() -> bool {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return false;
    }
    let here = thread::id();
    let homes = HOMES.lock().unwrap_or_else(PoisonError::into_inner);
    homes.iter().any(|port| port.consumers.only() == Some(here))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossing::queue::Queue;

    #[test]
    fn only_the_one_thread_that_drains_a_queue_with_handlers() {
        let queue = Queue::open(1, false).unwrap();
        let drain = || {
            queue.begin().unwrap();
            queue.end();
        };
        let home = Home::new(queue.port());
        assert!(!drained_here_alone(), "nobody has drained it yet");
        drain();
        assert!(drained_here_alone());
        let elsewhere = std::thread::scope(|scope| scope.spawn(drained_here_alone).join().unwrap());
        assert!(!elsewhere);
        drop(home);
        assert!(!drained_here_alone(), "it has no handler any more");
        let _home = Home::new(queue.port());
        std::thread::scope(|scope| scope.spawn(drain).join().unwrap());
        assert!(!drained_here_alone(), "another thread drains it, too");
    }
}
