//! Opens a store by its URL.
//!
//! The URLs are read here rather than by a general parser, because those repair what they are
//! given (`file:a` becomes `file:///a`, `..` is resolved, backslashes turn round), and a store in
//! the wrong folder is worse than an error.

use std::str::FromStr;
use std::sync::Arc;
#[cfg(feature = "folder")]
use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

use super::Backend;
#[cfg(feature = "folder")]
use super::folder::{self, FolderOptions};
#[cfg(feature = "memory")]
use super::{
    Key,
    memory::{self, MemoryOptions},
};
use crate::{Error, Result};

/// The longest URL, so that messages which quote it stay bounded.
const MAX_URL: usize = 8192;

/// What a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    #[cfg(feature = "folder")]
    Folder(PathBuf, FolderOptions),
    #[cfg(feature = "memory")]
    Memory(String, MemoryOptions),
}

/// Opens the backend that `url` names.
pub(crate) fn open(url: &str) -> Result<Arc<dyn Backend>> {
    match place(url)? {
        #[cfg(feature = "folder")]
        Place::Folder(path, options) => folder::open(&path, options),
        #[cfg(feature = "memory")]
        Place::Memory(name, options) => memory::open(&name, options),
    }
}

/// Reads a URL; nothing is opened.
pub(crate) fn place(url: &str) -> Result<Place> {
    if url.len() > MAX_URL {
        return Err(bad(format!("it has {} bytes, the limit is {MAX_URL}", url.len())));
    }
    if url.contains(|c: char| c == '#' || c.is_control() || c.is_whitespace()) {
        return Err(bad("`#`, spaces and control characters must be percent-encoded"));
    }
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(bad(format!("{url:?} has no scheme; {KNOWN}")));
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    match scheme.to_ascii_lowercase().as_str() {
        #[cfg(feature = "folder")]
        "file" => Ok(Place::Folder(local_path(place)?, folder_options(query)?)),
        #[cfg(feature = "memory")]
        "mem" => Ok(Place::Memory(memory_name(place)?, memory_options(query)?)),
        #[cfg(not(feature = "folder"))]
        "file" => Err(left_out(scheme, "folder")),
        #[cfg(not(feature = "memory"))]
        "mem" => Err(left_out(scheme, "memory")),
        "azblob" | "s3" | "gs" => {
            Err(bad(format!("this build has no backend for {scheme:?}; {KNOWN}")))
        }
        _ => Err(bad(format!("the scheme {scheme:?} is not known; {KNOWN}"))),
    }
}

const KNOWN: &str = if cfg!(all(feature = "folder", feature = "memory")) {
    "this build knows `file` and `mem`"
} else if cfg!(feature = "folder") {
    "this build knows `file`"
} else {
    "this build knows `mem`"
};

#[cfg(not(all(feature = "folder", feature = "memory")))]
fn left_out(scheme: &str, backend: &str) -> Error {
    bad(format!(
        "the backend of `{scheme}` was left out of this build: choose the feature `{backend}`, or \
         name it in CMake's TOMBOLO_BACKENDS; {KNOWN}"
    ))
}

fn bad(why: impl std::fmt::Display) -> Error {
    Error::invalid_argument("url", why)
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
fn folder_options(query: &str) -> Result<FolderOptions> {
    let mut options = FolderOptions::default();
    for parameter in parameters(query)? {
        match parameter.name.as_str() {
            "create" => options.create = parameter.parse("true or false")?,
            "durable" => options.durable = parameter.parse("true or false")?,
            "max_running" => options.max_running = parameter.at_least_one()?,
            "max_queued" => options.max_queued = parameter.parse("a number")?,
            "max_get" => options.max_get = parameter.at_least_one()?,
            _ => return Err(parameter.unknown("create, durable, max_running, max_queued, max_get")),
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

struct Parameter {
    name: String,
    value: String,
}

impl Parameter {
    fn parse<T: FromStr>(&self, expected: &str) -> Result<T> {
        self.value.parse().map_err(|_| self.must_be(expected))
    }

    #[cfg(feature = "folder")]
    fn at_least_one<T: FromStr + Default + PartialEq>(&self) -> Result<T> {
        let expected = "a number from 1 on";
        let value = self.parse(expected)?;
        if value == T::default() { Err(self.must_be(expected)) } else { Ok(value) }
    }

    fn must_be(&self, expected: &str) -> Error {
        bad(format!("the parameter {:?} is {:?}, it must be {expected}", self.name, self.value))
    }

    fn unknown(&self, known: &str) -> Error {
        bad(format!("the parameter {:?} is not known; known are {known}", self.name))
    }
}

/// The parameters of a query, decoded. A parameter given twice is an error, since either choice
/// would surprise somebody.
fn parameters(query: &str) -> Result<Vec<Parameter>> {
    let mut all: Vec<Parameter> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded_text(name)?, decoded_text(value)?);
        if all.iter().any(|other| other.name == name) {
            return Err(bad(format!("the parameter {name:?} is given twice")));
        }
        all.push(Parameter { name, value });
    }
    Ok(all)
}

fn decoded_text(text: &str) -> Result<String> {
    String::from_utf8(percent_decoded(text)?).map_err(|_| bad(format!("{text:?} is not UTF-8")))
}

fn percent_decoded(text: &str) -> Result<Vec<u8>> {
    let mut rest = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
        let code = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.push(code.ok_or_else(|| bad(format!("{text:?} has a `%` without two digits")))?);
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests;
