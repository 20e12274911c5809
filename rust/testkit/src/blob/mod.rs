//! The suite for stores of blobs.

mod body;
mod build;
mod case;
mod cases;
mod export;
mod run;
mod wrapped;

pub use body::Body;
pub use case::{
    Capability, Case, Condition, Expect, Listing, Outcome, Presign, Range, Read, ReadHow,
    Requirement, Step, Tag, Transfer, Want, WriteOptions,
};
pub use cases::cases;
pub use export::cpp_source;
pub use run::{Failure, OpenStore, run_case};
pub use wrapped::{Fault, Wrapped};
