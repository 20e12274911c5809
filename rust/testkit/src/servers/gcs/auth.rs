//! Who may do something: tokens, which an issuer gives for an assertion that is signed with the key of
//! the account (<https://developers.google.com/identity/protocols/oauth2/service-account#httprest>),
//! and URLs that carry their signature
//! (<https://cloud.google.com/storage/docs/authentication/canonical-requests>,
//! <https://cloud.google.com/storage/docs/authentication/signatures>).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use chrono::{NaiveDateTime, Utc};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use super::wire::{Request, Response};
use super::{Answered, Refused, encoding};

/// The name of the account's key file.
pub(super) const KEY_FILE: &str = "service-account.json";
const EMAIL: &str = "tests@project.iam.gserviceaccount.com";
const KEY_ID: &str = "0123456789abcdef";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// One of these a token must be good for: <https://cloud.google.com/storage/docs/oauth-scopes>.
const SCOPES: [&str; 3] = [
    "https://www.googleapis.com/auth/devstorage.read_write",
    "https://www.googleapis.com/auth/devstorage.full_control",
    "https://www.googleapis.com/auth/cloud-platform",
];
const ALGORITHM: &str = "GOOG4-RSA-SHA256";
const WEEK: i64 = 604_800;

/// How the issuer of tokens answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// With tokens that are good for so many seconds.
    Gives(u64),
    /// With tokens that are good for an hour, after this time.
    Slow(Duration),
    /// With 503.
    Down,
    /// With 400 `invalid_grant`, and a description that quotes what it was sent.
    Refuses,
}

#[derive(Debug)]
pub(super) struct Auth {
    public_key: Vec<u8>,
    token_uri: String,
    /// With when they expire.
    tokens: HashMap<String, Instant>,
    issued: usize,
    issuer: Issuer,
}

impl Auth {
    pub(super) fn new(folder: &Path, port: u16) -> io::Result<Self> {
        let pem = folder.join("key.pem");
        let mut openssl = Command::new("openssl");
        openssl.args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"]);
        let ended = openssl.arg(&pem).output().map_err(|why| {
            io::Error::other(format!("openssl does not run ({why}): run `make setup`"))
        })?;
        if !ended.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&ended.stderr).into_owned()));
        }
        let pem = fs::read_to_string(pem)?;
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = BASE64.decode(der).map_err(io::Error::other)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|why| io::Error::other(why.to_string()))?;
        let token_uri = format!("http://127.0.0.1:{port}/token");
        let file = json!({
            "type": "service_account", "project_id": "project", "private_key_id": KEY_ID,
            "private_key": pem, "client_email": EMAIL, "client_id": "1", "token_uri": token_uri,
        });
        fs::write(folder.join(KEY_FILE), file.to_string())?;
        let public_key = pair.public().as_ref().to_vec();
        let (tokens, issuer) = (HashMap::new(), Issuer::Gives(3600));
        Ok(Self { public_key, token_uri, tokens, issued: 0, issuer })
    }

    pub(super) fn issuer(&self) -> Issuer {
        self.issuer
    }

    pub(super) fn set_issuer(&mut self, issuer: Issuer) {
        self.issuer = issuer;
    }

    pub(super) fn issued(&self) -> usize {
        self.issued
    }

    pub(super) fn revoke(&mut self) {
        self.tokens.clear();
    }

    pub(super) fn new_token(&mut self, seconds: u64) -> io::Result<String> {
        let mut random = [0; 24];
        SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
        let token = format!("ya29.{}", URL_SAFE_NO_PAD.encode(random));
        self.tokens.insert(token.clone(), Instant::now() + Duration::from_secs(seconds));
        self.issued += 1;
        Ok(token)
    }

    /// Answers who asks for a token (RFC 6749, section 5).
    pub(super) fn issue(&mut self, request: &Request) -> Response {
        let seconds = match self.issuer {
            Issuer::Gives(seconds) => seconds,
            Issuer::Slow(_) => 3600,
            Issuer::Down => return Response::new(503),
            Issuer::Refuses => {
                return refusal(&String::from_utf8_lossy(&request.body));
            }
        };
        match self.assertion(request) {
            Err(Refused { message, .. }) => refusal(&message),
            Ok(()) => match self.new_token(seconds) {
                Err(_) => Response::new(500),
                Ok(token) => {
                    let answer = json!({
                        "access_token": token, "expires_in": seconds, "token_type": "Bearer",
                    });
                    Response::new(200).with_body("application/json", answer.to_string())
                }
            },
        }
    }

    fn assertion(&self, request: &Request) -> Answered<()> {
        let form = request.header("content-type") == Some("application/x-www-form-urlencoded");
        holds(request.method == "POST" && form, "it is no form that is posted")?;
        let pairs = String::from_utf8_lossy(&request.body).into_owned();
        let pairs = encoding::pairs(&pairs)?;
        let get = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, v)| v);
        holds(get("grant_type").map(String::as_str) == Some(GRANT), "another grant")?;
        let assertion = get("assertion").map(String::as_str).unwrap_or_default();
        let (signed, signature) = assertion.rsplit_once('.').ok_or_else(|| no("no JWT"))?;
        let (header, claims) = signed.split_once('.').ok_or_else(|| no("no JWT"))?;
        let (header, claims) = (part(header)?, part(claims)?);
        let own = said(&header, "alg") == "RS256" && said(&header, "kid") == KEY_ID;
        holds(own, "another key")?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| no("no signature"))?;
        self.verify(signed.as_bytes(), &signature).map_err(|()| no("Invalid JWT Signature."))?;
        let is = |name: &str, wanted: &str| said(&claims, name) == wanted;
        // Google's own client names Google's issuer, whatever the file says.
        let aud = is("aud", &self.token_uri) || is("aud", "https://oauth2.googleapis.com/token");
        holds(is("iss", EMAIL) && aud, "another account or issuer")?;
        let scope = said(&claims, "scope");
        holds(scope.split(' ').any(|one| SCOPES.contains(&one)), "no scope of storage")?;
        let time = |name: &str| {
            let time = claims.get(name).and_then(Value::as_i64);
            time.ok_or_else(|| no("a claim is missing"))
        };
        let (issued, until, now) = (time("iat")?, time("exp")?, Utc::now().timestamp());
        holds(issued <= now && now < until && until - issued <= 3600, "not of this time")
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), ()> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key);
        key.verify(message, signature).map_err(|_| ())
    }

    /// Whether the request has a token that is good.
    pub(super) fn bearer(&self, request: &Request) -> Answered<()> {
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let until = token.and_then(|token| self.tokens.get(token));
        if until.is_some_and(|until| Instant::now() < *until) {
            return Ok(());
        }
        Err(Refused::new(401, "AuthenticationRequired", "authError", "Invalid Credentials"))
    }

    /// Whether the request has a token, or a signature in its URL. Gives what else is in the query.
    pub(super) fn bearer_or_signed(&self, request: &Request) -> Answered<Vec<(String, String)>> {
        let pairs = encoding::pairs(&request.query)?;
        if !pairs.iter().any(|(name, _)| name.starts_with("X-Goog-")) {
            self.bearer(request)?;
            return Ok(pairs);
        }
        let (signed, rest) =
            pairs.into_iter().partition::<Vec<_>, _>(|(name, _)| name.starts_with("X-Goog-"));
        self.signed(request, &signed, &rest)?;
        Ok(rest)
    }

    fn signed(
        &self,
        request: &Request,
        signed: &[(String, String)],
        rest: &[(String, String)],
    ) -> Answered<()> {
        let get = |name: &str| {
            let found = signed.iter().find(|(found, _)| found == name).map(|(_, v)| v.as_str());
            found.ok_or_else(|| Refused::invalid(format!("{name} is missing")))
        };
        let (date, scope) = (get("X-Goog-Date")?, get("X-Goog-Credential")?);
        let (email, scope) = scope.split_once('/').ok_or_else(|| Refused::invalid("no scope"))?;
        let day = date.get(..8).unwrap_or_default();
        let is_known = signed.len() == 6
            && get("X-Goog-Algorithm")? == ALGORITHM
            && email == EMAIL
            && scope == format!("{day}/auto/storage/goog4_request");
        if !is_known {
            return Err(Refused::invalid("a parameter of the signature is wrong"));
        }
        in_time(date, get("X-Goog-Expires")?)?;
        let canonical = canonical(request, signed, rest, get("X-Goog-SignedHeaders")?)?;
        let digest = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let text = format!("{ALGORITHM}\n{date}\n{scope}\n{digest}");
        let signature = unhex(get("X-Goog-Signature")?);
        self.verify(text.as_bytes(), &signature).map_err(|()| {
            let message = "Access denied. The signature does not match.";
            Refused::new(403, "SignatureDoesNotMatch", "forbidden", message)
        })
    }
}

