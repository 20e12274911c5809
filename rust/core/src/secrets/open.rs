//! Stores of secrets by their URLs.

use std::sync::Arc;
use std::time::Duration;

use super::backend::Backend;
use super::cache::Times;
use super::environment::Environment;
use super::folder::Folder;
use super::vault;
use crate::Result;
use crate::identity::TokenSource;
use crate::url::{Parameter, Split, bad, decoded_text, parameters};

const KNOWN: &str = "known are `folder`, `env` and `vault`";
const TIMES: &str = "ttl, max_stale, poll";
/// The longest that any time of a URL may be: 30 days.
const LONGEST: u64 = 30 * 24 * 3600;

/// What a store is opened with beside its URL.
#[derive(Clone, Default)]
pub struct OpenOptions {
    /// Where `vault` gets the JSON Web Tokens that it logs in with.
    pub credential: Option<Arc<dyn TokenSource>>,
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let has_credential = &self.credential.is_some();
        f.debug_struct("OpenOptions").field("has_credential", has_credential).finish()
    }
}

/// What a URL names.
pub(super) struct Opened {
    pub(super) backend: Box<dyn Backend>,
    pub(super) times: Times,
    /// How often a watch looks.
    pub(super) poll: Duration,
}

/// # Errors
/// `invalid_argument` that names what is wrong; those of the backend.
pub(super) fn open(url: &str, options: OpenOptions) -> Result<Opened> {
    let Split { scheme, place, query } = Split::of(url, &KNOWN)?;
    let scheme = scheme.to_ascii_lowercase();
    if options.credential.is_some() && scheme != "vault" {
        return Err(bad(format!("a store of {scheme:?} takes no credential")));
    }
    let mut parameters = parameters(query)?;
    match scheme.as_str() {
        "folder" => {
            let (times, poll) = times(&mut parameters, [5, 3600, 5])?;
            nothing_else(&parameters, TIMES)?;
            let path = place.strip_prefix("//").unwrap_or(place);
            let path = path.strip_prefix("localhost").unwrap_or(path);
            let backend = Box::new(Folder::open(&decoded_text(path)?)?);
            Ok(Opened { backend, times, poll })
        }
        "env" => {
            nothing_else(&parameters, "none")?;
            let prefix =
                place.strip_prefix("//").ok_or_else(|| bad("write it as env://PREFIX_"))?;
            let prefix = decoded_text(prefix)?;
            if prefix.contains(['/', '=']) {
                return Err(bad(format!("{prefix:?} is not the prefix of a variable's name")));
            }
            let backend = Box::new(Environment::open(&prefix)?);
            let times = Times { ttl: Duration::ZERO, max_stale: Duration::ZERO };
            Ok(Opened { backend, times, poll: Duration::from_secs(3600) })
        }
        "vault" => {
            let (times, poll) = times(&mut parameters, [300, 3600, 30])?;
            let backend = vault::open(place, parameters, options.credential)?;
            Ok(Opened { backend: Box::new(backend), times, poll })
        }
        _ => Err(bad(format!("the scheme {scheme:?} is not known; {KNOWN}"))),
    }
}

/// Takes what says for how long values serve out of the parameters; with defaults, in seconds.
fn times(parameters: &mut Vec<Parameter>, defaults: [u64; 3]) -> Result<(Times, Duration)> {
    let [ttl, max_stale, poll] = defaults;
    let mut take = |name: &str, default: u64, least: u64| {
        let at = parameters.iter().position(|parameter| parameter.name == name);
        let Some(given) = at.map(|at| parameters.remove(at)) else {
            return Ok(Duration::from_secs(default));
        };
        let expected = format!("a number of seconds from {least} to {LONGEST}");
        let seconds: u64 = given.parse(&expected)?;
        if !(least..=LONGEST).contains(&seconds) {
            return Err(given.must_be(&expected));
        }
        Ok(Duration::from_secs(seconds))
    };
    let ttl = take("ttl", ttl, 0)?;
    let max_stale = take("max_stale", max_stale, 0)?;
    Ok((Times { ttl, max_stale }, take("poll", poll, 1)?))
}

pub(super) fn nothing_else(parameters: &[Parameter], known: &str) -> Result<()> {
    match parameters.first() {
        Some(parameter) => Err(parameter.unknown(known)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use crate::identity::AccessToken;

    fn opened(url: &str) -> Result<Opened> {
        open(url, OpenOptions::default())
    }

    fn message(url: &str) -> String {
        let error = opened(url).err().unwrap();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{url}");
        error.message().to_owned()
    }

    #[test]
    fn a_folder_and_its_times() {
        let store = opened("folder:///tmp?ttl=0&max_stale=7&poll=1").unwrap();
        let seconds = Duration::from_secs;
        assert_eq!(store.times, Times { ttl: seconds(0), max_stale: seconds(7) });
        assert_eq!(store.poll, seconds(1));
        assert_eq!(store.backend.service(), "secrets.folder");
        assert!(opened("folder:///%74mp").is_ok());
        assert!(opened("FOLDER://localhost/tmp").is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(message("folder:///tmp?poll=0").contains("from 1 to 2592000"));
        assert!(message("folder:///tmp?ttl=9999999").contains("from 0 to 2592000"));
        assert!(message("folder:///tmp?tt=1").contains("known are ttl, max_stale, poll"));
        assert!(message("folder://tmp").contains("absolute"));
        assert!(message("env:APP_").contains("env://PREFIX_"));
        assert!(message("env://A=B").contains("prefix"));
        assert!(message("env://APP_?ttl=1").contains("known are none"));
        assert!(message("nothing://a").contains(KNOWN));
        assert!(message("a").contains("no scheme"));
        let credential: Arc<dyn TokenSource> = Arc::new(AccessToken::new("t"));
        let options = OpenOptions { credential: Some(credential) };
        assert_eq!(format!("{options:?}"), "OpenOptions { has_credential: true }");
        assert!(open("env://APP_", options).err().unwrap().message().contains("no credential"));
    }
}
