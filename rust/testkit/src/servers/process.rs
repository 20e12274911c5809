//! A server's process.

use std::fs::{self, OpenOptions};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::http;

/// How long a server may take until it answers; they take 1 to 4 seconds on a machine with nothing
/// else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process, and a folder for its data that goes with it, however the test ends.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    program: PathBuf,
    arguments: Vec<String>,
    folder: Folder,
}

impl Process {
    /// Starts `program` of the installed servers, with these arguments and a folder of its own, whose
    /// path is put wherever an argument has `{}`, and with these files in it.
    pub(super) fn start(
        program: &str,
        arguments: &[String],
        files: &[(&str, &str)],
    ) -> io::Result<Self> {
        let program = installed().join(program);
        if !program.exists() {
            return Err(io::Error::other(format!("{program:?} is missing: run `make setup`")));
        }
        let mut folder = Folder::new()?;
        for (name, content) in files {
            fs::write(folder.path().join(name), content)?;
        }
        let path = folder.path().to_str().ok_or_else(|| io::Error::other("no UTF-8 path"))?;
        let arguments: Vec<_> =
            arguments.iter().map(|argument| argument.replace("{}", path)).collect();
        let child = spawn(&program, &arguments, folder.path())?;
        folder.used_by(child.id())?;
        Ok(Self { child, program, arguments, folder })
    }

    /// Ends it by SIGKILL, in the middle of whatever it does.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        // Its number may be another's from now on.
        self.folder.used_by(0)
    }

    /// Starts it again as it was started before, with the data that are there.
    pub(super) fn start_again(&mut self) -> io::Result<()> {
        self.child = spawn(&self.program, &self.arguments, self.folder.path())?;
        self.folder.used_by(self.child.id())
    }

    /// Waits until somebody listens at `port`.
    pub(super) fn wait_until_open(&mut self, port: u16) -> io::Result<()> {
        self.wait(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())
    }

    /// Waits until a `GET` of `path` at `port` is answered, whatever the answer.
    pub(super) fn wait_for(&mut self, port: u16, path: &str) -> io::Result<()> {
        self.wait(|| http::send("GET", port, path).is_ok())
    }

    fn wait(&mut self, is_up: impl Fn() -> bool) -> io::Result<()> {
        let began = Instant::now();
        loop {
            if is_up() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.failed(&format!("it ended with {status}")));
            }
            if began.elapsed() > PATIENCE {
                return Err(self.failed("it does not answer"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What it has written so far.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn failed(&self, why: &str) -> io::Error {
        let log = self.log();
        let last: Vec<_> = log.lines().rev().take(20).collect();
        let last: Vec<_> = last.into_iter().rev().collect();
        io::Error::other(format!("{why}; its last words:\n{}", last.join("\n")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.kill();
    }
}

/// The kernel ends it with the thread that has started it, so that a test that is killed leaves no
/// server behind.
fn spawn(program: &Path, arguments: &[String], folder: &Path) -> io::Result<Child> {
    let log = OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

/// Where `make setup` installs servers.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../build/servers")
}

/// Ports that nobody listens at. All are held at once, so that they differ.
pub(super) fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let held = (0..N).map(|_| listen()).collect::<io::Result<Vec<_>>>()?;
    let mut ports = [0; N];
    for (port, held) in ports.iter_mut().zip(&held) {
        *port = held.local_addr()?.port();
    }
    Ok(ports)
}
