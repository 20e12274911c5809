//! Opens a store by its URL.

use std::sync::Arc;
#[cfg(feature = "folder")]
use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

#[cfg(feature = "azure")]
use super::cloud::azure::{self, AzureOptions};
#[cfg(any(feature = "azure", feature = "gcs"))]
use super::cloud::credential::Credential;
#[cfg(feature = "gcs")]
use super::cloud::gcs::{self, GcsOptions};
#[cfg(feature = "s3")]
use super::cloud::s3::{self, S3Options};
#[cfg(feature = "folder")]
use super::folder::{self, FolderOptions};
use super::{Backend, OpenOptions};
#[cfg(feature = "memory")]
use super::{
    Key,
    memory::{self, MemoryOptions},
};
#[cfg(feature = "memory")]
use crate::url::decoded_text;
#[cfg(feature = "folder")]
use crate::url::percent_decoded;
use crate::url::{Split, bad, parameters};
use crate::{Error, Result};

/// What a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    #[cfg(feature = "folder")]
    Folder(PathBuf, FolderOptions),
    #[cfg(feature = "memory")]
    Memory(String, MemoryOptions),
    #[cfg(feature = "azure")]
    Azure(AzureOptions),
    #[cfg(feature = "gcs")]
    Gcs(GcsOptions),
    #[cfg(feature = "s3")]
    S3(S3Options),
}

impl Place {
    /// What the URL says counts for more. A store without a service has no use for a policy.
    #[cfg_attr(
        not(feature = "cloud"),
        expect(unused_variables, reason = "nothing has a use for it")
    )]
    fn choose(&mut self, policy: super::Policy) {
        match self {
            #[cfg(feature = "azure")]
            Self::Azure(options) => options.store.policy = policy,
            #[cfg(feature = "gcs")]
            Self::Gcs(options) => options.store.policy = policy,
            #[cfg(feature = "s3")]
            Self::S3(options) => options.store.policy = policy,
            #[cfg(feature = "folder")]
            Self::Folder(..) => {}
            #[cfg(feature = "memory")]
            Self::Memory(..) => {}
        }
    }
}

/// Opens the backend that `url` names.
pub(crate) fn open(url: &str, options: OpenOptions) -> Result<Arc<dyn Backend>> {
    options.policy.check()?;
    let policy = options.policy.clone();
    let mut place = place(url, options)?;
    place.choose(policy);
    match place {
        #[cfg(feature = "folder")]
        Place::Folder(path, options) => folder::open(&path, options),
        #[cfg(feature = "memory")]
        Place::Memory(name, options) => memory::open(&name, options),
        #[cfg(feature = "azure")]
        Place::Azure(options) => azure::open(options),
        #[cfg(feature = "gcs")]
        Place::Gcs(options) => gcs::open(options),
        #[cfg(feature = "s3")]
        Place::S3(options) => s3::open(options),
    }
}

/// Reads a URL; nothing is opened.
pub(crate) fn place(url: &str, options: OpenOptions) -> Result<Place> {
    let Split { scheme, place, query } = Split::of(url, &KNOWN)?;
    let scheme_name = scheme.to_ascii_lowercase();
    if options.credential.is_some() && !matches!(scheme_name.as_str(), "azblob" | "gs") {
        let why = format!("a store of the scheme {scheme:?} takes no tokens");
        return Err(Error::invalid_argument("credential", why));
    }
    #[cfg(any(feature = "azure", feature = "gcs"))]
    let credential = options.credential.map(Credential::new);
    match scheme_name.as_str() {
        #[cfg(feature = "folder")]
        "file" => Ok(Place::Folder(local_path(place)?, folder_options(query)?)),
        #[cfg(feature = "memory")]
        "mem" => Ok(Place::Memory(memory_name(place)?, memory_options(query)?)),
        #[cfg(not(feature = "folder"))]
        "file" => Err(left_out(scheme, "folder")),
        #[cfg(not(feature = "memory"))]
        "mem" => Err(left_out(scheme, "memory")),
        #[cfg(feature = "azure")]
        "azblob" => {
            let parameters = parameters(query)?;
            super::cloud::url::azure(place, parameters, &environment, credential).map(Place::Azure)
        }
        #[cfg(feature = "gcs")]
        "gs" => {
            let parameters = parameters(query)?;
            super::cloud::url::gcs(place, parameters, &environment, credential).map(Place::Gcs)
        }
        #[cfg(feature = "s3")]
        "s3" => super::cloud::url::s3(place, parameters(query)?, &environment).map(Place::S3),
        #[cfg(not(feature = "azure"))]
        "azblob" => Err(left_out(scheme, "azure")),
        #[cfg(not(feature = "s3"))]
        "s3" => Err(left_out(scheme, "s3")),
        #[cfg(not(feature = "gcs"))]
        "gs" => Err(left_out(scheme, "gcs")),
        _ => Err(bad(format!("the scheme {scheme:?} is not known; {KNOWN}"))),
    }
}

