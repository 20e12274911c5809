//! The URLs of clouds: `azblob://account/container/prefix?…`, `gs://bucket/prefix?…` and
//! `s3://bucket/prefix?…`.
//!
//! No message shows the value of a parameter that is a secret, nor one that may hold one by mistake.

use std::path::Path;

#[cfg(feature = "azure")]
use super::azure::{AzureKey, AzureOptions};
#[cfg(any(feature = "azure", feature = "gcs"))]
use super::credential::Credential;
#[cfg(feature = "gcs")]
use super::gcs::{GcsKey, GcsOptions, ServiceAccount};
use super::policy::parameters::NAMES as POLICY;
#[cfg(feature = "s3")]
use super::s3::{S3Key, S3Options};
use super::store::StoreOptions;
use crate::Result;
use crate::blob::Key;
#[cfg(any(feature = "azure", feature = "gcs"))]
use crate::net::is_safe;
use crate::net::secret::Secret;
use crate::url::{Parameter, bad, decoded_text};

/// S3 wants parts of 5 MiB or more; larger ones than this would be kept in memory for long.
const PART_SIZES: std::ops::RangeInclusive<usize> = (5 << 20)..=(1 << 30);

/// Parameters that every cloud has.
const COMMON: &str = "endpoint, ca_file, proxy, user_agent, max_get, part_size, parallel_parts, \
                      parallel_ranges, range_size, checksums, credentials";

/// Looks a variable of the environment up.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// From where the credentials come.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Credentials {
    /// From parameters; the environment is not asked.
    #[default]
    Given,
    Environment,
    Anonymous,
}

#[derive(Default)]
struct Common {
    store: StoreOptions,
    credentials: Credentials,
}

impl Common {
    /// Takes a parameter that every cloud has; gives back any other.
    fn take(&mut self, parameter: Parameter) -> Result<Option<Parameter>> {
        let http = &mut self.store.http;
        match parameter.name.as_str() {
            "endpoint" => http.endpoint = Some(endpoint(&parameter)?),
            "ca_file" => http.read_authorities(Path::new(&parameter.value))?,
            "proxy" => http.proxy = Some(Secret::new(parameter.value)),
            "user_agent" => http.user_agent = Some(parameter.value),
            "max_get" => self.store.max_get = parameter.at_least_one()?,
            "part_size" => self.store.part_size = part_size(&parameter)?,
            "credentials" => self.credentials = credentials(&parameter)?,
            _ => {
                let Some(parameter) = self.store.transfer.take(parameter)? else { return Ok(None) };
                return self.store.changes.take(parameter);
            }
        }
        Ok(None)
    }
}

fn endpoint(parameter: &Parameter) -> Result<String> {
    let url = parameter.value.trim_end_matches('/');
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let odd = |host: &str| host.is_empty() || host.contains(['?', '#', '@', ' ']);
    if host.is_none_or(odd) {
        return Err(parameter.must("be the URL of a service, as in https://host:port"));
    }
    Ok(url.to_owned())
}

fn part_size(parameter: &Parameter) -> Result<usize> {
    let expected = "a number of bytes from 5242880 to 1073741824";
    let size = parameter.parse(expected)?;
    if PART_SIZES.contains(&size) { Ok(size) } else { Err(parameter.must_be(expected)) }
}

fn credentials(parameter: &Parameter) -> Result<Credentials> {
    match parameter.value.as_str() {
        "env" => Ok(Credentials::Environment),
        "anonymous" => Ok(Credentials::Anonymous),
        // Not quoted: whoever takes it for the place of a key has put one there.
        _ => Err(parameter.must("be env or anonymous")),
    }
}

/// The names in a URL: a bucket, or an account and a container, and then the prefix.
fn names<'a>(place: &'a str, count: usize, form: &str) -> Result<(Vec<&'a str>, String)> {
    let wrong = || bad(format!("it must be {form}"));
    let mut parts = place.strip_prefix("//").ok_or_else(wrong)?.splitn(count + 1, '/');
    let names: Vec<_> = parts.by_ref().take(count).collect();
    let plain = |name: &&str| {
        let odd = |b: u8| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_' | b'.' | b'$');
        !name.is_empty() && name.len() <= 255 && !name.bytes().any(odd) && !name.starts_with('.')
    };
    if names.len() != count || !names.iter().all(plain) {
        return Err(wrong());
    }
    let prefix = decoded_text(parts.next().unwrap_or_default())?;
    let prefix = prefix.trim_end_matches('/');
    if prefix.is_empty() {
        return Ok((names, String::new()));
    }
    Key::named("url", prefix)?;
    if prefix.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(bad("a segment of the prefix is empty, `.` or `..`"));
    }
    Ok((names, format!("{prefix}/")))
}

