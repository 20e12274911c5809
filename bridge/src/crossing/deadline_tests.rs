//! The deadline of what names none. Here and not in deadline/, which the models compile with
//! loom's locks.

use std::future::{Pending, pending};
use std::time::{Duration, Instant};

use tombolo::{Placement, Result};

use super::abi::Ticket;
use super::deadline::armed_for;
use super::operation::{Spec, cancel, op, set_timeout, start};
use super::queue::Queue;

/// What the C++ header `operation.hpp` says, so it is not taken from the library.
const AS_THE_HEADER_SAYS: Duration = Duration::from_secs(60);

/// Long deadlines are counted from the kernel's next tick; 10 ms apart where it ticks least.
const LATE: Duration = Duration::from_millis(20);

fn endless(placement: Placement) -> Ticket {
    op::<u64, Pending<Result<u64>>>(Spec::read("test", "endless").on(placement), || Ok(pending()))
}

#[test]
fn what_names_no_deadline_has_one_of_sixty_seconds() {
    let queue = Queue::open(8, false).unwrap();
    for placement in [Placement::Caller, Placement::Worker] {
        // The next one is likely to get this one's slot: what was set of it must be gone.
        set_timeout(&endless(placement).slot(), 1);

        let ticket = endless(placement);
        let before = Instant::now();
        assert!(start(&ticket.slot(), &queue, std::ptr::null_mut()), "it is done at once");
        let after = Instant::now();
        let deadline = armed_for(&ticket.slot()).unwrap();
        assert!(
            before + AS_THE_HEADER_SAYS <= deadline,
            "{:?} too early",
            (before + AS_THE_HEADER_SAYS) - deadline
        );
        assert!(
            deadline <= after + AS_THE_HEADER_SAYS + LATE,
            "{:?} too late",
            deadline - (after + AS_THE_HEADER_SAYS)
        );
        cancel(&ticket.slot());
    }
}
