//! A token that was got by other means: `static:?file=/run/secrets/token` or
//! `static:?env=SERVICE_TOKEN`.

use std::fs::File;
use std::future::{Future, ready};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use super::{AccessToken, TokenSource};
use crate::net::secret::Secret;
use crate::url::{bad, parameters};
use crate::{Error, ErrorCode, Result};

/// The longest token, or secret in a file.
const MAX_TEXT: u64 = 64 << 10;

/// Where the token is. It is read again when a service has refused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    File(PathBuf),
    Variable(String),
}

impl Given {
    /// Reads what follows `static:`.
    ///
    /// # Errors
    /// `invalid_argument` for anything but one parameter.
    pub(super) fn read(place: &str, query: &str) -> Result<Self> {
        let form = "it must be static:?file=/path or static:?env=NAME";
        if !place.is_empty() {
            // Not quoted: whoever takes it for the place of a token has put one there.
            return Err(bad(form));
        }
        let mut given = None;
        for parameter in parameters(query)? {
            let one = match parameter.name.as_str() {
                "file" => Self::File(absolute(&parameter.name, parameter.value)?),
                "env" => Self::Variable(parameter.value),
                _ => return Err(parameter.unknown("file and env")),
            };
            if given.replace(one).is_some() {
                return Err(bad("file and env exclude one another"));
            }
        }
        given.ok_or_else(|| bad(form))
    }

    /// The same, if there is a token.
    pub(super) fn checked(self) -> Result<Self> {
        self.text()?;
        Ok(self)
    }

    fn text(&self) -> Result<Secret> {
        match self {
            Self::File(path) => secret_in("file", path),
            Self::Variable(name) => std::env::var(name)
                .ok()
                .filter(|value| !value.is_empty())
                .map(Secret::new)
                .ok_or_else(|| Error::invalid_argument("env", format!("{name} is not set"))),
        }
    }
}

impl TokenSource for Given {
    /// A file for tokens is small and in memory, so to read it is no wait.
    fn token<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        let token = self.text().map(|text| AccessToken::new(text.expose()));
        Box::pin(ready(
            token.map_err(|error| {
                Error::new(ErrorCode::Unauthenticated, error.message().to_owned())
            }),
        ))
    }
}

/// A parameter's value as a path.
pub(super) fn absolute(name: &str, path: String) -> Result<PathBuf> {
    if !path.starts_with('/') || path.contains('\0') {
        return Err(bad(format!("the parameter {name:?} must be the absolute path of a file")));
    }
    Ok(path.into())
}

/// What a file holds, which may be a secret.
///
/// # Errors
/// `invalid_argument` that names the file.
pub(super) fn read_file(argument: &str, path: &Path) -> Result<Vec<u8>> {
    let bad = |why: &str| Error::invalid_argument(argument, format!("{path:?} {why}"));
    let mut whole = Vec::new();
    let file = File::open(path).map_err(|error| bad("cannot be read").with_cause(error))?;
    let read = file.take(MAX_TEXT + 1).read_to_end(&mut whole);
    let size = read.map_err(|error| bad("cannot be read").with_cause(error))?;
    if size as u64 > MAX_TEXT {
        return Err(bad("is too long: 65536 bytes are the limit"));
    }
    Ok(whole)
}

/// A secret by itself in a file, without the end of its line.
pub(super) fn secret_in(argument: &str, path: &Path) -> Result<Secret> {
    let bad = |why: &str| Error::invalid_argument(argument, format!("{path:?} {why}"));
    let whole = String::from_utf8(read_file(argument, path)?).map_err(|_| bad("is not UTF-8"))?;
    match whole.trim_end_matches(['\r', '\n']) {
        "" => Err(bad("is empty")),
        text => Ok(Secret::new(text.to_owned())),
    }
}
