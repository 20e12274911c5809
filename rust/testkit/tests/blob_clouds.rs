//! Every registered case against every server of a cloud's protocol, each as a test of its own in a
//! container or bucket of its own. The cases that a server is known to fail must fail.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use tombolo::blob::BlobStore;
use tombolo_testkit::blob::{Case, cases, run_case};
use tombolo_testkit::servers::{Kind, Server};

/// What has reads go by several ranges at once; then the cases of reads are run once more.
const IN_RANGES: &str = "&parallel_ranges=3&range_size=65536";
/// What the names of those begin with.
const READS: [&str; 5] = ["a_reader", "get", "reader", "sizes", "two_readers"];
/// Those whose object is replaced while it is read. The ranges that are not there yet are gone then, as
/// these services keep no versions; the reader says so, and shows nothing of the new one.
const REPLACED: [&str; 5] = [
    "a_reader_keeps_its_version_while_deleted",
    "a_reader_keeps_its_version_while_overwritten",
    "a_reader_keeps_its_version_while_renamed",
    "a_reader_of_what_a_writer_replaces",
    "two_readers_of_two_versions",
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Of this thread, which outlives all tests: a server ends with the thread that started it.
    let servers: Vec<_> = Kind::ALL.into_iter().map(|kind| (kind, Server::start(kind))).collect();
    let trials = servers.into_iter().flat_map(|(kind, server)| match server {
        Ok(server) => trials_of(kind, Arc::new(server)),
        Err(why) => vec![fails(kind, "starts", why.to_string())],
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn fails(kind: Kind, what: &str, why: String) -> Trial {
    Trial::test(format!("{}::{what}", kind.name()), move || Err(why.into()))
}

/// The cases that the store's capabilities register. A store that does not open is a failure.
fn trials_of(kind: Kind, server: Arc<Server>) -> Vec<Trial> {
    match open(&server) {
        Err(why) => vec![fails(kind, "opens", why.message().unwrap_or_default().to_owned())],
        Ok(store) => cases()
            .into_iter()
            .filter(|case| case.is_registered(store.capabilities()))
            .flat_map(|case| {
                let reads = READS.iter().any(|begin| case.name.starts_with(begin));
                let again = reads.then(|| in_ranges(kind, Arc::clone(&server), case.clone()));
                [trial(kind, Arc::clone(&server), case)].into_iter().chain(again)
            })
            .collect(),
    }
}

fn open(server: &Server) -> Result<BlobStore, Failed> {
    Ok(BlobStore::open(&server.new_place()?)?)
}

fn trial(kind: Kind, server: Arc<Server>, case: Case) -> Trial {
    match kind.deviations().find(|(name, _)| *name == case.name) {
        None => Trial::test(format!("{}::{}", kind.name(), case.name), move || run(&server, &case)),
        Some((name, why)) => {
            Trial::test(format!("{}::fails_{name}", kind.name()), move || {
                match run(&server, &case) {
                    Ok(()) => {
                        Err(format!("it passes, take it off the list; it was there since {why}")
                            .into())
                    }
                    Err(_) => Ok(()),
                }
            })
        }
    }
}

fn in_ranges(kind: Kind, server: Arc<Server>, case: Case) -> Trial {
    let name = format!("{}::{}_in_ranges", kind.name(), case.name);
    let replaced = REPLACED.iter().any(|name| case.name == *name);
    Trial::test(name, move || match run_with(&server, &case, IN_RANGES) {
        Ok(()) if replaced => Err("it read what was gone".into()),
        Err(why) if replaced => {
            let why = why.message().unwrap_or_default();
            if why.contains("code: Aborted") { Ok(()) } else { Err(why.into()) }
        }
        ended => ended,
    })
}

fn run(server: &Server, case: &Case) -> Result<(), Failed> {
    run_with(server, case, "")
}

fn run_with(server: &Server, case: &Case, parameters: &str) -> Result<(), Failed> {
    let url = server.new_place()? + parameters;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let open = || BlobStore::open(&url);
    runtime.block_on(run_case(&open, case)).map_err(Failed::from)
}
