//! Secrets as files of a folder: `folder:///run/secrets`, as Kubernetes, Docker and systemd put
//! them there.

mod files;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::files::{Files, is_mounted};
use super::backend::{Backend, no_version, unimplemented};
use super::name::bad;
use super::{Capabilities, SecretValue};
use crate::blob::BoxFuture;
use crate::url::bad as bad_url;
use crate::{Error, ErrorCode, Result};

/// A folder of files, one a secret. Each operation is a task of the blocking pool.
pub(super) struct Folder {
    files: Arc<Files>,
    /// An orchestrator has it, which would undo what others write.
    is_mounted: bool,
}

impl Folder {
    /// # Errors
    /// `invalid_argument` if the path is not absolute; `not_found` if there is no such folder.
    pub(super) fn open(path: &str) -> Result<Self> {
        if !path.starts_with('/') {
            return Err(bad_url("the path must be absolute, as in folder:///run/secrets"));
        }
        let path = PathBuf::from(path);
        check_folder(&path)?;
        let is_mounted = is_mounted(&path);
        Ok(Self { files: Arc::new(Files { path }), is_mounted })
    }

    /// Runs `work` where it may block.
    fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T>> {
        let files = Arc::clone(&self.files);
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&files)).await;
            done.unwrap_or_else(|error| {
                Err(Error::new(ErrorCode::Internal, "the folder's task has ended")
                    .with_cause(error))
            })
        })
    }
}

fn check_folder(path: &Path) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(bad_url(format!("{path:?} is no folder"))),
        Err(error) => {
            let message = format!("the folder {path:?} cannot be opened");
            let code = match error.kind() {
                std::io::ErrorKind::PermissionDenied => ErrorCode::PermissionDenied,
                _ => ErrorCode::NotFound,
            };
            Err(Error::new(code, message).with_cause(error))
        }
    }
}

impl Backend for Folder {
    fn service(&self) -> &'static str {
        "secrets.folder"
    }

    fn capabilities(&self) -> Capabilities {
        let writes = !self.is_mounted;
        Capabilities { set: writes, delete: writes, binary: true, ..Capabilities::default() }
    }

    fn check_name(&self, name: &str) -> Result<()> {
        if name.contains('/') || name == "." || name.starts_with("..") {
            return Err(bad(&format!(
                "{name:?} is not the name of a secret in a folder: it must have no `/`, and not \
                 begin with `..`"
            )));
        }
        if name.len() > 255 {
            return Err(bad(&format!(
                "it has {} bytes, and a file's name 255 at most",
                name.len()
            )));
        }
        Ok(())
    }

    fn get<'a>(
        &'a self,
        name: &'a str,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SecretValue>> {
        let (name, version) = (name.to_owned(), version.map(str::to_owned));
        self.blocking(move |files| {
            let value = files.read(&name)?;
            match version {
                Some(version) if version != value.version() => Err(no_version(&name, &version)),
                _ => Ok(value),
            }
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        self.blocking(Files::names)
    }

    fn versions<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        let name = name.to_owned();
        self.blocking(move |files| Ok(vec![files.read(&name)?.version().to_owned()]))
    }

    fn set<'a>(&'a self, name: &'a str, value: SecretValue) -> BoxFuture<'a, Result<String>> {
        if self.is_mounted {
            return Box::pin(async { Err(unimplemented("set")) });
        }
        let name = name.to_owned();
        self.blocking(move |files| files.write(&name, value.expose()))
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>> {
        if self.is_mounted {
            return Box::pin(async { Err(unimplemented("delete")) });
        }
        let name = name.to_owned();
        self.blocking(move |files| files.remove(&name))
    }
}
