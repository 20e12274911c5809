//! A proxy, by its URL.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};

use crate::net::encode;
use crate::net::secret::Secret;
use crate::{Error, Result};

#[derive(Clone)]
pub(in crate::net) struct Proxy {
    pub(super) is_https: bool,
    pub(super) uri: Uri,
    who: Option<HeaderValue>,
}

impl Proxy {
    /// Reads `http://user:password@host:port`; scheme, user and port may be missing.
    ///
    /// # Errors
    /// `invalid_argument` for any other; without a cause, since that may show the URL.
    pub(in crate::net) fn parse(url: &Secret) -> Result<Self> {
        let why = "it is not the URL of a proxy, as in http://host:port";
        read(url.expose()).ok_or_else(|| Error::invalid_argument("proxy", why))
    }

    /// What a request shows to the proxy, if that wants to know who sends it.
    pub(super) fn who(&self) -> Option<&HeaderValue> {
        self.who.as_ref()
    }
}

fn read(url: &str) -> Option<Proxy> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let is_https = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return None,
    };
    let place = rest.split(['/', '?', '#']).next()?;
    let (user, host) = match place.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, place),
    };
    let host: Authority = host.parse().ok()?;
    let scheme = if is_https { Scheme::HTTPS } else { Scheme::HTTP };
    let uri = Uri::builder().scheme(scheme).authority(host).path_and_query("/").build().ok()?;
    let who = user.map(basic);
    Some(Proxy { is_https, uri, who: who.map_or(Some(None), |who| who.map(Some))? })
}

/// A user and a password (RFC 7617).
fn basic(user: &str) -> Option<HeaderValue> {
    // Here a plus is a plus.
    let plain = |text: &str| encode::decoded(&text.replace('+', "%2B"));
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let both = format!("{}:{}", plain(name)?, plain(password)?);
    let mut value = HeaderValue::try_from(format!("Basic {}", BASE64.encode(both))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Proxy> {
        Proxy::parse(&Secret::new(url.to_owned()))
    }

    #[test]
    fn its_parts_are_read() {
        let proxy = parse("http://me:p%40ss+%3A@[::1]:3128/").unwrap();
        assert_eq!((proxy.is_https, proxy.uri.to_string().as_str()), (false, "http://[::1]:3128/"));
        let who = format!("Basic {}", BASE64.encode("me:p@ss+:"));
        assert_eq!(proxy.who().unwrap(), who.as_str());
        assert!(!format!("{:?}", proxy.who()).contains(&BASE64.encode("me:p@ss+:")));
        assert!(parse("HTTPS://proxy.test").unwrap().is_https);
        assert_eq!(parse("proxy.test:3128").unwrap().uri, "http://proxy.test:3128/");
        assert!(parse("http://proxy.test").unwrap().who().is_none());
    }

    #[test]
    fn what_is_none_is_refused_and_not_shown() {
        for url in [
            "",
            "http://",
            "socks5://me:s3cr3t@h",
            "http://me:s3cr3t@",
            "http://a b",
            "http://me:%zz@h",
        ] {
            let error = parse(url).err().unwrap();
            assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
        }
    }
}
