//! Checks tokens that come in.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::compact::{Compact, Header};
use super::published::Published;
use super::remote::Remote;
use super::rules::shown;
use super::{Algorithm, Claims, KeySet, Rules, url};
use crate::{Error, ErrorCode, Result};

/// Checks tokens against the keys of an issuer and against [`Rules`].
///
/// Cheap to clone; may be used from any thread at the same time.
#[derive(Clone, Debug)]
pub struct Verifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Fixed(KeySet),
    Published(Remote),
}

impl Verifier {
    /// A verifier with these keys, which never change.
    ///
    /// # Errors
    /// `invalid_argument` that names the rule which makes no sense.
    pub fn with_keys(keys: KeySet, rules: Rules) -> Result<Self> {
        Self::by(Keys::Fixed(keys), rules)
    }

    /// A verifier by a URL:
    ///
    /// - `oidc:https://issuer?audience=service`: keys that an issuer publishes, found by its configuration
    ///   (OpenID Connect Discovery);
    /// - `jwks:https://issuer/keys?issuer=https://issuer&audience=service`: the same at a known place;
    /// - `jwks:/path/of/keys.json?issuer=https://issuer&audience=service`: a file with a set of keys
    ///   (RFC 7517), which is read here and now.
    ///
    /// Parameters are the fields of [`Rules`]: `issuer` and `audience` must be there; `audience`,
    /// `algorithm` and `required_claim` may be given several times; `clock_skew` and `max_age` are in
    /// seconds; and `token_type`. For keys that are fetched: `ca_file`, `proxy` and `user_agent`.
    ///
    /// Nothing is sent before the first token is verified. Keys that are fetched are kept as long as their
    /// answer allows, an hour if it does not say, and fetched again beside the operations then, or when a
    /// token names a key that is not among them, every 30 seconds at most. While the issuer cannot be
    /// reached, they serve for another day.
    ///
    /// # Errors
    /// `invalid_argument` that names what of the URL, or of the file, is wrong.
    pub fn open(url: &str) -> Result<Self> {
        match super::url::read(url)? {
            (url::Keys::Fixed(keys), rules) => Self::with_keys(keys, rules),
            (url::Keys::Published(place, http), rules) => {
                let remote = Remote::new(Published::new(place, http)?);
                Self::by(Keys::Published(remote), rules)
            }
        }
    }

    fn by(keys: Keys, rules: Rules) -> Result<Self> {
        rules.check()?;
        Ok(Self(Arc::new(Inner { rules, keys })))
    }

    /// Whether the keys are there from the beginning, so that every answer is ready at once.
    #[must_use]
    pub fn answers_at_once(&self) -> bool {
        matches!(self.0.keys, Keys::Fixed(_))
    }

    /// The claims of `token` if it is good now. Ready at once where its key is there, and asks for no
    /// tokio runtime then; else the issuer's keys are fetched first, once for all who wait.
    ///
    /// # Errors
    /// As [`Verifier::verify_now`]; `unavailable` where there are no keys and the issuer cannot be reached.
    pub async fn verify(&self, token: &str) -> Result<Claims> {
        let parsed = self.0.parsed(token).map_err(refused)?;
        let checked = match &self.0.keys {
            Keys::Fixed(keys) => parsed.check(keys),
            Keys::Published(remote) => remote.find(|keys| parsed.check(keys)).await?,
        };
        self.0.claims(&parsed, checked, SystemTime::now()).map_err(refused)
    }

    /// The claims of `token` if it is good now, by the keys that are there. Does not block: it takes the
    /// thread for the time of a signature check, some 30 to 100 µs.
    ///
    /// # Errors
    /// `unauthenticated`, and the reason in words: whom the token is from, how it is signed, what it lacks.
    /// Neither the token nor any of its claims beside issuer, audience and times is in the message.
    /// `unavailable` where the issuer's keys were not fetched yet: [`Verifier::verify`] does that.
    pub fn verify_now(&self, token: &str) -> Result<Claims> {
        self.verify_at(token, SystemTime::now())
    }

    /// As [`Verifier::verify_now`], at the time `now`.
    ///
    /// # Errors
    /// As there.
    pub fn verify_at(&self, token: &str, now: SystemTime) -> Result<Claims> {
        let parsed = self.0.parsed(token).map_err(refused)?;
        let checked = match &self.0.keys {
            Keys::Fixed(keys) => parsed.check(keys),
            Keys::Published(remote) if remote.is_filled() => {
                remote.find_now(|keys| parsed.check(keys))
            }
            Keys::Published(_) => {
                let why = "the issuer's keys were not fetched yet: use verify";
                return Err(
                    Error::new(ErrorCode::Unavailable, why).with_origin("identity", "verify")
                );
            }
        };
        self.0.claims(&parsed, checked, now).map_err(refused)
    }
}

impl Inner {
    /// What of a token is read before its signature is known to be right.
    fn parsed<'a>(&self, token: &'a str) -> Result<Parsed<'a>, Cow<'static, str>> {
        let token = Compact::split(token)?;
        let header = token.header_json()?;
        let header = Header::read(&header)?;
        let algorithm = self.algorithm(&header.alg)?;
        self.rules.check_type(&header.typ)?;
        let (key_id, signature) = (header.kid.into_owned(), token.signature()?);
        Ok(Parsed { token, key_id, algorithm, signature })
    }

    fn algorithm(&self, name: &str) -> Result<Algorithm, Cow<'static, str>> {
        match Algorithm::named(name) {
            Some(algorithm) if self.rules.algorithms.contains(algorithm) => Ok(algorithm),
            _ if name.eq_ignore_ascii_case("none") => Err("it is not signed (alg none)".into()),
            _ => {
                let allowed = self.rules.algorithms;
                Err(format!("its algorithm {:?} is not one of {allowed}", shown(name)).into())
            }
        }
    }

    /// The claims of a token whose signature was checked; `None` if there was no key for it.
    fn claims(
        &self,
        parsed: &Parsed<'_>,
        checked: Option<bool>,
        now: SystemTime,
    ) -> Result<Claims, Cow<'static, str>> {
        match checked {
            None => return Err(parsed.no_key()),
            Some(false) => return Err("its signature is wrong".into()),
            Some(true) => {}
        }
        let claims = Claims::read(parsed.token.payload_json()?)?;
        self.rules.check_claims(&claims, now)?;
        Ok(claims)
    }
}

/// A token whose signature is still to be checked: nothing of its payload was read.
struct Parsed<'a> {
    token: Compact<'a>,
    /// The name of its key, or empty.
    key_id: String,
    algorithm: Algorithm,
    signature: Vec<u8>,
}

impl Parsed<'_> {
    /// Whether it is signed by one of `keys`; `None` if there is none for it.
    fn check(&self, keys: &KeySet) -> Option<bool> {
        let mut fitting = keys.fitting(&self.key_id, self.algorithm).peekable();
        fitting.peek()?;
        let signed = self.token.signed.as_bytes();
        Some(fitting.any(|key| key.verifies(self.algorithm, signed, &self.signature)))
    }

    fn no_key(&self) -> Cow<'static, str> {
        let (id, algorithm) = (shown(&self.key_id), self.algorithm.name());
        match id.as_str() {
            "" => format!("the issuer has no key for {algorithm}").into(),
            id => format!("the issuer has no key {id:?} for {algorithm}").into(),
        }
    }
}

fn refused(why: Cow<'static, str>) -> Error {
    Error::new(ErrorCode::Unauthenticated, format!("the token is refused: {why}"))
        .with_origin("identity", "verify")
}
