//! What a token must be like beside its signature.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Algorithm, Algorithms, Claims};
use crate::{Error, Result};

/// How far the clocks of issuer and verifier may be apart, unless told otherwise.
const SKEW: Duration = Duration::from_secs(60);
/// A skew beyond this would keep expired tokens alive rather than allow for a clock.
const MAX_SKEW: Duration = Duration::from_secs(600);

/// What is demanded of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// The issuer (`iss`), to the letter.
    pub issuer: String,
    /// Whom tokens must be meant for (`aud`): one of these. None means that the audience is not looked at,
    /// which only makes sense where an issuer serves nobody else.
    pub audiences: Vec<String>,
    /// The algorithms that are taken: RS256, PS256, ES256 and EdDSA unless told otherwise.
    pub algorithms: Algorithms,
    /// How far the clocks may be apart, at most ten minutes; one minute unless told otherwise.
    pub clock_skew: Duration,
    /// Claims that must be there, by name or path.
    pub required_claims: Vec<String>,
    /// The media type in the header (`typ`), such as `at+jwt` for access tokens (RFC 9068); without it
    /// any. It keeps tokens of one kind from passing for those of another.
    pub token_type: Option<String>,
    /// How long ago a token may have been issued (`iat`); without it, as long as it has not expired.
    pub max_age: Option<Duration>,
}

impl Rules {
    /// Tokens of this issuer for this audience.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audiences: vec![audience.into()],
            algorithms: Algorithms::of(&[
                Algorithm::Rs256,
                Algorithm::Ps256,
                Algorithm::Es256,
                Algorithm::EdDsa,
            ]),
            clock_skew: SKEW,
            required_claims: Vec::new(),
            token_type: None,
            max_age: None,
        }
    }

    /// # Errors
    /// `invalid_argument` that names the rule that no token can keep, or that is none.
    pub(super) fn check(&self) -> Result<()> {
        let bad = |name: &str, why: &str| Err(Error::invalid_argument(name, why));
        if self.issuer.is_empty() {
            return bad("issuer", "it is empty");
        }
        if self.audiences.iter().any(String::is_empty) {
            return bad("audience", "it is empty");
        }
        if self.algorithms.is_empty() {
            return bad("algorithms", "there are none");
        }
        if self.clock_skew > MAX_SKEW {
            return bad("clock_skew", "it is more than ten minutes");
        }
        if self.required_claims.iter().any(String::is_empty) {
            return bad("required_claims", "a name is empty");
        }
        Ok(())
    }

    /// Whether a header's media type is the one that is wanted. RFC 7515 leaves `application/` out.
    pub(super) fn check_type(&self, given: &str) -> Result<(), Cow<'static, str>> {
        let Some(wanted) = &self.token_type else { return Ok(()) };
        let bare = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.strip_prefix("application/").map_or(name.clone(), str::to_owned)
        };
        if bare(given) == bare(wanted) {
            return Ok(());
        }
        Err(format!("it is of the type {:?}, not {wanted:?}", shown(given)).into())
    }

    /// Whether what a token says is as it must be at the time `now`.
    pub(super) fn check_claims(
        &self,
        claims: &Claims,
        now: SystemTime,
    ) -> Result<(), Cow<'static, str>> {
        self.check_issuer(claims)?;
        self.check_audience(claims)?;
        self.check_times(claims, now)?;
        match self.required_claims.iter().find(|path| !claims.has(path)) {
            Some(path) => Err(format!("it has no claim {path:?}").into()),
            None => Ok(()),
        }
    }

    fn check_issuer(&self, claims: &Claims) -> Result<(), Cow<'static, str>> {
        match claims.issuer() {
            None => Err("it names no issuer (iss)".into()),
            Some(issuer) if issuer == self.issuer => Ok(()),
            Some(issuer) => {
                Err(format!("its issuer is {:?}, not {:?}", shown(&issuer), self.issuer).into())
            }
        }
    }

    fn check_audience(&self, claims: &Claims) -> Result<(), Cow<'static, str>> {
        let wanted = |audience: &str| self.audiences.iter().any(|own| own == audience);
        if self.audiences.is_empty() || claims.text("aud").is_some_and(|one| wanted(&one)) {
            return Ok(());
        }
        let audiences = claims.audiences();
        if audiences.iter().any(|audience| wanted(audience)) {
            return Ok(());
        }
        if audiences.is_empty() {
            return Err("it names no audience (aud)".into());
        }
        let given: Vec<_> = audiences.iter().take(4).map(|audience| shown(audience)).collect();
        Err(format!("it is meant for {given:?}, not for {:?}", self.audiences).into())
    }

    fn check_times(&self, claims: &Claims, now: SystemTime) -> Result<(), Cow<'static, str>> {
        let time = |name: &str| match claims.time(name) {
            None if claims.has(name) => Err(format!("its {name} is not a time")),
            time => Ok(time),
        };
        let expires = time("exp")?.ok_or("it does not say when it expires (exp)")?;
        if let Some(late) = beyond(now, expires, self.clock_skew) {
            let skew = Seconds(self.clock_skew);
            return Err(
                format!("it expired {} ago; {skew} of skew are allowed", Seconds(late)).into()
            );
        }
        if let Some(early) = time("nbf")?.and_then(|from| ahead(now, from, self.clock_skew)) {
            return Err(format!("it is not good before {} from now (nbf)", Seconds(early)).into());
        }
        let Some(max_age) = self.max_age else { return Ok(()) };
        let issued = time("iat")?.ok_or("it does not say when it was issued (iat)")?;
        if let Some(early) = ahead(now, issued, self.clock_skew) {
            return Err(format!("it was issued {} from now (iat)", Seconds(early)).into());
        }
        let Some(age) = beyond(now, issued, max_age.saturating_add(self.clock_skew)) else {
            return Ok(());
        };
        Err(format!("it was issued {} ago, more than {}", Seconds(age), Seconds(max_age)).into())
    }
}

/// How long ago `then` was, if `tolerance` or longer.
fn beyond(now: SystemTime, then: SystemTime, tolerance: Duration) -> Option<Duration> {
    now.duration_since(then).ok().filter(|past| *past >= tolerance)
}

/// How far ahead `then` is, if farther than `tolerance`.
fn ahead(now: SystemTime, then: SystemTime, tolerance: Duration) -> Option<Duration> {
    then.duration_since(now).ok().filter(|future| *future > tolerance)
}

/// The beginning of a text from outside, for a message.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0.as_secs())
    }
}
