//! Whether an assertion is one of the application, signed with the key of its certificate
//! (<https://learn.microsoft.com/entra/identity-platform/certificate-credentials>), or one of the
//! cluster that it trusts
//! (<https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust>).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaKeyPair, RsaParameters,
    UnparsedPublicKey,
};
use serde_json::Value;

use super::entra::Refused;
use super::keys::CLUSTER;
use super::{FakeIdentity, State};

/// What a token of the cluster must be for, and of whom.
pub(super) const AUDIENCE: &str = "api://AzureADTokenExchange";
pub(super) const SUBJECT: &str = "system:serviceaccount:default:service";

/// The parts of a JWT.
struct Jwt<'a> {
    header: Value,
    claims: Value,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { header: part(header)?, claims: part(claims)?, signed, signature })
    }

    fn text(part: &'a Value, name: &str) -> &'a str {
        part.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn time(&self, name: &str) -> i64 {
        self.claims.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    fn is_signed_by(&self, key: &RsaKeyPair, algorithm: &'static RsaParameters) -> bool {
        let key = UnparsedPublicKey::new(algorithm, key.public().as_ref());
        key.verify(self.signed.as_bytes(), &self.signature).is_ok()
    }
}

impl State {
    /// Checks the assertion of whoever calls itself the application.
    pub(super) fn assertion(&mut self, text: &str, url: &str) -> Result<(), Refused> {
        let jwt = Jwt::parse(text).ok_or(Refused::client(50027))?;
        if Jwt::text(&jwt.claims, "iss") == CLUSTER {
            self.of_cluster(&jwt)
        } else {
            self.own(&jwt, url)
        }
    }

    fn own(&mut self, jwt: &Jwt<'_>, url: &str) -> Result<(), Refused> {
        let thumb = |hash, name| {
            let expected = URL_SAFE_NO_PAD.encode(digest(hash, &self.keys.certificate));
            Jwt::text(&jwt.header, name) == expected
        };
        let (algorithm, is_named) = match Jwt::text(&jwt.header, "alg") {
            "PS256" => (&RSA_PSS_2048_8192_SHA256, thumb(&SHA256, "x5t#S256")),
            "RS256" => (&RSA_PKCS1_2048_8192_SHA256, thumb(&SHA1_FOR_LEGACY_USE_ONLY, "x5t")),
            _ => return Err(Refused::client(50027)),
        };
        let is_signed = jwt.is_signed_by(&self.keys.application, algorithm);
        if !is_named || !is_signed || Jwt::text(&jwt.header, "typ") != "JWT" {
            return Err(Refused::client(700027));
        }
        let is_own =
            ["iss", "sub"].iter().all(|n| Jwt::text(&jwt.claims, n) == FakeIdentity::CLIENT);
        if !is_own {
            return Err(Refused::client(700021));
        }
        if Jwt::text(&jwt.claims, "aud") != url {
            return Err(Refused::client(700023));
        }
        self.is_of_this_time(jwt)?;
        let id = Jwt::text(&jwt.claims, "jti").to_owned();
        if id.is_empty() || self.used.contains(&id) || jwt.time("exp") - jwt.time("nbf") > 600 {
            return Err(Refused::client(50027));
        }
        self.used.push(id);
        Ok(())
    }

    fn of_cluster(&self, jwt: &Jwt<'_>) -> Result<(), Refused> {
        let is_signed = jwt.is_signed_by(&self.keys.cluster, &RSA_PKCS1_2048_8192_SHA256);
        if Jwt::text(&jwt.header, "alg") != "RS256" || !is_signed {
            return Err(Refused::client(5000224));
        }
        let audiences = jwt.claims.get("aud").and_then(Value::as_array);
        if !audiences.is_some_and(|all| all.iter().any(|one| one == AUDIENCE)) {
            return Err(Refused::client(700212));
        }
        if Jwt::text(&jwt.claims, "sub") != SUBJECT {
            return Err(Refused::client(70021));
        }
        self.is_of_this_time(jwt)
    }

    /// With the five minutes of difference that Entra ID allows.
    fn is_of_this_time(&self, jwt: &Jwt<'_>) -> Result<(), Refused> {
        let now = self.now().timestamp();
        let is_now = jwt.time("nbf") <= now + 300 && now < jwt.time("exp") + 300;
        if is_now { Ok(()) } else { Err(Refused::client(700024)) }
    }
}
