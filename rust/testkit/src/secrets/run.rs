//! Runs a case from Rust.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use tombolo::secrets::{SecretStore, SecretValue, Watch};
use tombolo::{Error, Result};

use super::case::{Case, Kind, Step};

/// Why a case fails.
type Failure = String;

/// Runs the steps of a case in order on a store, which must be empty.
///
/// # Errors
/// The step, and what was wrong with its outcome. A value that is not as expected is not shown.
pub async fn run_case(store: &SecretStore, case: &Case) -> Result<(), Failure> {
    let mut state = State { store, versions: BTreeMap::new(), watch: None };
    for (number, step) in case.steps.iter().enumerate() {
        let ran = state.run(step).await;
        ran.map_err(|why| format!("step {number}, {:?} of {:?}: {why}", step.kind, step.name))?;
    }
    Ok(())
}

struct State<'a> {
    store: &'a SecretStore,
    /// By slot: of which secret, and the version.
    versions: BTreeMap<u32, (String, String)>,
    watch: Option<Result<Watch>>,
}

impl State<'_> {
    async fn run(&mut self, step: &Step) -> Result<(), Failure> {
        let (store, name) = (self.store, step.name.as_str());
        match step.kind {
            Kind::Set => {
                let value = SecretValue::copy_of(&step.value).map_err(|e| e.to_string())?;
                let set = self.outcome(step, store.set(name, value).await)?;
                set.map_or(Ok(()), |version| self.keep(step, version))
            }
            Kind::Get => self.value(step, store.get(name).await),
            Kind::GetVersion => {
                let version = self.version(step.slot)?.to_owned();
                self.value(step, store.get_version(name, &version).await)
            }
            Kind::GetNamedVersion => {
                let version = String::from_utf8_lossy(&step.value).into_owned();
                self.outcome(step, store.get_version(name, &version).await).map(drop)
            }
            Kind::Delete => self.outcome(step, store.delete(name).await).map(drop),
            Kind::List => match self.outcome(step, store.list().await)? {
                Some(names) if names != step.names => Err(format!("it lists {names:?}")),
                _ => Ok(()),
            },
            Kind::Versions => self.all_versions(step).await,
            Kind::Watch => {
                self.watch = Some(store.watch(name));
                Ok(())
            }
            Kind::Next => {
                let seen = match &mut self.watch {
                    Some(Ok(watch)) => watch.next().await.ok_or("the watch has ended")?,
                    Some(Err(error)) => Err(error.clone()),
                    None => return Err("nothing is watched".into()),
                };
                self.value(step, seen)
            }
        }
    }

    async fn all_versions(&self, step: &Step) -> Result<(), Failure> {
        let versions = self.outcome(step, self.store.versions(&step.name).await)?;
        let Some(versions) = versions else { return Ok(()) };
        let expected: Vec<_> =
            step.slots.iter().map(|slot| self.version(*slot)).collect::<Result<_, _>>()?;
        if versions == expected { Ok(()) } else { Err(format!("they are {versions:?}")) }
    }

    /// Checks a value that was read, and its version.
    fn value(&self, step: &Step, read: Result<SecretValue>) -> Result<(), Failure> {
        let Some(value) = self.outcome(step, read)? else { return Ok(()) };
        if value.expose() != step.value {
            return Err("the value is another".into());
        }
        if step.slot != 0 && value.version() != self.version(step.slot)? {
            return Err(format!("the version is {:?}", value.version()));
        }
        Ok(())
    }

    /// The success that was expected; `None` for the error that was.
    fn outcome<T>(&self, step: &Step, outcome: Result<T>) -> Result<Option<T>, Failure> {
        match (outcome, step.code) {
            (Ok(value), None) => Ok(Some(value)),
            (Ok(_), Some(code)) => Err(format!("it succeeds in place of {}", code.name())),
            (Err(error), None) => Err(error.to_string()),
            (Err(error), Some(code)) if error.code() != code => Err(error.to_string()),
            (Err(error), Some(_)) => self.checked(step, &error).map(|()| None),
        }
    }

    fn checked(&self, step: &Step, error: &Error) -> Result<(), Failure> {
        if error.service() != self.store.service() {
            return Err(format!("the error names no service: {error}"));
        }
        let shown = format!("{error} {error:?}");
        let value = String::from_utf8_lossy(&step.value);
        if step.kind == Kind::Set && !value.is_empty() && shown.contains(&*value) {
            return Err("the error shows the secret".into());
        }
        Ok(())
    }

    /// No two versions of a secret that were kept are the same.
    fn keep(&mut self, step: &Step, version: String) -> Result<(), Failure> {
        let kept = (step.name.clone(), version);
        if self.versions.values().any(|other| *other == kept) {
            return Err(format!("two versions are {:?}", kept.1));
        }
        if step.slot != 0 {
            self.versions.insert(step.slot, kept);
        }
        Ok(())
    }

    fn version(&self, slot: u32) -> Result<&str, Failure> {
        let kept = self.versions.get(&slot).map(|(_, version)| version.as_str());
        kept.ok_or_else(|| format!("slot {slot} is empty"))
    }
}
