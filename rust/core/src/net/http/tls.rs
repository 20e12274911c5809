//! TLS: whom a connection trusts.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use super::stream::Stream;

/// TLS that trusts the system's authorities and those that are given. The system's are read when they
/// are first needed: a store without TLS asks for none.
pub(in crate::net) struct Tls {
    authorities: Vec<CertificateDer<'static>>,
    connector: OnceLock<TlsConnector>,
}

impl Tls {
    pub(in crate::net) fn new(authorities: Vec<CertificateDer<'static>>) -> Self {
        Self { authorities, connector: OnceLock::new() }
    }

    /// # Errors
    /// One of the given authorities cannot be used, or the system has none and none is given.
    pub(in crate::net) fn connector(&self) -> Result<&TlsConnector, rustls::Error> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        // The process's own provider, if its owner has chosen one.
        let provider = CryptoProvider::get_default().cloned();
        let provider = provider.unwrap_or_else(|| Arc::new(ring::default_provider()));
        let authorities = self.authorities.iter().cloned();
        let verifier = Verifier::new_with_extra_roots(authorities, Arc::clone(&provider))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(self.connector.get_or_init(|| Arc::new(config).into()))
    }

    /// Speaks TLS with `host` over `stream`.
    pub(super) async fn over(
        &self,
        stream: Stream,
        host: &str,
    ) -> Result<Stream, super::connect::Failure> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = self.connector()?.connect(ServerName::try_from(host)?, stream).await?;
        Ok(Stream::Tls(Box::new(stream)))
    }
}
