//! Secrets in HashiCorp Vault and OpenBao: the key-value engine, version 2, by its HTTP API
//! (<https://openbao.org/api-docs/secret/kv/kv-v2/>).

mod answers;
mod client;
mod lease;
mod login;
mod session;
mod url;

use std::sync::Arc;

use http::Method;
use serde_json::json;
use zeroize::Zeroizing;

use self::answers::{Keys, Metadata, Read, Written};
use self::client::Client;
use self::session::Session;
use super::backend::{Backend, no_secret, no_version};
use super::name::bad;
use super::page::Draft;
use super::{Capabilities, SecretValue};
use crate::blob::BoxFuture;
use crate::identity::TokenSource;
use crate::net::encode::path;
use crate::url::Parameter;
use crate::{Effect, Error, ErrorCode, Result};

/// Names beyond so many are refused rather than kept in memory, and so many folders are listed.
const MAX_NAMES: usize = 10_000;

/// Opens the store that a URL names; `place` is what stands behind its scheme.
///
/// # Errors
/// `invalid_argument` that names what is wrong.
pub(super) fn open(
    place: &str,
    parameters: Vec<Parameter>,
    credential: Option<Arc<dyn TokenSource>>,
) -> Result<Vault> {
    let url::Place { base, mount, field, namespace, http, login } =
        url::read(place, parameters, credential)?;
    let client = Arc::new(Client::new(base, namespace, http)?);
    Ok(Vault { session: Session::new(client, login), mount, field })
}

/// A key-value engine of a server.
pub(super) struct Vault {
    session: Arc<Session>,
    /// Where the engine is, encoded.
    mount: String,
    /// Which field of a secret is its value.
    field: String,
}

impl Vault {
    fn data(&self, name: &str) -> String {
        format!("{}/data/{}", self.mount, path(name))
    }

    fn metadata(&self, name: &str) -> String {
        format!("{}/metadata/{}", self.mount, path(name))
    }

    async fn read(&self, name: &str, version: Option<&str>) -> Result<SecretValue> {
        let absent = || version.map_or_else(|| no_secret(name), |one| no_version(name, one));
        let query = match version {
            None => String::new(),
            // Whatever is no number is no version.
            Some(version) => match version.parse::<u64>() {
                Ok(1..) => format!("?version={version}"),
                _ => return Err(absent()),
            },
        };
        let asked = format!("{}{query}", self.data(name));
        let answer = self.session.ask(Method::GET, &asked, None).await?;
        if answer.is_absent() {
            return Err(answer.absent(absent));
        }
        let read: Read<'_> = answer.json()?;
        let Some(value) = read.field(&self.field)? else {
            let message = format!("the secret {name:?} has no field {:?}", self.field);
            return Err(Error::new(ErrorCode::NotFound, message));
        };
        Ok(Draft::of(value.as_bytes())?.finish(&read.version()))
    }

    async fn write(&self, name: &str, value: &SecretValue) -> Result<String> {
        let mut fields = serde_json::Map::new();
        fields.insert(self.field.clone(), json!(value.expose_text()?));
        let body = answers::to_json(json!({ "data": fields }))?;
        let answer = self.session.ask(Method::POST, &self.data(name), Some(body)).await?;
        if answer.is_absent() {
            return Err(answer.absent(|| no_secret(name)));
        }
        let written: Written = answer.json().map_err(|error| error.with_effect(Effect::Done))?;
        Ok(written.data.version.to_string())
    }

    /// The names within a folder, by a prefix that is empty or ends with a slash; folders end so.
    async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let asked = format!("{}?list=true", self.metadata(prefix));
        let answer = self.session.ask(Method::GET, &asked, None).await?;
        if answer.is_absent() {
            // An engine without a secret has no list.
            return match answer.absent(|| no_secret(prefix)) {
                error if error.code() == ErrorCode::NotFound => Ok(Vec::new()),
                error => Err(error),
            };
        }
        Ok(answer.json::<Keys>()?.data.keys)
    }

    async fn names(&self) -> Result<Vec<String>> {
        let (mut names, mut folders, mut listed) = (Vec::new(), vec![String::new()], 0);
        while let Some(folder) = folders.pop() {
            listed += 1;
            for key in self.keys(&folder).await? {
                let name = format!("{folder}{key}");
                if name.ends_with('/') { folders.push(name) } else { names.push(name) }
            }
            if names.len() > MAX_NAMES || listed > MAX_NAMES {
                let message = format!("there are more than {MAX_NAMES} secrets or folders");
                return Err(Error::new(ErrorCode::ResourceExhausted, message));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    async fn numbers(&self, name: &str) -> Result<Vec<String>> {
        let answer = self.session.ask(Method::GET, &self.metadata(name), None).await?;
        if answer.is_absent() {
            return Err(answer.absent(|| no_secret(name)));
        }
        let versions = answer.json::<Metadata>()?.data.readable();
        if versions.is_empty() { Err(no_secret(name)) } else { Ok(versions) }
    }

    async fn remove(&self, name: &str) -> Result<()> {
        let answer = self.session.ask(Method::DELETE, &self.metadata(name), None).await?;
        match answer.is_absent().then(|| answer.absent(|| no_secret(name))) {
            Some(error) if error.code() != ErrorCode::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Backend for Vault {
    fn service(&self) -> &'static str {
        "secrets.vault"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { set: true, delete: true, versions: true, ..Capabilities::default() }
    }

    fn check_name(&self, name: &str) -> Result<()> {
        let is_bad = |part: &str| part.is_empty() || part == "." || part == "..";
        if name.split('/').any(is_bad) || name.ends_with(' ') {
            return Err(bad(&format!(
                "{name:?} is no path of a secret: it must have no part that is empty, `.` or \
                 `..`, and no space at its end"
            )));
        }
        Ok(())
    }

    fn get<'a>(
        &'a self,
        name: &'a str,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SecretValue>> {
        Box::pin(self.read(name, version))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(self.names())
    }

    fn versions<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(self.numbers(name))
    }

    fn set<'a>(&'a self, name: &'a str, value: SecretValue) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move { self.write(name, &value).await })
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.remove(name))
    }
}

/// Text that is wiped when it goes.
type Wiped = Zeroizing<String>;
