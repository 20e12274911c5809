//! Runs a program while servers of the clouds' protocols run, and ends as it does.
//!
//! `with-clouds --url <server> <program> [argument...]` starts one server and puts the URL of an empty
//! container or bucket wherever an argument has `{url}`.
//!
//! `with-clouds --identity <program> [argument...]` starts those who give tokens in Azure, and sets the
//! environment as Azure and Kubernetes do.
//!
//! `with-clouds <program> [argument...]` starts Azurite, SeaweedFS and the fake of Google Cloud
//! Storage, and writes to the program's standard input:
//!
//! ```text
//! place <server> <url>      an empty container or bucket; as many as the table has cases
//! fails <server> <case>     a case that this server is known to fail
//! ```

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::{Child, Command, ExitCode, Stdio};

use tombolo_testkit::blob::cases;
use tombolo_testkit::servers::{FakeIdentity, Kind, Server};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [option, server, program, arguments @ ..] if option == "--url" => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == server);
            let kind = kind.ok_or_else(|| io::Error::other(format!("no server {server:?}")))?;
            let server = Server::start(kind)?;
            let url = server.new_place()?;
            let arguments = arguments.iter().map(|argument| argument.replace("{url}", &url));
            ended(Command::new(program).args(arguments).spawn()?)
        }
        [option, program, arguments @ ..] if option == "--identity" => {
            let server = FakeIdentity::start()?;
            ended(Command::new(program).args(arguments).envs(server.environment()).spawn()?)
        }
        [program, arguments @ ..] => {
            let kinds = [Kind::Azurite, Kind::SeaweedFs, Kind::FakeGcs];
            let servers = kinds.map(|kind| Server::start(kind).map(|server| (kind, server)));
            let servers = servers.into_iter().collect::<io::Result<Vec<_>>>()?;
            let mut command = Command::new(program);
            let mut child = command.args(arguments).stdin(Stdio::piped()).spawn()?;
            if let Some(mut input) = child.stdin.take() {
                input.write_all(places(&servers)?.as_bytes())?;
            }
            ended(child)
        }
        [] => Err(io::Error::other("which program?")),
    }
}

fn places(servers: &[(Kind, Server)]) -> io::Result<String> {
    let mut places = String::new();
    for (kind, server) in servers {
        for _ in cases() {
            // Writing to a string cannot fail.
            let _ = writeln!(places, "place {} {}", kind.name(), server.new_place()?);
        }
        for (case, _) in kind.deviations() {
            let _ = writeln!(places, "fails {} {case}", kind.name());
        }
    }
    Ok(places)
}

fn ended(mut child: Child) -> io::Result<ExitCode> {
    Ok(if child.wait()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
