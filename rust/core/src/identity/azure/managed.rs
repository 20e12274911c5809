//! Managed identities: of a machine, by its instance metadata
//! (<https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>),
//! and of App Service, Functions and Container Apps, by the endpoint that these set
//! (<https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>).

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request};
use object_store::client::{HttpRequest, HttpRequestBody};

use super::Declined;
use super::exchange::{self, NoAnswer};
use crate::identity::AccessToken;
use crate::net::encode;
use crate::net::options::HttpOptions;
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};

const METADATA_VERSION: &str = "2018-02-01";
const APP_SERVICE_VERSION: &str = "2019-08-01";
const PATH: &str = "/metadata/identity/oauth2/token";
/// How long the metadata's address may take to answer. Where there is nobody, packets to it vanish.
const CONNECT: Duration = Duration::from_secs(1);

/// An identity that the platform has given to where we run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Managed {
    place: Place,
    /// Which one, if it is not the machine's own.
    client_id: Option<String>,
    /// Never by a proxy: what is asked is on this machine, or beside it.
    http: HttpOptions,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The instance metadata at this address.
    Metadata(String),
    /// App Service, which wants to see a secret that only the application is told.
    AppService { endpoint: String, header: Secret },
}

impl Place {
    /// Where every machine in Azure finds its metadata.
    pub(super) const METADATA: &'static str = "http://169.254.169.254";

    pub(super) fn metadata(endpoint: &str) -> Result<Self> {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let place = Self::Metadata(endpoint.clone());
        if endpoint.contains(['?', '#', '@']) || !is_http(&endpoint) {
            let why = "it must be the URL of a host, as in http://169.254.169.254";
            return Err(Error::invalid_argument("metadata_endpoint", why));
        }
        Ok(place)
    }

    pub(super) fn app_service(endpoint: String, header: String) -> Result<Self> {
        if endpoint.contains(['?', '#']) || !is_http(&endpoint) {
            let why = "it is no URL; App Service sets it";
            return Err(Error::invalid_argument("IDENTITY_ENDPOINT", why));
        }
        Ok(Self::AppService { endpoint, header: Secret::new(header) })
    }

    fn url(&self) -> &str {
        match self {
            Self::Metadata(url) | Self::AppService { endpoint: url, .. } => url,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Metadata(_) => "managed: the instance metadata",
            Self::AppService { .. } => "managed: App Service",
        }
    }
}

fn is_http(url: &str) -> bool {
    let scheme = url.starts_with("http://") || url.starts_with("https://");
    scheme && http::Uri::try_from(url).is_ok()
}

impl Managed {
    pub(super) fn new(place: Place, client_id: Option<String>, user_agent: Option<String>) -> Self {
        let endpoint = Some(place.url().to_owned());
        let connect_timeout = Some(CONNECT);
        let http = HttpOptions { endpoint, user_agent, connect_timeout, ..HttpOptions::default() };
        Self { place, client_id, http }
    }

    /// `in_chain`: somebody else is asked where this is not there, so that is found out first.
    pub(super) async fn token(&self, scope: &str, in_chain: bool) -> Result<AccessToken, Declined> {
        if in_chain && matches!(self.place, Place::Metadata(_)) {
            self.probe(scope).await?;
        }
        let whom = self.place.name();
        let request = || self.request(scope, true);
        let passing = match self.place {
            // While the metadata is renewed it answers like this.
            Place::Metadata(_) => {
                |status| exchange::is_passing(status) || matches!(status, 404 | 410)
            }
            Place::AppService { .. } => exchange::is_passing,
        };
        let asked = exchange::ask(&self.http, request, passing, false).await;
        let answer = match asked {
            Ok(answer) => answer,
            Err(NoAnswer::Unreached(error)) => return Err(self.absent().because(error)),
            Err(none) => return Err(none.into_error(whom).into()),
        };
        answer.token(whom).map_err(|error| match answer.status {
            400 => self.unassigned(&error),
            _ => error.into(),
        })
    }

    /// Asks without the header that a request must have: instance metadata refuses that with 400 at
    /// once, and an address where something else is, or nothing, does not.
    async fn probe(&self, scope: &str) -> Result<(), Declined> {
        let client = self.http.build(&Arc::default())?;
        match exchange::once(&client, self.request(scope, false)?, CONNECT).await {
            Ok(answer) if answer.status == 400 || exchange::is_passing(answer.status) => Ok(()),
            Ok(answer) => Err(Declined::absent(format!(
                "managed: what answers at {} is no instance metadata ({})",
                self.place.url(),
                answer.status
            ))),
            Err(NoAnswer::Unreached(error) | NoAnswer::Broken(error)) => {
                Err(self.absent().because(error))
            }
            Err(NoAnswer::Late) => Err(self.absent()),
            Err(NoAnswer::Unsent(error)) => Err(error.into()),
        }
    }

    fn absent(&self) -> Declined {
        let (name, url) = (self.place.name(), self.place.url());
        Declined::absent(format!(
            "{name} does not answer at {url}: this is no machine that has any"
        ))
    }

    fn unassigned(&self, error: &Error) -> Declined {
        let which = match &self.client_id {
            Some(client_id) => format!("no identity with the client_id {client_id:?} is assigned"),
            None => "no identity is assigned, or several are, and client_id must say which".into(),
        };
        let said = format!("{}: {which}", error.message());
        let absent = Declined::absent(said);
        Declined { error: absent.error.with_service_status(400), ..absent }
    }

    fn request(&self, scope: &str, is_complete: bool) -> Result<HttpRequest> {
        // Here a service is named by itself, without what may be done there.
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        let (place, version) = match &self.place {
            Place::Metadata(endpoint) => (format!("{endpoint}{PATH}"), METADATA_VERSION),
            Place::AppService { endpoint, .. } => (endpoint.clone(), APP_SERVICE_VERSION),
        };
        let mut pairs = vec![("api-version", version), ("resource", resource)];
        pairs.extend(self.client_id.as_deref().map(|id| ("client_id", id)));
        let request = Request::builder().uri(format!("{place}?{}", encode::pairs(&pairs)));
        let request = request.body(HttpRequestBody::empty());
        let mut request = request
            .map_err(|_| Error::new(ErrorCode::InvalidArgument, "managed: that makes no URL"))?;
        if is_complete {
            let (name, value) = self.header()?;
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    fn header(&self) -> Result<(HeaderName, HeaderValue)> {
        match &self.place {
            // No proxy, and no page that makes a browser ask, sends it by mistake.
            Place::Metadata(_) => {
                Ok((HeaderName::from_static("metadata"), HeaderValue::from_static("true")))
            }
            Place::AppService { header, .. } => {
                let mut value = crate::net::header_value("IDENTITY_HEADER", header.expose())?;
                value.set_sensitive(true);
                Ok((HeaderName::from_static("x-identity-header"), value))
            }
        }
    }
}

impl Declined {
    fn because(self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { error: self.error.with_cause(cause), ..self }
    }
}