/// A variable of the environment, where a URL asks for credentials from there.
#[cfg(any(feature = "azure", feature = "gcs", feature = "s3"))]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What this build knows, as a message says it.
struct Known;

const KNOWN: Known = Known;

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let schemes = [
            (cfg!(feature = "folder"), "`file`"),
            (cfg!(feature = "memory"), "`mem`"),
            (cfg!(feature = "azure"), "`azblob`"),
            (cfg!(feature = "gcs"), "`gs`"),
            (cfg!(feature = "s3"), "`s3`"),
        ];
        let known = schemes.into_iter().filter_map(|(has, scheme)| has.then_some(scheme));
        let known: Vec<_> = known.collect();
        match known.split_last() {
            Some((last, [])) => write!(f, "this build knows {last}"),
            Some((last, others)) => write!(f, "this build knows {} and {last}", others.join(", ")),
            None => f.write_str("this build knows none"),
        }
    }
}

#[cfg(not(all(
    feature = "folder",
    feature = "memory",
    feature = "azure",
    feature = "gcs",
    feature = "s3"
)))]
fn left_out(scheme: &str, backend: &str) -> Error {
    bad(format!(
        "the backend of `{scheme}` was left out of this build: choose the feature `{backend}`, or \
         name it in CMake's TOMBOLO_BACKENDS; {KNOWN}"
    ))
}

/// The path of `file:///path` or `file://localhost/path`; the path of `file:/path`, which RFC 8089
/// allows as well.
#[cfg(feature = "folder")]
fn local_path(place: &str) -> Result<PathBuf> {
    let path = match place.strip_prefix("//") {
        None => place,
        Some(rest) => {
            let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                let why = format!("{host:?} is another host; a local path begins with file:///");
                return Err(bad(why));
            }
            rest.get(host.len()..).unwrap_or_default()
        }
    };
    if !path.starts_with('/') {
        return Err(bad("the path of a `file` URL must be absolute, as in file:///var/lib/blobs"));
    }
    let path = percent_decoded(path)?;
    if path.contains(&0) {
        return Err(bad("the path holds a NUL"));
    }
    Ok(PathBuf::from(OsString::from_vec(path)))
}

#[cfg(feature = "memory")]
fn memory_name(place: &str) -> Result<String> {
    if place.starts_with('/') {
        return Err(bad("a store in memory is `mem:` or `mem:name`, without slashes in front"));
    }
    let name = decoded_text(place)?;
    if !name.is_empty() {
        Key::named("url", name.as_str())?;
    }
    Ok(name)
}

#[cfg(feature = "folder")]
const FOLDER_PARAMETERS: &str = "create, durable, max_running, max_queued, max_get, max_open";

#[cfg(feature = "folder")]
fn folder_options(query: &str) -> Result<FolderOptions> {
    let mut options = FolderOptions::default();
    for parameter in parameters(query)? {
        match parameter.name.as_str() {
            "create" => options.create = parameter.parse("true or false")?,
            "durable" => options.durable = parameter.parse("true or false")?,
            "max_running" => options.max_running = parameter.at_least_one()?,
            "max_queued" => options.max_queued = parameter.parse("a number")?,
            "max_get" => options.max_get = parameter.at_least_one()?,
            "max_open" => options.max_open = parameter.parse("a number")?,
            _ => return Err(parameter.unknown(FOLDER_PARAMETERS)),
        }
    }
    Ok(options)
}

#[cfg(feature = "memory")]
fn memory_options(query: &str) -> Result<MemoryOptions> {
    let mut options = MemoryOptions::default();
    for parameter in parameters(query)? {
        match parameter.name.as_str() {
            "max_bytes" => options.max_bytes = Some(parameter.parse("a number of bytes")?),
            _ => return Err(parameter.unknown("max_bytes")),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests;
