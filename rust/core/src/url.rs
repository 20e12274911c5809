//! URLs by which things are opened: a scheme, a place, and parameters.
//!
//! They are read here rather than by a general parser, because those repair what they are given
//! (`file:a` becomes `file:///a`, `..` is resolved, backslashes turn round), and a store in the wrong
//! folder is worse than an error.

#![allow(dead_code, reason = "not every feature asks for all of it")]

use std::fmt::Display;
use std::str::FromStr;

use crate::{Error, Result};

/// The longest URL, so that messages which quote it stay bounded.
pub(crate) const MAX_URL: usize = 8192;

/// The parts of a URL, not decoded.
pub(crate) struct Split<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) place: &'a str,
    /// It may hold keys, so no message shows it.
    pub(crate) query: &'a str,
}

impl<'a> Split<'a> {
    /// Takes a URL apart; `known` says in a message which there are.
    pub(crate) fn of(url: &'a str, known: &impl Display) -> Result<Self> {
        if url.len() > MAX_URL {
            return Err(bad(format!("it has {} bytes, the limit is {MAX_URL}", url.len())));
        }
        if url.contains(|c: char| c == '#' || c.is_control() || c.is_whitespace()) {
            return Err(bad("`#`, spaces and control characters must be percent-encoded"));
        }
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        match path.split_once(':') {
            Some((scheme, place)) => Ok(Self { scheme, place, query }),
            None => Err(bad(format!("{path:?} has no scheme; {known}"))),
        }
    }
}

pub(crate) fn bad(why: impl Display) -> Error {
    Error::invalid_argument("url", why)
}

/// A parameter of a query, decoded.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Parameter {
    pub(crate) fn parse<T: FromStr>(&self, expected: &str) -> Result<T> {
        self.value.parse().map_err(|_| self.must_be(expected))
    }

    pub(crate) fn at_least_one<T: FromStr + Default + PartialEq>(&self) -> Result<T> {
        let expected = "a number from 1 on";
        let value = self.parse(expected)?;
        if value == T::default() { Err(self.must_be(expected)) } else { Ok(value) }
    }

    pub(crate) fn must_be(&self, expected: &str) -> Error {
        bad(format!("the parameter {:?} is {:?}, it must be {expected}", self.name, self.value))
    }

    /// The same without the value, which may be a secret.
    pub(crate) fn must(&self, expected: &str) -> Error {
        bad(format!("the parameter {:?} must {expected}", self.name))
    }

    pub(crate) fn unknown(&self, known: &str) -> Error {
        bad(format!("the parameter {:?} is not known; known are {known}", self.name))
    }
}

/// The parameters of a query, decoded. A parameter given twice is an error, since either choice
/// would surprise somebody.
pub(crate) fn parameters(query: &str) -> Result<Vec<Parameter>> {
    parameters_with(query, &[])
}

/// The same, where those of the names `lists` may be given more than once.
pub(crate) fn parameters_with(query: &str, lists: &[&str]) -> Result<Vec<Parameter>> {
    let mut all: Vec<Parameter> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded_text(name)?;
        // The value is not shown: it may be a key.
        let value = decoded_text(value).map_err(|_| {
            bad(format!("the value of the parameter {name:?} is not UTF-8, percent-encoded"))
        })?;
        let is_list = lists.contains(&name.as_str());
        if !is_list && all.iter().any(|other| other.name == name) {
            return Err(bad(format!("the parameter {name:?} is given twice")));
        }
        all.push(Parameter { name, value });
    }
    Ok(all)
}

pub(crate) fn decoded_text(text: &str) -> Result<String> {
    String::from_utf8(percent_decoded(text)?).map_err(|_| bad(format!("{text:?} is not UTF-8")))
}

pub(crate) fn percent_decoded(text: &str) -> Result<Vec<u8>> {
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
