//! A client in Rust of the clouds' protocols: does one kind of operation again and again, checks each
//! answer, and says what it took.
//!
//! Usage: cloud-client --who WHO --service s3|azure --url URL --work WORK --size BYTES --in-flight N
//!                     --seconds S | --times N
//!
//! WHO is `rust` (Tombolo's Rust API on a current-thread runtime), `object_store`, `object_store_mt` (on a
//! multi-thread one) or `socket` (a raw one: the limit). WORK is `get`, `get_into`, `get_stream`, `put`,
//! `list`, or `seed`, which puts what the others get. URL is where the container or bucket is, key and all, as Tombolo has it: `cloud-client` of any
//! WHO takes the same. Prints `{"times": …, "ns": …, "cpu_ns": …}`, of which both are of all operations.

mod body;
mod measure;
mod options;
mod place;
mod socket;
mod stores;
mod tombolo_alone;
mod work;

use std::error::Error;

use tokio::runtime::{Builder, Runtime};

use measure::measure;
use options::{Options, Who};
use work::Worker;

/// What any part of this program answers.
pub(crate) type Answer<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Answer {
    let options = Options::parse(std::env::args().skip(1))?;
    let took = match options.who {
        Who::Rust => in_tasks(&options, current_thread()?, tombolo_alone::open(&options)?),
        Who::ObjectStore => in_tasks(&options, current_thread()?, stores::open(&options)?),
        Who::ObjectStoreMt => in_tasks(&options, multi_thread()?, stores::open(&options)?),
        Who::Socket => {
            let mut sockets = socket::open(&options)?;
            measure(&options, |times| sockets.run(times))
        }
    }?;
    println!("{took}");
    Ok(())
}

fn current_thread() -> Answer<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

fn multi_thread() -> Answer<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Measures with a task for each of those in flight, which does one operation after another.
fn in_tasks<W: Worker>(options: &Options, runtime: Runtime, worker: W) -> Answer<measure::Took> {
    let run = |times| runtime.block_on(work::run(&worker, options.in_flight, times));
    let took = measure(options, run)?;
    runtime.block_on(worker.check())?;
    Ok(took)
}
