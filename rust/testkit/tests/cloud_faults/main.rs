//! Faults survived, against servers of the clouds' protocols: the table of faults and steps, what a
//! killed server has acknowledged, what dropping an operation does to its connection, and how
//! connections are used.

mod cancel;
mod cell;
mod connections;
mod judge;
mod operate;
mod restart;
mod way;
mod workload;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use tombolo_testkit::faults::table::{self, Cell, Name};
use tombolo_testkit::servers::{Kind, Server};

type Checked<T = ()> = Result<T, Failed>;

/// The clouds' protocols, each by the server that is most like a service.
const KINDS: [Kind; 2] = [Kind::Azurite, Kind::SeaweedFs];

type Test = fn(&Server, Kind) -> Checked;

const TESTS: [(&str, Test); 10] = [
    ("who_drops_a_get_ends_its_connection", cancel::reads),
    ("who_drops_a_reader_ends_its_connection", cancel::readers),
    ("who_drops_a_put_ends_its_connection", cancel::puts),
    ("who_drops_a_writer_ends_its_connection", cancel::writers),
    ("connections_are_kept", connections::are_kept),
    ("connections_are_kept_over_tls", connections::are_kept_over_tls),
    ("connections_are_shared", connections::are_shared),
    ("connections_survive_errors", connections::survive_errors),
    ("connections_go_with_a_dropped_read", connections::go_with_a_dropped_read),
    ("connections_may_be_closed_while_idle", connections::may_be_closed_while_idle),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They wait more than they work.
    arguments.test_threads.get_or_insert(6);
    // Of this thread, which outlives all tests: a server ends with the thread that started it.
    let servers = KINDS.map(|kind| (kind, Server::start(kind)));
    let mut trials = Vec::new();
    for (kind, server) in servers {
        let server = server.map(Arc::new).map_err(|why| why.to_string());
        for (name, cells) in rows(kind) {
            let server = server.clone();
            let title = format!("{}::{}", kind.name(), name.text());
            trials.push(Trial::test(title, move || cell::row(&*server?, kind, &cells)));
        }
        for (name, test) in TESTS {
            let server = server.clone();
            let title = format!("{}::{name}", kind.name());
            trials.push(Trial::test(title, move || test(&*server?, kind)));
        }
    }
    for kind in KINDS {
        let title = format!("{}::a_killed_server_loses_nothing_acknowledged", kind.name());
        trials.push(Trial::test(title, move || restart::loses_nothing(kind)));
    }
    trials.push(Trial::test("the_guide_shows_the_table", guide));
    let conclusion = libtest_mimic::run(&arguments, trials);
    judge::tell();
    cancel::tell();
    conclusion.exit_code()
}

/// The cells, by their fault.
fn rows(kind: Kind) -> Vec<(Name, Vec<Cell>)> {
    let mut rows: Vec<(Name, Vec<Cell>)> = Vec::new();
    for cell in table::cells(kind) {
        match rows.last_mut() {
            Some((name, row)) if *name == cell.name => row.push(cell),
            _ => rows.push((cell.name, vec![cell])),
        }
    }
    rows
}

fn guide() -> Checked {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/clouds.md");
    let table = table::markdown();
    if std::fs::read_to_string(guide)?.contains(&table) {
        return Ok(());
    }
    Err(format!("docs/guide/clouds.md shows another table than this:\n{table}").into())
}

fn block_on<T>(future: impl Future<Output = Checked<T>>) -> Checked<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