/// Reads an `azblob` URL.
#[cfg(feature = "azure")]
pub(crate) fn azure(
    place: &str,
    parameters: Vec<Parameter>,
    environment: Environment<'_>,
    credential: Option<Credential>,
) -> Result<AzureOptions> {
    let (names, prefix) =
        names(place, 2, "azblob://account/container or azblob://account/container/prefix")?;
    let (mut common, mut account_key, mut sas) = (Common::default(), None, None);
    let (mut token, mut named) = (None, None);
    for parameter in parameters {
        let Some(parameter) = common.take(parameter)? else { continue };
        match parameter.name.as_str() {
            "account_key" => account_key = Some(parameter.value),
            "sas" => sas = Some(parameter.value),
            "token" => token = Some(Credential::fixed(parameter.value)),
            "credential" => named = Some(Credential::open(&parameter.value)?),
            _ => {
                let own = "account_key, sas, token, credential";
                return Err(parameter.unknown(&format!("{own}, {COMMON}, {POLICY}")));
            }
        }
    }
    let token = one_token(one_token(token, named)?, credential)?;
    let key = match (account_key, sas, token, common.credentials) {
        (None, None, None, Credentials::Anonymous) => AzureKey::Anonymous,
        (None, None, None, Credentials::Environment) => azure_environment(environment)?,
        (Some(key), None, None, Credentials::Given) => AzureKey::Account(Secret::new(key)),
        (None, Some(sas), None, Credentials::Given) => AzureKey::Sas(Secret::new(sas)),
        (None, None, Some(token), Credentials::Given) => AzureKey::Token(token),
        (None, None, None, Credentials::Given) => {
            return Err(bad("it needs account_key, sas, token, credential, credentials=env, \
                 credentials=anonymous, or a credential beside it"));
        }
        _ => {
            return Err(bad(
                "account_key, sas, token, credential and credentials exclude one another",
            ));
        }
    };
    if matches!(key, AzureKey::Token(_)) {
        token_is_safe(&common.store)?;
    }
    common.store.prefix = prefix;
    let name = |at: usize| names.get(at).copied().unwrap_or_default().to_owned();
    Ok(AzureOptions { account: name(0), container: name(1), key, store: common.store })
}

#[cfg(feature = "azure")]
fn azure_environment(environment: Environment<'_>) -> Result<AzureKey> {
    let given = |name| environment(name).filter(|value| !value.is_empty()).map(Secret::new);
    if let Some(key) = given("AZURE_STORAGE_KEY") {
        return Ok(AzureKey::Account(key));
    }
    given("AZURE_STORAGE_SAS_TOKEN").map(AzureKey::Sas).ok_or_else(|| {
        bad("credentials=env: neither AZURE_STORAGE_KEY nor AZURE_STORAGE_SAS_TOKEN is set")
    })
}

/// The token of a URL, or what was given beside it.
#[cfg(any(feature = "azure", feature = "gcs"))]
fn one_token(
    token: Option<Credential>,
    credential: Option<Credential>,
) -> Result<Option<Credential>> {
    match (token, credential) {
        (Some(_), Some(_)) => {
            Err(bad("token, credential and a credential beside it exclude one another"))
        }
        (token, credential) => Ok(token.or(credential)),
    }
}

/// A token is good for whoever reads it, so it is sent in the clear to this machine alone.
#[cfg(any(feature = "azure", feature = "gcs"))]
fn token_is_safe(store: &StoreOptions) -> Result<()> {
    let endpoint = store.http.endpoint.as_deref().unwrap_or_default();
    if endpoint.is_empty() || is_safe(endpoint) {
        return Ok(());
    }
    Err(bad("tokens are sent over TLS only: the endpoint must begin with https://"))
}

/// Reads a `gs` URL.
#[cfg(feature = "gcs")]
pub(crate) fn gcs(
    place: &str,
    parameters: Vec<Parameter>,
    environment: Environment<'_>,
    credential: Option<Credential>,
) -> Result<GcsOptions> {
    let (names, prefix) = names(place, 1, "gs://bucket or gs://bucket/prefix")?;
    let (mut common, mut account, mut token) = (Common::default(), None, None);
    for parameter in parameters {
        let Some(parameter) = common.take(parameter)? else { continue };
        match parameter.name.as_str() {
            "service_account" => account = Some(parameter.value),
            "token" => token = Some(Credential::fixed(parameter.value)),
            _ => {
                return Err(
                    parameter.unknown(&format!("service_account, token, {COMMON}, {POLICY}"))
                );
            }
        }
    }
    let token = one_token(token, credential)?;
    let read = |path: &str| ServiceAccount::read("service_account", Path::new(path));
    let key = match (account, token, common.credentials) {
        (None, None, Credentials::Anonymous) => GcsKey::Anonymous,
        (None, None, Credentials::Environment) => GcsKey::Account(gcs_environment(environment)?),
        (Some(path), None, Credentials::Given) => GcsKey::Account(read(&path)?),
        (None, Some(token), Credentials::Given) => GcsKey::Token(token),
        (None, None, Credentials::Given) => {
            return Err(bad(
                "it needs service_account, token, credentials=env, credentials=anonymous, or a \
                 credential beside it",
            ));
        }
        _ => return Err(bad("service_account, token and credentials exclude one another")),
    };
    if key != GcsKey::Anonymous {
        token_is_safe(&common.store)?;
    }
    common.store.prefix = prefix;
    let bucket = names.first().copied().unwrap_or_default().to_owned();
    Ok(GcsOptions { bucket, key, store: common.store })
}

