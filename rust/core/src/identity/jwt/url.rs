//! A verifier by its URL: `oidc:https://issuer?audience=service`,
//! `jwks:https://issuer/keys?issuer=https://issuer&audience=service`, or
//! `jwks:/etc/service/keys.json?issuer=https://issuer&audience=service`.

use std::path::Path;
use std::time::Duration;

use super::key_set::MAX_DOCUMENT;
use super::published::Place;
use super::{Algorithm, Algorithms, KeySet, Rules};
use crate::net::is_safe;
use crate::net::options::HttpOptions;
use crate::net::secret::Secret;
use crate::url::{Parameter, Split, bad, decoded_text, parameters_with};
use crate::{Error, Result};

const KNOWN: &str = "known are `oidc` and `jwks`";
const PARAMETERS: &str = "issuer, audience, algorithm, clock_skew, required_claim, token_type, max_age, \
                          ca_file, proxy, user_agent";
/// Those that may be given more than once.
const LISTS: [&str; 3] = ["audience", "algorithm", "required_claim"];

/// From where keys come.
#[derive(Debug)]
pub(super) enum Keys {
    Fixed(KeySet),
    Published(Place, HttpOptions),
}

/// The keys that a URL names, and the rules.
pub(super) fn read(url: &str) -> Result<(Keys, Rules)> {
    let Split { scheme, place, query } = Split::of(url, &KNOWN)?;
    let place = decoded_text(place)?;
    match scheme.to_ascii_lowercase().as_str() {
        "jwks" if place.starts_with("https:") || place.starts_with("http:") => {
            let (rules, http) = rules(query, None)?;
            Ok((Keys::Published(Place::Keys(safe(place)?), http), rules))
        }
        "jwks" => {
            let (rules, http) = rules(query, None)?;
            if http != HttpOptions::default() {
                return Err(bad("ca_file, proxy and user_agent are for keys that are fetched"));
            }
            Ok((Keys::Fixed(key_file(&place)?), rules))
        }
        "oidc" => {
            let issuer = safe(place)?;
            let (rules, http) = rules(query, Some(&issuer))?;
            Ok((Keys::Published(Place::Issuer(issuer), http), rules))
        }
        _ => Err(bad(format!("the scheme {scheme:?} is not known; {KNOWN}"))),
    }
}

fn safe(url: String) -> Result<String> {
    if is_safe(&url) && http::Uri::try_from(url.as_str()).is_ok() {
        return Ok(url);
    }
    Err(bad(format!(
        "keys are fetched over TLS, or from this machine: {url:?} must begin with https://"
    )))
}

fn key_file(path: &str) -> Result<KeySet> {
    if !path.starts_with('/') {
        return Err(bad("the path of a file of keys must be absolute, as in jwks:/etc/keys.json"));
    }
    let unread = |error| {
        Error::invalid_argument("url", format!("the keys in {path:?} cannot be read"))
            .with_cause(error)
    };
    let size = std::fs::metadata(Path::new(path)).map_err(unread)?.len();
    if size > MAX_DOCUMENT as u64 {
        return Err(bad(format!("{path:?} has {size} bytes, the limit is {MAX_DOCUMENT}")));
    }
    KeySet::from_json(&std::fs::read_to_string(path).map_err(unread)?)
}

/// `issuer` is that of the URL's place, if it names one.
fn rules(query: &str, issuer: Option<&str>) -> Result<(Rules, HttpOptions)> {
    let mut rules = Rules { audiences: Vec::new(), ..Rules::new(issuer.unwrap_or_default(), "") };
    let (mut algorithms, mut http) = (Vec::new(), HttpOptions::default());
    for parameter in parameters_with(query, &LISTS)? {
        match parameter.name.as_str() {
            "issuer" if issuer.is_none() => rules.issuer = parameter.value,
            "audience" => rules.audiences.push(parameter.value),
            "algorithm" => algorithms.push(parameter.value.parse::<Algorithm>()?),
            "clock_skew" => rules.clock_skew = seconds(&parameter)?,
            "required_claim" => rules.required_claims.push(parameter.value),
            "token_type" => rules.token_type = Some(parameter.value),
            "max_age" => rules.max_age = Some(seconds(&parameter)?),
            "ca_file" => http.read_authorities(Path::new(&parameter.value))?,
            "proxy" => http.proxy = Some(Secret::new(parameter.value)),
            "user_agent" => http.user_agent = Some(parameter.value),
            _ => return Err(parameter.unknown(PARAMETERS)),
        }
    }
    if !algorithms.is_empty() {
        rules.algorithms = Algorithms::from_iter(algorithms);
    }
    if rules.issuer.is_empty() {
        return Err(bad("it needs issuer, as in issuer=https://issuer"));
    }
    if rules.audiences.is_empty() {
        return Err(bad(
            "it needs audience: the name by which this service is known to the issuer",
        ));
    }
    Ok((rules, http))
}

fn seconds(parameter: &Parameter) -> Result<Duration> {
    parameter.parse("a number of seconds").map(Duration::from_secs)
}
