//! Time, and the processor's time of this process, the kernel's for it included.

use std::fmt;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Answer;
use crate::options::{Options, Until, Work};

/// What so many operations took.
pub(crate) struct Took {
    times: u64,
    wall: Duration,
    cpu: Duration,
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, cpu) = (self.wall.as_nanos(), self.cpu.as_nanos());
        write!(f, "{{\"times\": {}, \"ns\": {wall}, \"cpu_ns\": {cpu}}}", self.times)
    }
}

/// Measures `run`, which does so many operations, after it has been warmed up.
pub(crate) fn measure(options: &Options, mut run: impl FnMut(u64) -> Answer) -> Answer<Took> {
    // Some milliseconds' work: what it adds to the time that is wanted is of no account.
    let is_long = options.work == Work::List || options.size > 1 << 20;
    let batch = options.in_flight as u64 * if is_long { 1 } else { 16 };
    run(batch)?;
    let (times, wall, cpu) = match options.until {
        Until::Done(times) => timed(|| run(times).map(|()| times))?,
        Until::Elapsed(limit) => timed(|| {
            let (began, mut times) = (Instant::now(), 0);
            while began.elapsed() < limit {
                run(batch)?;
                times += batch;
            }
            Ok(times)
        })?,
    };
    Ok(Took { times, wall, cpu })
}

fn timed(work: impl FnOnce() -> Answer<u64>) -> Answer<(u64, Duration, Duration)> {
    let cpu = || Duration::try_from(clock_gettime(ClockId::ProcessCPUTime));
    let (began, used) = (Instant::now(), cpu()?);
    let times = work()?;
    Ok((times, began.elapsed(), cpu()? - used))
}
