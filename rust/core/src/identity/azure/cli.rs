//! Tokens of who is logged in with the Azure CLI, for development
//! (<https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>).

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Declined;
use crate::identity::AccessToken;
use crate::{Error, ErrorCode};

/// How long it may take: it is a program in Python, which asks Entra ID in its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of its output is read.
const MAX_OUTPUT: u64 = 64 << 10;
/// For so long at least a token is good, where an older program does not say it in a way that can
/// be read.
const LEAST: Duration = Duration::from_secs(300);

/// The program, and the tenant if not the one that is logged in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cli {
    pub(super) program: PathBuf,
    pub(super) tenant: Option<String>,
}

/// What it prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    access_token: String,
    /// In seconds since 1970, from version 2.54 on.
    #[serde(rename = "expires_on")]
    expires_on: Option<u64>,
}

impl Cli {
    pub(super) async fn token(&self, scope: &str) -> Result<AccessToken, Declined> {
        let mut command = Command::new(&self.program);
        command.args(["account", "get-access-token", "--output", "json", "--scope", scope]);
        if let Some(tenant) = &self.tenant {
            command.args(["--tenant", tenant]);
        }
        let ended = match timeout(PATIENCE, run(command)).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                let program = &self.program;
                return Err(Declined::absent(format!("cli: there is no program {program:?}")));
            }
            Ok(Err(error)) => {
                let failed = Declined::absent("cli: the Azure CLI does not run".into());
                return Err(Declined { error: failed.error.with_cause(error), ..failed });
            }
            Err(_) => {
                let late = format!("cli: the Azure CLI has not answered within {PATIENCE:?}");
                return Err(Error::new(ErrorCode::Unavailable, late).into());
            }
        };
        ended.token()
    }
}

/// What a program has printed until its end.
struct Ended {
    status: Option<i32>,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Ended {
    fn token(&self) -> Result<AccessToken, Declined> {
        let printed = serde_json::from_slice::<Printed>(&self.output);
        let printed = printed.ok().filter(|printed| !printed.access_token.is_empty());
        let Some(Printed { access_token, expires_on }) = printed else {
            return Err(self.refusal());
        };
        let lifetime = match expires_on {
            None => LEAST,
            Some(seconds) => {
                let until = UNIX_EPOCH + Duration::from_secs(seconds.min(1 << 40));
                // The clock is the program's own.
                until.duration_since(SystemTime::now()).map_err(|_| {
                    Declined::absent("cli: the Azure CLI has given a token that has expired".into())
                })?
            }
        };
        Ok(AccessToken::new(access_token).expires_in(lifetime))
    }

    /// Of its words only Microsoft's number is shown.
    fn refusal(&self) -> Declined {
        let errors = String::from_utf8_lossy(&self.errors);
        let number: Option<String> = errors
            .split_once("AADSTS")
            .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).take(10).collect());
        let number = number.map(|number| format!(" (AADSTS{number})")).unwrap_or_default();
        let message = if errors.contains("az login") {
            format!("cli: nobody is logged in{number}: run `az login`")
        } else {
            let status = self.status.map_or("a signal".to_owned(), |status| status.to_string());
            format!("cli: the Azure CLI has given no token{number}; it has ended with {status}")
        };
        Declined::absent(message)
    }
}

/// Runs a program to its end, on a thread of its own; if this is dropped, the program is ended, and
/// what it has started.
async fn run(mut command: Command) -> io::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Nothing that lies in the folder where we run is to be taken for a part of it.
    command.current_dir("/").process_group(0);
    let (tell, told) = oneshot::channel();
    let running = Running(Arc::default());
    let place = Arc::clone(&running.0);
    thread::Builder::new().name("tombolo-az".into()).spawn(move || {
        // Whoever has asked may be gone.
        let _ = tell.send(to_its_end(&mut command, &place));
    })?;
    told.await.unwrap_or_else(|_| Err(io::Error::other("its thread has ended")))
}

#[derive(Default)]
enum State {
    #[default]
    Begins,
    Runs(Child),
    Over,
}

/// A program that is ended when this is dropped.
struct Running(Arc<Mutex<State>>);

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Running {
    fn drop(&mut self) {
        // As long as nobody has waited for it, its number is no other's.
        if let State::Runs(child) = std::mem::replace(&mut *lock(&self.0), State::Over) {
            end(child);
        }
    }
}

fn end(mut child: Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

fn to_its_end(command: &mut Command, place: &Mutex<State>) -> io::Result<Ended> {
    let (output, errors) = {
        let mut state = lock(place);
        if matches!(*state, State::Over) {
            return Err(io::Error::other("nobody waits for it"));
        }
        let mut child = command.spawn()?;
        let pipes = (child.stdout.take(), child.stderr.take());
        *state = State::Runs(child);
        pipes
    };
    let errors = thread::Builder::new().name("tombolo-az".into()).spawn(move || all(errors))?;
    let output = all(output);
    let errors = errors.join().unwrap_or_default();
    Ok(Ended { status: status(place), output, errors })
}

/// With what it ends; it has closed its output, so that is soon. Nobody holds the state meanwhile,
/// so that it can still be ended.
fn status(place: &Mutex<State>) -> Option<i32> {
    loop {
        let mut state = lock(place);
        let State::Runs(child) = &mut *state else { return None };
        let tried = child.try_wait();
        if !matches!(tried, Ok(None)) {
            *state = State::Over;
            // A host that ignores the ends of its children is not told with what they end.
            return tried.ok().flatten().and_then(|status| status.code());
        }
        drop(state);
        thread::sleep(Duration::from_millis(5));
    }
}

fn all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut whole = Vec::new();
    if let Some(pipe) = pipe {
        // What was read until it broke is what there is.
        let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut whole);
    }
    whole
}
