//! Where an operation runs.

/// Where the future of an operation is polled. A property of each operation, stated in its
/// documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On the thread that starts the operation or drains its queue. For bounded work only: memory,
    /// cache hits, reads of cached pages. Whatever may block goes to the blocking pool.
    Caller,
    /// On a worker of the runtime. For all network I/O.
    Worker,
}
