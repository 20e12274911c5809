//! Entra ID's token endpoint, by the client credentials flow
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>; the
//! numbers of errors: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>).

use serde_json::json;

use super::{FakeIdentity, State, pairs, value};
use crate::servers::wire::{Request, Response};

const FLOW: &str = "client_credentials";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why there is no token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    status: u16,
    error: &'static str,
    number: u64,
}

impl Refused {
    /// Whoever asks is not who it says.
    pub(super) fn client(number: u64) -> Self {
        Self { status: 401, error: "invalid_client", number }
    }

    fn request(error: &'static str, number: u64) -> Self {
        Self { status: 400, error, number }
    }

    /// The description quotes what was sent, as it may.
    fn response(self, sent: &[u8]) -> Response {
        let number = self.number;
        let body = json!({
            "error": self.error,
            "error_description": format!("AADSTS{number}: {}", String::from_utf8_lossy(sent)),
            "error_codes": [number],
            "timestamp": "2026-01-01 00:00:00Z",
            "trace_id": "255d1aef-8c98-452f-ac51-23d051240864",
            "correlation_id": "fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7",
        });
        Response::new(self.status).with_body("application/json", body.to_string())
    }
}

impl State {
    pub(super) fn entra(&mut self, url: &str, request: &Request) -> Response {
        let seconds = self.seconds();
        match self.token(url, request) {
            Err(refused) => refused.response(&request.body),
            Ok(token) => {
                let body = json!({
                    "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
                    "access_token": token,
                });
                Response::new(200).with_body("application/json", body.to_string())
            }
        }
    }

    fn token(&mut self, url: &str, request: &Request) -> Result<String, Refused> {
        let path = format!("/{}/oauth2/v2.0/token", FakeIdentity::TENANT);
        if request.path != path {
            return Err(Refused::request("invalid_request", 90002));
        }
        let is_form = request.header("content-type") == Some("application/x-www-form-urlencoded");
        if request.method != "POST" || !is_form || !request.query.is_empty() {
            return Err(Refused::request("invalid_request", 900561));
        }
        let body = String::from_utf8_lossy(&request.body);
        let pairs = pairs(&body).ok_or(Refused::request("invalid_request", 90015))?;
        let get = |name: &str| value(&pairs, name);
        if get("grant_type") != Some(FLOW) {
            return Err(Refused::request("unsupported_grant_type", 70003));
        }
        if get("client_id") != Some(FakeIdentity::CLIENT) {
            return Err(Refused::request("unauthorized_client", 700016));
        }
        let scope = get("scope").unwrap_or_default().to_owned();
        if !scope.starts_with("https://") || !scope.ends_with("/.default") || scope.contains(' ') {
            return Err(Refused::request("invalid_scope", 70011));
        }
        match (get("client_secret"), get("client_assertion_type"), get("client_assertion")) {
            (Some(secret), None, None) if pairs.len() == 4 => {
                if secret != FakeIdentity::SECRET {
                    return Err(Refused::client(7000215));
                }
            }
            (None, Some(ASSERTION), Some(assertion)) if pairs.len() == 5 => {
                let assertion = assertion.to_owned();
                self.assertion(&assertion, &format!("{url}{path}"))?;
            }
            _ => return Err(Refused::client(7000216)),
        }
        Ok(self.issue("application", &scope))
    }
}
