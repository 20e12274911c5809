//! What a read of a file costs whose bytes are not in the page cache: by a pool of threads that block, and
//! by io_uring: on a thread of its own, submitted by whoever asks, and, the limit, in a loop that does
//! nothing else. One, 16 and 64 in flight.
//!
//! Usage: io_uring [--quick] [--rounds N]     in a folder on a disk: a file is made there and removed

mod asker;
mod figures;
mod file;
mod looping;
mod options;
mod pool;
mod threaded;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use figures::Figures;
use file::{Blocks, Cold};
use options::Options;

const IN_FLIGHT: [usize; 3] = [1, 16, 64];

/// A way to read: all of these blocks, so many of them in flight, each checked.
type Read = fn(&Arc<Cold>, &Blocks, usize) -> Answer<()>;
const WAYS: [(&str, Read); 4] = [
    ("pool", pool::read),
    ("io_uring_thread", threaded::read),
    ("io_uring_asker", asker::read),
    ("io_uring_loop", looping::read),
];

/// What any part of this program answers.
type Answer<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Answer<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let ways = if kernel_can() { &WAYS[..] } else { &WAYS[..1] };
    let bytes = if options.quick { 64 << 20 } else { 1 << 30 };
    let cold = Arc::new(Cold::make(bytes)?);
    let mut figures = Figures::default();
    for round in 0..options.rounds {
        for (size, reads) in [(4 << 10, 4_000), (64 << 10, 2_000)] {
            let reads = if options.quick { reads / 10 } else { reads };
            for in_flight in IN_FLIGHT {
                // What disturbs one of them disturbs the next one, too, and who is first changes.
                for turn in 0..ways.len() {
                    let (who, read) = ways[(turn + round) % ways.len()];
                    let blocks = cold.choose(size, reads)?;
                    let (took, used) = timed(|| read(&cold, &blocks, in_flight))?;
                    let name = format!("{size}/{in_flight}/{who}");
                    figures.add(
                        format!("uncached/{name}"),
                        "ns",
                        took.as_nanos() as f64 / reads as f64,
                    );
                    figures.add(
                        format!("uncached_cpu/{name}"),
                        "ns",
                        used.as_nanos() as f64 / reads as f64,
                    );
                }
            }
        }
    }
    figures.print();
    Ok(())
}

/// Whether there is io_uring here; says so where it is forbidden, as in many containers.
fn kernel_can() -> bool {
    let refused = io_uring::IoUring::new(1).err();
    if let Some(e) = &refused {
        eprintln!("io_uring: {e}; the pool of threads alone is measured");
    }
    refused.is_none()
}

/// The time it took, and the processor's time of all threads, the kernel's for this process included.
fn timed(work: impl FnOnce() -> Answer<()>) -> Answer<(Duration, Duration)> {
    let now = |clock| -> Answer<Duration> { Ok(Duration::try_from(clock_gettime(clock))?) };
    let clocks = [ClockId::Monotonic, ClockId::ProcessCPUTime];
    let before = [now(clocks[0])?, now(clocks[1])?];
    work()?;
    Ok((now(clocks[0])? - before[0], now(clocks[1])? - before[1]))
}
