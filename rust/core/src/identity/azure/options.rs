//! What a URL of the scheme `azure` says, and the environment where it says nothing.

use std::path::Path;
use std::sync::Arc;

use super::Member;
use super::assertion::Algorithm;
use super::cli::Cli;
use super::entra::{Entra, Proof};
use super::managed::{Managed, Place};
use crate::identity::given::absolute;
use crate::net::is_safe;
use crate::net::options::HttpOptions;
use crate::net::secret::Secret;
use crate::url::{Parameter, bad, parameters};
use crate::{Error, Result};

/// Looks a variable of the environment up; one that is empty is not there.
pub(in crate::identity) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

const KNOWN: &str = "known are azure:default, azure:workload, azure:managed, azure:client-secret, \
                     azure:client-certificate and azure:cli";
const AUTHORITY: &str = "https://login.microsoftonline.com";

/// The members that a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::identity) struct Options {
    pub(super) is_chain: bool,
    pub(super) members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Secret,
    Certificate,
    Workload,
    Managed,
    Cli,
}

impl Kind {
    /// In the order of a chain: what an application was given by itself comes before what its
    /// machine has, and the developer last.
    const ALL: [Self; 5] =
        [Self::Secret, Self::Certificate, Self::Workload, Self::Managed, Self::Cli];

    fn name(self) -> &'static str {
        match self {
            Self::Secret => "client-secret",
            Self::Certificate => "client-certificate",
            Self::Workload => "workload",
            Self::Managed => "managed",
            Self::Cli => "cli",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its parameters.
    fn knows(self, parameter: &str) -> bool {
        let entra = ["tenant_id", "client_id", "authority_host", "ca_file", "proxy", "user_agent"];
        match self {
            Self::Secret => entra.contains(&parameter) || parameter == "client_secret_file",
            Self::Certificate => {
                let own = ["certificate_file", "algorithm", "send_chain"];
                entra.contains(&parameter) || own.contains(&parameter)
            }
            Self::Workload => entra.contains(&parameter) || parameter == "token_file",
            Self::Managed => ["client_id", "metadata_endpoint", "user_agent"].contains(&parameter),
            Self::Cli => ["tenant_id", "program"].contains(&parameter),
        }
    }
}

const PARAMETERS: [&str; 13] = [
    "tenant_id",
    "client_id",
    "authority_host",
    "client_secret_file",
    "certificate_file",
    "algorithm",
    "send_chain",
    "token_file",
    "metadata_endpoint",
    "program",
    "ca_file",
    "proxy",
    "user_agent",
];

impl Options {
    /// Reads what follows `azure:`.
    ///
    /// # Errors
    /// `invalid_argument` that names the parameter or the variable.
    pub(in crate::identity) fn read(
        place: &str,
        query: &str,
        environment: Environment<'_>,
    ) -> Result<Self> {
        let one = Kind::of(place);
        let is_chain = place == "default";
        if one.is_none() && !is_chain {
            return Err(bad(format!("there is no azure:{place}; {KNOWN}")));
        }
        let kinds: Vec<_> = one.map_or_else(|| Kind::ALL.to_vec(), |one| vec![one]);
        let (mut given, mut http) = (Vec::new(), HttpOptions::default());
        for parameter in parameters(query)? {
            if !kinds.iter().any(|kind| kind.knows(&parameter.name)) {
                let known = PARAMETERS.iter().filter(|name| kinds.iter().any(|k| k.knows(name)));
                return Err(parameter.unknown(&known.copied().collect::<Vec<_>>().join(", ")));
            }
            match parameter.name.as_str() {
                "ca_file" => http.read_authorities(Path::new(&parameter.value))?,
                "proxy" => http.proxy = Some(Secret::new(parameter.value)),
                "user_agent" => http.user_agent = Some(parameter.value),
                _ => given.push(parameter),
            }
        }
        let reader = Reader { given, environment, http, is_chain };
        let members = kinds.into_iter().map(|kind| reader.member(kind));
        Ok(Self { is_chain, members: members.collect::<Result<_>>()? })
    }
}

struct Reader<'a> {
    given: Vec<Parameter>,
    environment: Environment<'a>,
    http: HttpOptions,
    is_chain: bool,
}

/// Why there is no such member: something is not said, or said wrongly.
enum Lacking {
    Unsaid(String),
    Wrong(Error),
}

impl From<Error> for Lacking {
    fn from(error: Error) -> Self {
        Self::Wrong(error)
    }
}

