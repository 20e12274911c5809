//! Faults on the way to a service: a proxy that brings them about, and what must become of them.
//!
//! [`Proxy`] stands before a server and forwards every byte as it is, but for the requests that a
//! [`Rule`] picks. It does not terminate anything: a client is pointed at its port and signs for it,
//! and the server sees the `Host` that was signed. [`table`] says of each fault and each step of an
//! operation what must happen.

mod connection;
mod deliver;
mod fault;
mod message;
mod proxy;
mod seen;
pub mod table;

mod wire;

pub use fault::{Answered, Fault, Rule};
pub use proxy::Proxy;
pub use seen::{Connection, Request, Seen};