#[cfg(feature = "gcs")]
fn gcs_environment(environment: Environment<'_>) -> Result<ServiceAccount> {
    let name = "GOOGLE_APPLICATION_CREDENTIALS";
    let path = environment(name).filter(|value| !value.is_empty());
    let path = path.ok_or_else(|| bad(format!("credentials=env: {name} is not set")))?;
    ServiceAccount::read(name, Path::new(&path))
}

/// Reads an `s3` URL.
#[cfg(feature = "s3")]
pub(crate) fn s3(
    place: &str,
    parameters: Vec<Parameter>,
    environment: Environment<'_>,
) -> Result<S3Options> {
    let (names, prefix) = names(place, 1, "s3://bucket or s3://bucket/prefix")?;
    let (mut common, mut path_style, mut sign_payload) = (Common::default(), None, true);
    let (mut region, mut access_key, mut secret_key, mut session_token) = (None, None, None, None);
    for parameter in parameters {
        let Some(parameter) = common.take(parameter)? else { continue };
        match parameter.name.as_str() {
            "region" => region = Some(self::region(&parameter)?),
            "path_style" => path_style = Some(parameter.parse("true or false")?),
            "sign_payload" => sign_payload = parameter.parse("true or false")?,
            "access_key" => access_key = Some(parameter.value),
            "secret_key" => secret_key = Some(Secret::new(parameter.value)),
            "session_token" => session_token = Some(Secret::new(parameter.value)),
            _ => {
                let own = "region, path_style, sign_payload, access_key, secret_key, session_token";
                return Err(parameter.unknown(&format!("{own}, {COMMON}, {POLICY}")));
            }
        }
    }
    let none_given = access_key.is_none() && secret_key.is_none() && session_token.is_none();
    let key = match (access_key, secret_key, common.credentials) {
        (Some(access_key), Some(secret_key), Credentials::Given) => {
            Some(S3Key { access_key, secret_key, session_token })
        }
        (_, _, Credentials::Anonymous) if none_given => None,
        (_, _, Credentials::Environment) if none_given => Some(s3_environment(environment)?),
        (_, _, Credentials::Given) => {
            let why =
                "it needs access_key and secret_key, credentials=env or credentials=anonymous";
            return Err(bad(why));
        }
        _ => {
            return Err(bad(
                "access_key, secret_key, session_token and credentials exclude one another",
            ));
        }
    };
    let own_service = common.store.http.endpoint.is_some();
    // Other services take any region; Amazon's own name is not known without.
    let region = match region {
        Some(region) => region,
        None if own_service => "us-east-1".to_owned(),
        None => return Err(bad("it needs region, as in region=eu-central-1")),
    };
    common.store.prefix = prefix;
    let bucket = names.first().copied().unwrap_or_default().to_owned();
    let path_style = path_style.unwrap_or(own_service || bucket.contains('.'));
    Ok(S3Options { bucket, region, path_style, key, sign_payload, store: common.store })
}

#[cfg(feature = "s3")]
fn region(parameter: &Parameter) -> Result<String> {
    let region = &parameter.value;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if region.is_empty() || !region.bytes().all(plain) {
        return Err(parameter.must_be("the name of a region, as in eu-central-1"));
    }
    Ok(region.clone())
}

#[cfg(feature = "s3")]
fn s3_environment(environment: Environment<'_>) -> Result<S3Key> {
    let given = |name| environment(name).filter(|value| !value.is_empty());
    let key = given("AWS_ACCESS_KEY_ID").zip(given("AWS_SECRET_ACCESS_KEY"));
    let (access_key, secret_key) = key.ok_or_else(|| {
        bad("credentials=env: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
    })?;
    let session_token = given("AWS_SESSION_TOKEN").map(Secret::new);
    Ok(S3Key { access_key, secret_key: Secret::new(secret_key), session_token })
}

#[cfg(test)]
mod tests;