impl Reader<'_> {
    fn member(&self, kind: Kind) -> Result<Member> {
        let member = match kind {
            Kind::Secret => self.secret(),
            Kind::Certificate => self.certificate(),
            Kind::Workload => self.workload(),
            Kind::Managed => self.managed(),
            Kind::Cli => self.cli(),
        };
        match member {
            Ok(member) => Ok(member),
            Err(Lacking::Wrong(error)) => Err(error),
            Err(Lacking::Unsaid(why)) if self.is_chain => {
                Ok(Member::Missing(format!("{}: {why}", kind.name())))
            }
            Err(Lacking::Unsaid(why)) => Err(bad(format!("azure:{}: {why}", kind.name()))),
        }
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.given.iter().find(|parameter| parameter.name == name)
    }

    /// A parameter, or a variable of the environment.
    fn said(&self, name: &str, variable: &str) -> Option<String> {
        let given = self.parameter(name).map(|parameter| parameter.value.clone());
        given.or_else(|| (self.environment)(variable)).filter(|value| !value.is_empty())
    }

    fn needed(&self, name: &str, variable: &str) -> Result<String, Lacking> {
        let unsaid = || Lacking::Unsaid(format!("{variable} is not set, and {name} not given"));
        self.said(name, variable).ok_or_else(unsaid)
    }

    fn secret(&self) -> Result<Member, Lacking> {
        let proof = match self.parameter("client_secret_file") {
            Some(file) => Proof::SecretFile(absolute(&file.name, file.value.clone())?),
            None => {
                let unset = "AZURE_CLIENT_SECRET is not set, and client_secret_file not given";
                let secret = (self.environment)("AZURE_CLIENT_SECRET");
                Proof::Secret(Secret::new(secret.ok_or_else(|| Lacking::Unsaid(unset.into()))?))
            }
        };
        self.entra(Kind::Secret, proof)
    }

    fn certificate(&self) -> Result<Member, Lacking> {
        let file = self.needed("certificate_file", "AZURE_CLIENT_CERTIFICATE_PATH")?;
        let algorithm = match self.parameter("algorithm") {
            None => Algorithm::Ps256,
            Some(parameter) => match parameter.value.as_str() {
                "PS256" => Algorithm::Ps256,
                "RS256" => Algorithm::Rs256,
                _ => return Err(parameter.must_be("PS256 or RS256").into()),
            },
        };
        let send_chain = match self.parameter("send_chain") {
            Some(parameter) => parameter.parse("true or false")?,
            None => (self.environment)("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
                .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true")),
        };
        let file = absolute("certificate_file", file)?;
        self.entra(Kind::Certificate, Proof::Certificate { file, algorithm, send_chain })
    }

    fn workload(&self) -> Result<Member, Lacking> {
        let file = self.needed("token_file", "AZURE_FEDERATED_TOKEN_FILE")?;
        self.entra(Kind::Workload, Proof::Federated(absolute("token_file", file)?))
    }

    fn entra(&self, kind: Kind, proof: Proof) -> Result<Member, Lacking> {
        let tenant = self.needed("tenant_id", "AZURE_TENANT_ID")?;
        let may = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if !tenant.chars().all(may) {
            let why = "it must be the identifier or the domain of a tenant";
            return Err(Error::invalid_argument("tenant_id", why).into());
        }
        let client_id = self.needed("client_id", "AZURE_CLIENT_ID")?;
        let authority = self.said("authority_host", "AZURE_AUTHORITY_HOST");
        let authority = authority.unwrap_or_else(|| AUTHORITY.to_owned());
        let url = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        if !is_safe(&url) || url.contains(['?', '#', '@']) || http::Uri::try_from(&url).is_err() {
            let why = "it must be the URL of a host, as in https://login.microsoftonline.com; without \
                       TLS only on this machine";
            return Err(Error::invalid_argument("authority_host", why).into());
        }
        let mut http = self.http.clone();
        http.endpoint = Some(url);
        http.build(&Arc::default())?;
        Ok(Member::Entra(Entra { name: kind.name(), client_id, proof, http }))
    }

    fn managed(&self) -> Result<Member, Lacking> {
        let client_id = match self.parameter("client_id") {
            Some(client_id) => Some(client_id.value.clone()),
            None if self.is_chain => (self.environment)("AZURE_CLIENT_ID"),
            None => None,
        };
        let set = |name| (self.environment)(name);
        let given = self.parameter("metadata_endpoint").map(|given| given.value.clone());
        let place = match (given, set("IDENTITY_ENDPOINT"), set("IDENTITY_HEADER")) {
            (Some(endpoint), ..) => Place::metadata(&endpoint)?,
            (None, Some(_), Some(_)) if set("IDENTITY_SERVER_THUMBPRINT").is_some() => {
                return Err(Lacking::Unsaid("Service Fabric's endpoint is not known here".into()));
            }
            (None, Some(endpoint), Some(header)) => Place::app_service(endpoint, header)?,
            (None, Some(_), None) => {
                return Err(Lacking::Unsaid(
                    "IDENTITY_ENDPOINT is set, and IDENTITY_HEADER is not: Azure Arc's endpoint is \
                     not known here"
                        .into(),
                ));
            }
            (None, None, _) => {
                let host = set("AZURE_POD_IDENTITY_AUTHORITY_HOST");
                Place::metadata(&host.unwrap_or_else(|| Place::METADATA.to_owned()))?
            }
        };
        let user_agent = self.http.user_agent.clone();
        Ok(Member::Managed(Managed::new(place, client_id, user_agent)))
    }

    fn cli(&self) -> Result<Member, Lacking> {
        let tenant = self.parameter("tenant_id").map(|tenant| tenant.value.clone());
        if tenant.as_ref().is_some_and(|tenant| tenant.starts_with('-')) {
            return Err(Error::invalid_argument("tenant_id", "it must be a tenant's").into());
        }
        let program = match self.parameter("program") {
            Some(program) => absolute(&program.name, program.value.clone())?,
            None => "az".into(),
        };
        Ok(Member::Cli(Cli { program, tenant }))
    }
}

#[cfg(test)]
mod tests;
