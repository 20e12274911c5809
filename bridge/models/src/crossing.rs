//! The crossing as the models compile it: the library's own files, and stand-ins of the same names
//! for what surrounds them.
//!
//! `sync.rs` and `atomics.rs` open loom's door, `eventfd.rs` is a counter that its thread waits for,
//! `pool.rs` hands out each slot once, `runtime.rs` has no tokio to enter. A panic is not contained,
//! since it is how a model fails, and nothing forks, lends, counts or has threads of
//! its own. Of handlers, a call and those that wait are the library's; what C++ pulls them by is a stream.

mod abi;
mod atomics;
#[path = "../../src/crossing/bug.rs"]
mod bug;
mod clock;
#[path = "../../src/crossing/deadline/mod.rs"]
pub(crate) mod deadline;
#[path = "../../src/crossing/erased.rs"]
mod erased;
mod eventfd;
mod fork;
mod guard;
pub(crate) mod handler;
#[path = "../../src/crossing/inbox.rs"]
pub(crate) mod inbox;
mod lent;
#[path = "../../src/crossing/load.rs"]
mod load;
mod log;
mod metrics;
#[path = "../../src/crossing/name.rs"]
mod name;
#[path = "../../src/crossing/operation.rs"]
pub(crate) mod operation;
mod options;
mod patience;
pub(crate) mod pool;
#[path = "../../src/crossing/port.rs"]
pub(crate) mod port;
#[path = "../../src/crossing/queue.rs"]
pub(crate) mod queue;
pub(crate) mod runtime;
pub(crate) mod seeded;
#[path = "../../src/crossing/slot/mod.rs"]
pub(crate) mod slot;
#[path = "../../src/crossing/state.rs"]
mod state;
pub(crate) mod sync;
mod thread;
#[path = "../../src/crossing/wait.rs"]
pub(crate) mod wait;
#[path = "../../src/crossing/waker.rs"]
pub(crate) mod waker;
pub(crate) mod wanted;
#[path = "../../src/crossing/worker.rs"]
pub(crate) mod worker;

pub(crate) use abi::{Completion, Ticket};
