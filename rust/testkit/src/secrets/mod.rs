//! The suite for stores of secrets.

mod case;
mod cases;
mod export;
mod run;

pub use case::{Capability, Case, Kind, Requirement, Step};
pub use cases::cases;
pub use export::cpp_source;
pub use run::run_case;