/// The request in the form that is signed.
fn canonical(
    request: &Request,
    signed: &[(String, String)],
    rest: &[(String, String)],
    names: &str,
) -> Answered<String> {
    let mut pairs: Vec<_> = signed
        .iter()
        .chain(rest)
        .filter(|(name, _)| name != "X-Goog-Signature")
        .map(|(name, value)| format!("{}={}", encoding::query(name), encoding::query(value)))
        .collect();
    pairs.sort();
    let signed_names: Vec<_> = names.split(';').collect();
    let mut headers = String::new();
    for name in &signed_names {
        let value = request.header(name).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(headers, "{name}:{value}");
    }
    let open = |name: &str| name.starts_with("x-goog-") && !signed_names.contains(&name);
    if !signed_names.contains(&"host") || request.headers().any(|(name, _)| open(name)) {
        return Err(Refused::invalid("a header must be signed that is not"));
    }
    let path = encoding::path(&encoding::decoded(&request.path, false)?);
    let (method, query) = (&request.method, pairs.join("&"));
    Ok(format!("{method}\n{path}\n{query}\n{headers}\n{names}\nUNSIGNED-PAYLOAD"))
}

fn in_time(date: &str, expires: &str) -> Answered<()> {
    let bad = || Refused::invalid("a time of the signature is wrong");
    let from = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").map_err(|_| bad())?;
    let seconds: i64 = expires.parse().map_err(|_| bad())?;
    let age = Utc::now().timestamp() - from.and_utc().timestamp();
    if !(1..=WEEK).contains(&seconds) || age < -900 {
        return Err(bad());
    }
    if age > seconds {
        let message = "The provided token has expired.";
        return Err(Refused::new(400, "ExpiredToken", "invalid", message));
    }
    Ok(())
}

fn no(why: &str) -> Refused {
    Refused::invalid(why)
}

fn holds(holds: bool, why: &str) -> Answered<()> {
    if holds { Ok(()) } else { Err(no(why)) }
}

/// A text of a part of a JWT, or an empty one.
fn said<'a>(part: &'a Value, name: &str) -> &'a str {
    part.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn part(text: &str) -> Answered<Value> {
    let text = URL_SAFE_NO_PAD.decode(text).map_err(|_| no("no base64"))?;
    serde_json::from_slice(&text).map_err(|_| no("no JSON"))
}

fn refusal(description: &str) -> Response {
    let answer = json!({"error": "invalid_grant", "error_description": description});
    Response::new(400).with_body("application/json", answer.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is no hexadecimal is no signature either.
fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    (0..text.len()).step_by(2).map(|at| digit(at).unwrap_or_default()).collect()
}
