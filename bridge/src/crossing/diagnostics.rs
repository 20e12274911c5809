//! What goes on inside, for the moment when a service hangs.

use std::io::{Cursor, Write};

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
        runtime: String,
    }

    extern "Rust" {
        fn operations_in_flight() -> Vec<InFlight>;
        fn print_operations_in_flight();
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
        runtime: one.runtime.text().to_owned(),
    };
    quietly(Vec::new(), || deadline::all_in_flight().into_iter().map(crossing).collect())
}

/// For debuggers, which stop every thread wherever it is: waits for no lock, takes no memory.
fn print_operations_in_flight() {
    quietly((), || {
        if !deadline::try_each_in_flight(|one| print(&one)) {
            print_text(b"tombolo: the list is in use; let the process run on for a moment\n");
        }
    });
}

fn print_text(text: &[u8]) {
    let _ = rustix::io::write(rustix::stdio::stderr(), text);
}

/// One line, as `OperationInFlight::to_string` of C++; what goes beyond its end is cut off.
fn print(one: &InFlight) {
    let mut line = Cursor::new([0; 256]);
    let (age, left) = (one.age.as_secs_f64(), one.left.as_secs_f64());
    let place = match one.spec.placement {
        Placement::Worker => "a worker",
        Placement::Caller => "the caller",
    };
    let (service, operation, phase) = (one.spec.service, one.spec.operation, one.phase.name());
    let (before, runtime) = match one.runtime.text() {
        "" => ("", ""),
        name => (", runtime ", name),
    };
    let _ = writeln!(
        line,
        "{service}.{operation}: {phase}, {age:.3} s old, {left:.3} s left, on {place}{before}{runtime}"
    );
    let end = usize::try_from(line.position()).unwrap_or(0);
    print_text(line.get_ref().get(..end).unwrap_or_default());
}

fn panics_contained() -> u64 {
    guard::panics_contained()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const HERE: &str = "crossing::diagnostics::tests::a_list_that_is_in_use_is_not_waited_for";

    /// In a process of its own, whose stderr is looked at.
    #[test]
    fn a_list_that_is_in_use_is_not_waited_for() {
        const INSIDE: &str = "TOMBOLO_TEST_INSIDE";
        if std::env::var_os(INSIDE).is_some() {
            let _in_use = deadline::table();
            return print_operations_in_flight();
        }
        let program = std::env::current_exe().unwrap();
        let arguments = ["--exact", HERE, "--nocapture"];
        let output = Command::new(program).args(arguments).env(INSIDE, "1").output().unwrap();
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "tombolo: the list is in use; let the process run on for a moment\n"
        );
    }
}
