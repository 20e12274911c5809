//! How a store shows the server who it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::answers::{parsed, to_json};
use super::client::Client;
use super::lease::Lease;
use crate::identity::TokenSource;
use crate::net::encode::path;
use crate::net::secret::Secret;
use crate::{Error, ErrorCode, Result};

/// The longest file of a token.
const MAX_TOKEN: u64 = 64 * 1024;
/// For which scope a source is asked for a token: a role names itself.
const SCOPE: &str = "vault";

/// Where a token of the server's comes from.
pub(super) enum Login {
    /// A variable of the environment, read at the first use.
    Variable(String),
    /// A file, such as an agent's sink: read again where the server refuses its token.
    File(PathBuf),
    /// A JSON Web Token, which the server exchanges for a token of its own
    /// (<https://openbao.org/api-docs/auth/jwt/#jwt-login>).
    Jwt { mount: String, role: String, from: Jwt },
}

/// Where a JSON Web Token comes from.
pub(super) enum Jwt {
    /// A file, as Kubernetes mounts the token of a service account, and renews it.
    File(PathBuf),
    Source(Arc<dyn TokenSource>),
}

/// A token of the server's, and what is known of it.
pub(super) struct Token {
    pub(super) text: Secret,
    pub(super) lease: Lease,
}

#[derive(Deserialize)]
struct LoggedIn {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    client_token: String,
    lease_duration: u64,
    renewable: bool,
}

#[derive(Deserialize)]
struct Looked {
    data: Own,
}

/// What a token says about itself.
#[derive(Deserialize)]
struct Own {
    ttl: u64,
    #[serde(default)]
    renewable: bool,
}

impl Login {
    /// Whether it can give another token than the one before.
    pub(super) fn is_renewing(&self) -> bool {
        !matches!(self, Self::Variable(_))
    }

    /// A token.
    ///
    /// # Errors
    /// `unauthenticated` if there is none, or the server does not take it.
    pub(super) async fn token(&self, client: &Client) -> Result<Token> {
        match self {
            Self::Variable(name) => {
                let text = std::env::var(name).unwrap_or_default();
                if text.is_empty() {
                    return Err(none(format!(
                        "the variable {name:?}, which has the token, is not set"
                    )));
                }
                looked_up(client, Secret::new(text)).await
            }
            Self::File(path) => looked_up(client, read(path.clone()).await?).await,
            Self::Jwt { mount, role, from } => logged_in(client, mount, role, from).await,
        }
    }
}

/// A token that was given, with what the server says about it.
async fn looked_up(client: &Client, text: Secret) -> Result<Token> {
    let answer = client.send(&Method::GET, "auth/token/lookup-self", Some(&text), None).await?;
    let status = answer.status.as_u16();
    if matches!(status, 401 | 403) {
        // The server does not say which.
        let message = "the server does not know the token, or it has expired, or it has not the \
                       default policy, by which it may look at itself";
        return Err(none(message.into()).with_service_status(status.into()));
    }
    let Looked { data } = parsed(&answer.checked(&text)?)?;
    Ok(Token { text, lease: Lease::new(data.ttl, data.renewable) })
}

async fn logged_in(client: &Client, mount: &str, role: &str, from: &Jwt) -> Result<Token> {
    let jwt = match from {
        Jwt::File(path) => read(path.clone()).await?,
        Jwt::Source(source) => Secret::new(source.token(SCOPE).await?.expose().to_owned()),
    };
    let body = to_json(json!({ "role": role, "jwt": jwt.expose() }))?;
    let place = format!("auth/{}/login", path(mount));
    let answer = client.send(&Method::POST, &place, None, Some(body)).await?;
    let status = answer.status.as_u16();
    let answer = answer.checked(&jwt).map_err(|error| match status {
        400 | 403 => none(format!("the login as {role:?} is refused: {}", error.message()))
            .with_service_status(status.into()),
        _ => error,
    })?;
    if answer.is_absent() {
        return Err(none(format!("the server has no way to log in at {mount:?}")));
    }
    let LoggedIn { auth } = parsed(&answer)?;
    let lease = Lease::new(auth.lease_duration, auth.renewable);
    Ok(Token { text: Secret::new(auth.client_token), lease })
}

/// Prolongs the lease of a token.
///
/// # Errors
/// `unauthenticated` and the like if the server does not.
pub(super) async fn renew(client: &Client, token: &Token) -> Result<Lease> {
    let empty = Zeroizing::new(b"{}".to_vec());
    let place = "auth/token/renew-self";
    let answer = client.send(&Method::POST, place, Some(&token.text), Some(empty)).await?;
    let LoggedIn { auth } = parsed(&answer.checked(&token.text)?)?;
    drop(Zeroizing::new(auth.client_token));
    Ok(Lease::new(auth.lease_duration, auth.renewable))
}

/// What is in the file of a token, but for the spaces around it.
async fn read(path: PathBuf) -> Result<Secret> {
    let read = tokio::task::spawn_blocking(move || read_now(&path)).await;
    read.unwrap_or_else(|error| {
        Err(Error::new(ErrorCode::Internal, "the file's task has ended").with_cause(error))
    })
}

fn read_now(path: &Path) -> Result<Secret> {
    let unread = |error| none(format!("the token in {path:?} cannot be read")).with_cause(error);
    let length = std::fs::metadata(path).map_err(unread)?.len();
    if length > MAX_TOKEN {
        return Err(none(format!("{path:?} has {length} bytes, which is too much for a token")));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unread)?);
    match text.trim() {
        "" => Err(none(format!("the file {path:?}, which has the token, is empty"))),
        text => Ok(Secret::new(text.to_owned())),
    }
}

fn none(message: String) -> Error {
    Error::new(ErrorCode::Unauthenticated, message)
}
