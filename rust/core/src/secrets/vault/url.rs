//! A store by its URL: `vault://host:8200/mount?token_file=…`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::login::{Jwt, Login};
use crate::identity::TokenSource;
use crate::net::encode::path;
use crate::net::options::HttpOptions;
use crate::net::secret::Secret;
use crate::url::{Parameter, bad, decoded_text};
use crate::{Error, Result};

const PARAMETERS: &str = "ttl, max_stale, poll, token_env, token_file, role, jwt_file, login, \
                          field, namespace, tls, ca_file, proxy, user_agent";
/// The variable that the server's own program takes its token from.
const TOKEN: &str = "VAULT_TOKEN";
const PORT: u16 = 8200;

/// What a URL names.
pub(super) struct Place {
    pub(super) base: String,
    /// Encoded.
    pub(super) mount: String,
    pub(super) field: String,
    pub(super) namespace: Option<String>,
    pub(super) http: HttpOptions,
    pub(super) login: Login,
}

#[derive(Default)]
struct Given {
    token_env: Option<String>,
    token_file: Option<PathBuf>,
    role: Option<String>,
    jwt_file: Option<PathBuf>,
    login: Option<String>,
}

/// # Errors
/// `invalid_argument` that names what is wrong.
pub(super) fn read(
    place: &str,
    parameters: Vec<Parameter>,
    credential: Option<Arc<dyn TokenSource>>,
) -> Result<Place> {
    let place = place.strip_prefix("//").unwrap_or_default();
    let (host, mount) = place.split_once('/').unwrap_or((place, ""));
    let mount = decoded_text(mount)?;
    let mount = mount.trim_matches('/');
    let (mut given, mut http) = (Given::default(), HttpOptions::default());
    let (mut is_plain, mut field, mut namespace) = (false, "value".to_owned(), None);
    for parameter in parameters {
        match parameter.name.as_str() {
            "token_env" => given.token_env = Some(parameter.value),
            "token_file" => given.token_file = Some(parameter.value.into()),
            "role" => given.role = Some(parameter.value),
            "jwt_file" => given.jwt_file = Some(parameter.value.into()),
            "login" => given.login = Some(parameter.value),
            "field" if parameter.value.is_empty() => return Err(parameter.must("have a value")),
            "field" => field = parameter.value,
            "namespace" => namespace = Some(parameter.value),
            "tls" => is_plain = !parameter.parse::<bool>("`true` or `false`")?,
            "ca_file" => http.read_authorities(Path::new(&parameter.value))?,
            "proxy" => http.proxy = Some(Secret::new(parameter.value)),
            "user_agent" => http.user_agent = Some(parameter.value),
            _ => return Err(parameter.unknown(PARAMETERS)),
        }
    }
    let base = base(host, is_plain)?;
    http.endpoint = Some(base.clone());
    let mount = path(if mount.is_empty() { "secret" } else { mount });
    Ok(Place { base, mount, field, namespace, http, login: login(given, credential)? })
}

/// Where requests go. A token is sent in the clear to this machine alone.
fn base(host: &str, is_plain: bool) -> Result<String> {
    let authority: http::uri::Authority = host
        .parse()
        .ok()
        .filter(|_| !host.is_empty() && !host.contains('@'))
        .ok_or_else(|| bad("write it as vault://host:8200/mount"))?;
    let (name, port) = (authority.host(), authority.port_u16().unwrap_or(PORT));
    if is_plain && !["127.0.0.1", "localhost", "[::1]"].contains(&name) {
        return Err(bad(format!("tls=false is for a server on this machine, and {name:?} is not")));
    }
    let scheme = if is_plain { "http" } else { "https" };
    Ok(format!("{scheme}://{name}:{port}/v1/"))
}

fn login(given: Given, credential: Option<Arc<dyn TokenSource>>) -> Result<Login> {
    let Given { token_env, token_file, role, jwt_file, login } = given;
    let jwt = match (jwt_file, credential) {
        (Some(_), Some(_)) => return Err(bad("jwt_file and a credential are two ways to log in")),
        (Some(path), None) => Some(Jwt::File(path)),
        (None, Some(source)) => Some(Jwt::Source(source)),
        (None, None) => None,
    };
    match (token_env, token_file, jwt, role) {
        (None, None, Some(from), Some(role)) => {
            Ok(Login::Jwt { mount: login.unwrap_or_else(|| "jwt".into()), role, from })
        }
        (None, None, None, Some(_)) => {
            Err(bad("role needs jwt_file, or a credential in the options"))
        }
        (None, None, Some(_), None) => Err(bad("a JSON Web Token needs role, as which it logs in")),
        (_, _, Some(_), _) | (_, _, _, Some(_)) | (Some(_), Some(_), ..) => Err(two_ways()),
        (_, _, None, None) if login.is_some() => Err(bad("login needs role")),
        (None, Some(file), None, None) => Ok(Login::File(file)),
        (name, None, None, None) => Ok(Login::Variable(name.unwrap_or_else(|| TOKEN.into()))),
    }
}

fn two_ways() -> Error {
    bad("token_env, token_file and role are three ways to log in: give one of them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::parameters;

    fn place(url: &str) -> Result<Place> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        read(place, parameters(query).unwrap(), None)
    }

    fn refused(url: &str) -> String {
        place(url).err().unwrap().message().to_owned()
    }

    #[test]
    fn a_place_has_a_host_and_a_mount() {
        let one = place("//vault.example.com").unwrap();
        assert_eq!((&*one.base, &*one.mount), ("https://vault.example.com:8200/v1/", "secret"));
        assert_eq!(one.field, "value");
        assert!(matches!(one.login, Login::Variable(name) if name == "VAULT_TOKEN"));
        let other =
            place("//127.0.0.1:1/team/k%20v/?tls=false&field=password&token_file=/t").unwrap();
        assert_eq!((&*other.base, &*other.mount), ("http://127.0.0.1:1/v1/", "team/k%20v"));
        assert!(matches!(other.login, Login::File(_)));
        let jwt = place("//v?role=r&jwt_file=/j&login=kubernetes").unwrap().login;
        assert!(
            matches!(jwt, Login::Jwt { mount, role, .. } if mount == "kubernetes" && role == "r")
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(refused("").contains("vault://host:8200/mount"));
        assert!(refused("//user@host").contains("vault://host:8200/mount"));
        assert!(refused("//vault.example.com?tls=false").contains("on this machine"));
        assert!(refused("//v?tls=no").contains("`true` or `false`"));
        assert!(refused("//v?role=r").contains("jwt_file"));
        assert!(refused("//v?jwt_file=/j").contains("role"));
        assert!(refused("//v?login=jwt").contains("role"));
        assert!(refused("//v?token_env=A&token_file=/t").contains("three ways"));
        assert!(refused("//v?token_env=A&jwt_file=/j&role=r").contains("three ways"));
        assert!(refused("//v?field=").contains("field"));
        assert!(refused("//v?mount=a").contains("known are ttl"));
    }
}
