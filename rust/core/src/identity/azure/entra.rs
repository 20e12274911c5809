//! Tokens of Entra ID for an application, by the client credentials flow
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>): with
//! a secret, with an assertion that the application signs, or with one that another issuer has
//! signed, which is a workload identity
//! (<https://learn.microsoft.com/entra/workload-id/workload-identity-federation>; what Kubernetes
//! sets: <https://azure.github.io/azure-workload-identity/docs/concepts.html>).

use std::path::PathBuf;
use std::time::SystemTime;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use object_store::client::{HttpRequest, HttpRequestBody};

use super::assertion::{Algorithm, Signer};
use super::exchange;
use crate::identity::AccessToken;
use crate::identity::given::{read_file, secret_in};
use crate::net::encode;
use crate::net::options::HttpOptions;
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};

/// RFC 7523, section 2.2.
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An application, and how it shows that it is the one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entra {
    /// The member's name in messages.
    pub(super) name: &'static str,
    pub(super) client_id: String,
    pub(super) proof: Proof,
    /// The endpoint is where tokens are given.
    pub(super) http: HttpOptions,
}

/// Files are read for each token, so that what is replaced in them is followed. They are small and
/// local, so to read them is no wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Secret(Secret),
    SecretFile(PathBuf),
    Certificate {
        file: PathBuf,
        algorithm: Algorithm,
        /// Whether the certificate is sent with the assertion, for applications that trust its
        /// subject and issuer rather than the one certificate.
        send_chain: bool,
    },
    /// The file of a token that another issuer gives.
    Federated(PathBuf),
}

impl Entra {
    /// Whether the files are there, and what they should be.
    ///
    /// # Errors
    /// `invalid_argument` that names the file.
    pub(super) fn check(&self) -> Result<()> {
        self.shown().map(drop)
    }

    pub(super) async fn token(&self, scope: &str) -> Result<AccessToken> {
        let whom = format!("{}: Entra ID", self.name);
        // What was right when it was opened may have been replaced by something else.
        let shown = self.shown().map_err(|error| {
            let message = format!("{}: {}", self.name, error.message());
            Error::new(ErrorCode::Unauthenticated, message).with_cause(error)
        })?;
        let request = || self.request(scope, &shown);
        let asked = exchange::ask(&self.http, request, exchange::is_passing, true).await;
        asked.map_err(|none| none.into_error(&whom))?.token(&whom)
    }

    fn url(&self) -> &str {
        self.http.endpoint.as_deref().unwrap_or_default()
    }

    /// What shows who asks, as pairs of a form.
    fn shown(&self) -> Result<Vec<(&'static str, Secret)>> {
        let assertion = |text| {
            vec![
                ("client_assertion_type", Secret::new(ASSERTION.to_owned())),
                ("client_assertion", text),
            ]
        };
        Ok(match &self.proof {
            Proof::Secret(secret) => vec![("client_secret", secret.clone())],
            Proof::SecretFile(file) => {
                vec![("client_secret", secret_in("client_secret_file", file)?)]
            }
            Proof::Certificate { file, algorithm, send_chain } => {
                let pem = read_file("certificate_file", file)?;
                let signer = Signer::new(&pem, *algorithm, *send_chain).map_err(|why| {
                    Error::invalid_argument("certificate_file", format!("{file:?} {why}"))
                })?;
                assertion(signer.assertion(&self.client_id, self.url(), SystemTime::now())?)
            }
            Proof::Federated(file) => assertion(secret_in("token_file", file)?),
        })
    }

    fn request(&self, scope: &str, shown: &[(&'static str, Secret)]) -> Result<HttpRequest> {
        let mut pairs = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("scope", scope),
        ];
        pairs.extend(shown.iter().map(|(name, value)| (*name, value.expose())));
        let form = HttpRequestBody::from(encode::pairs(&pairs));
        let request = Request::builder().method(Method::POST).uri(self.url());
        let mut request = request
            .body(form)
            .map_err(|_| Error::invalid_argument("authority_host", "it makes no URL"))?;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }
}
