//! What is measured of the crossing, what it is measured against in Rust, and the driver that
//! measures: the core of the benches' one program.

mod actor;
mod blobs;
mod data;
mod driver;
mod floor;
mod operations;
mod promise;
mod sync;
