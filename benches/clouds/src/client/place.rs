//! Where the objects are, read from a URL of Tombolo's so that all clients go to the same place by the
//! same credentials.

use std::collections::HashMap;

use crate::Answer;

#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// All of it, as Tombolo takes it.
    pub(crate) url: String,
    pub(crate) is_azure: bool,
    /// The bucket, or the account and the container.
    pub(crate) names: Vec<String>,
    parameters: HashMap<String, String>,
}

impl Place {
    pub(crate) fn parse(url: &str) -> Answer<Self> {
        let (place, query) = url.split_once('?').ok_or("a URL without a query")?;
        let (scheme, names) = place.split_once("://").ok_or("no URL")?;
        let parameter = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), decoded(value)?))
        };
        let parameters = query.split('&').map(parameter).collect::<Option<_>>();
        Ok(Self {
            url: url.to_owned(),
            is_azure: scheme == "azblob",
            names: names.split('/').map(str::to_owned).collect(),
            parameters: parameters.ok_or("a parameter that cannot be read")?,
        })
    }

    /// A parameter's value.
    pub(crate) fn get(&self, name: &str) -> Answer<&str> {
        let value = self.parameters.get(name).map(String::as_str);
        value.ok_or_else(|| format!("the URL has no {name}").into())
    }

    pub(crate) fn container(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// Host and port of the endpoint, and the path before the container, if there is one.
    pub(crate) fn host_and_base(&self) -> Answer<(&str, &str)> {
        let rest =
            self.get("endpoint")?.strip_prefix("http://").ok_or("the endpoint is no HTTP")?;
        let at = rest.find('/').unwrap_or(rest.len());
        Ok(rest.split_at(at))
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut all = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
        all.push(if byte == b'%' { u8::try_from(digit()? * 16 + digit()?).ok()? } else { byte });
    }
    String::from_utf8(all).ok()
}
