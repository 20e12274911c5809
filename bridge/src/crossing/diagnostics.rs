//! What goes on inside, for the moment when a service hangs.

use tombolo::Placement;

use super::deadline::{self, InFlight};
use super::guard;
use super::operation::quietly;

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    struct InFlight {
        service: String,
        operation: String,
        age_ns: u64,
        left_ns: u64,
        phase: u32,
        on_worker: bool,
    }

    extern "Rust" {
        fn operations_in_flight() -> Vec<InFlight>;
        fn panics_contained() -> u64;
    }
}

fn operations_in_flight() -> Vec<bridge::InFlight> {
    let nanoseconds =
        |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let crossing = |one: InFlight| bridge::InFlight {
        service: one.spec.service.to_owned(),
        operation: one.spec.operation.to_owned(),
        age_ns: nanoseconds(one.age),
        left_ns: nanoseconds(one.left),
        phase: one.phase as u32,
        on_worker: one.spec.placement == Placement::Worker,
    };
    quietly(Vec::new(), || deadline::all_in_flight().into_iter().map(crossing).collect())
}

fn panics_contained() -> u64 {
    guard::panics_contained()
}
