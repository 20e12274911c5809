//! One attempt of a request, with a bearer token (RFC 6750) where the store has a source of them.

use http::header::AUTHORIZATION;
use http::{HeaderValue, StatusCode};
use object_store::client::{HttpClient, HttpError, HttpRequest, HttpResponse};

use super::protocol::Protocol;
use crate::identity::AccessToken;
use crate::{Effect, Error, ErrorCode, Result};

/// Sends the request that `signed` makes. A token that the service refuses is replaced, and the request
/// sent once more: nothing has been done where nobody was known.
///
/// # Errors
/// There is no token; nothing was sent then. That nothing was answered is an error within.
pub(super) async fn execute<P: Protocol>(
    client: &HttpClient,
    protocol: &P,
    signed: impl Fn() -> Result<HttpRequest>,
) -> Result<Result<HttpResponse, HttpError>> {
    let mut request = signed()?;
    let Some(tokens) = protocol.tokens() else { return Ok(client.execute(request).await) };
    let token = tokens.token().await.map_err(no_token)?;
    show(&mut request, &token)?;
    let response = client.execute(request).await;
    if response.as_ref().map(HttpResponse::status).ok() != Some(StatusCode::UNAUTHORIZED) {
        return Ok(response);
    }
    let next = tokens.replace(&token).await.map_err(no_token)?;
    if next.expose() == token.expose() {
        return Ok(response);
    }
    let mut request = signed()?;
    show(&mut request, &next)?;
    Ok(client.execute(request).await)
}

fn show(request: &mut HttpRequest, token: &AccessToken) -> Result<()> {
    let bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()));
    let mut bearer = bearer.map_err(|_| no_header())?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    Ok(())
}

/// The cause is left out, since it may show the token.
fn no_header() -> Error {
    let message = "the source of tokens has given one that cannot be sent in a header";
    Error::new(ErrorCode::Unauthenticated, message)
}

fn no_token(error: Error) -> Error {
    let (code, retryable) = (error.code(), error.retryable());
    let status = error.service_status();
    Error::new(code, "there is no token to show who asks")
        .with_retryable(retryable)
        .with_effect(Effect::None)
        .with_service_status(status)
        .with_cause(error)
}
