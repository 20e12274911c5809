//! How a store reaches its service.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use object_store::client::HttpClient;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::http::{Connector, Http, Proxy, Tls};
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};

/// The name that a store gives itself unless told another.
const USER_AGENT: &str = concat!("tombolo/", env!("CARGO_PKG_VERSION"));

/// Options of the way to a service, the same for every cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HttpOptions {
    /// The service's address, if it is not the cloud's own. `http` is for emulators and tests.
    pub(crate) endpoint: Option<String>,
    /// Certificates of further authorities, as PEM.
    pub(crate) authorities: Option<Vec<u8>>,
    /// The URL of a proxy, which may hold a password.
    pub(crate) proxy: Option<Secret>,
    /// What it calls itself; Tombolo's own name if not given.
    pub(crate) user_agent: Option<String>,
    /// How long an address may take to answer, if not 10 seconds.
    pub(crate) connect_timeout: Option<Duration>,
}

impl HttpOptions {
    /// The certificates in a file.
    pub(crate) fn read_authorities(&mut self, path: &Path) -> Result<()> {
        let read = std::fs::read(path).map_err(|error| {
            Error::invalid_argument("ca_file", format!("{path:?} cannot be read")).with_cause(error)
        })?;
        self.authorities = Some(read);
        Ok(())
    }

    /// A client by these options, which adds to `opened` each connection that it opens. It takes no proxy from the environment.
    ///
    /// # Errors
    /// `invalid_argument` that names the option; `internal` if the system trusts nobody.
    pub(crate) fn build(&self, opened: &Arc<AtomicU64>) -> Result<HttpClient> {
        let agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        let agent = super::header_value("user_agent", agent)?;
        let proxy = self.proxy.as_ref().map(Proxy::parse).transpose()?;
        let tls = Tls::new(self.certificates()?);
        let plain = |url: &String| url.starts_with("http://");
        if self.authorities.is_some() {
            tls.connector().map_err(|error| no_certificate().with_cause(error))?;
        } else if !self.endpoint.as_ref().is_some_and(plain) {
            tls.connector().map_err(|error| {
                Error::new(ErrorCode::Internal, "no HTTP client can be made").with_cause(error)
            })?;
        }
        let mut connector = Connector::new(tls, proxy, Arc::clone(opened));
        if let Some(patience) = self.connect_timeout {
            connector = connector.with_patience(patience);
        }
        Ok(HttpClient::new(Http::new(connector, agent)))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let Some(pem) = &self.authorities else { return Ok(Vec::new()) };
        let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let all = all.map_err(|error| no_certificate().with_cause(error))?;
        if all.is_empty() { Err(no_certificate()) } else { Ok(all) }
    }
}

fn no_certificate() -> Error {
    Error::invalid_argument("ca_file", "it holds no certificate in PEM")
}
