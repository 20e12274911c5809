//! Managed identities: the instance metadata
//! (<https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>,
//! <https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service>), and App Service
//! (<https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>).

use serde_json::json;

use super::{FakeIdentity, State, pairs, value};
use crate::servers::wire::{Request, Response};

pub(super) const METADATA: &str = "/metadata/identity/oauth2/token";
pub(super) const APP_SERVICE: &str = "/msi/token";

fn refused(status: u16, description: &str) -> Response {
    let body = json!({"error": "invalid_request", "error_description": description});
    Response::new(status).with_body("application/json", body.to_string())
}

/// App Service says it in another form.
fn app_refused(status: u16, message: &str) -> Response {
    let body = json!({"statusCode": status, "message": message});
    Response::new(status).with_body("application/json", body.to_string())
}

/// Whom a request is for, and the service that the token is to be good for.
fn asked(request: &Request, version: &str) -> Result<(String, String), &'static str> {
    let pairs = pairs(&request.query).ok_or("Bad query")?;
    if request.method != "GET" || value(&pairs, "api-version") != Some(version) {
        return Err("Bad request. api-version is invalid or was not specified in the request.");
    }
    let resource = value(&pairs, "resource").filter(|resource| resource.starts_with("https://"));
    let resource = resource.ok_or("Required audience parameter not specified")?;
    let known = ["api-version", "resource", "client_id"];
    if pairs.iter().any(|(name, _)| !known.contains(&name.as_str())) {
        return Err("Bad query");
    }
    match value(&pairs, "client_id") {
        None => Ok(("system".to_owned(), resource.to_owned())),
        Some(FakeIdentity::CLIENT) => Ok(("user".to_owned(), resource.to_owned())),
        Some(_) => Err("Identity not found"),
    }
}

impl State {
    /// Numbers are texts in its answers, and how long a token is good is told from when it was
    /// issued: it gives those that it has kept.
    pub(super) fn metadata(&mut self, request: &Request) -> Response {
        if request.header("metadata") != Some("true") || request.header("x-forwarded-for").is_some()
        {
            return refused(400, "Required metadata header not specified");
        }
        let (who, resource) = match asked(request, "2018-02-01") {
            Ok(asked) => asked,
            Err(why) => return refused(400, why),
        };
        let until = self.now().timestamp().saturating_add_unsigned(self.seconds());
        let body = json!({
            "access_token": self.issue(&format!("machine:{who}"), &resource),
            "refresh_token": "", "expires_in": "86400", "expires_on": until.to_string(),
            "not_before": (until - 86400).to_string(), "resource": resource,
            "token_type": "Bearer", "client_id": FakeIdentity::CLIENT,
        });
        Response::new(200).with_body("application/json; charset=utf-8", body.to_string())
    }

    pub(super) fn app_service(&mut self, request: &Request) -> Response {
        if request.header("x-identity-header") != Some(FakeIdentity::IDENTITY_HEADER) {
            return app_refused(401, "Invalid or missing X-IDENTITY-HEADER");
        }
        let (who, resource) = match asked(request, "2019-08-01") {
            Ok(asked) => asked,
            Err(why) => return app_refused(400, why),
        };
        let until = self.now().timestamp().saturating_add_unsigned(self.seconds());
        let body = json!({
            "access_token": self.issue(&format!("app:{who}"), &resource),
            "expires_on": until.to_string(), "resource": resource, "token_type": "Bearer",
            "client_id": FakeIdentity::CLIENT,
        });
        Response::new(200).with_body("application/json", body.to_string())
    }
}
