//! Identities that Microsoft Entra ID knows, and the chain of them.
//!
//! On the core's own HTTP client, from the published protocols that each file names (decision 34).
//! What the variables of the environment are called is what Microsoft's own libraries read
//! (<https://learn.microsoft.com/dotnet/api/overview/azure/identity-readme#environment-variables>).

mod assertion;
mod cli;
mod entra;
mod exchange;
mod managed;
mod options;

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

use super::{AccessToken, TokenSource};
use crate::{Error, ErrorCode, Result};

use cli::Cli;
use entra::Entra;
use managed::Managed;
pub(super) use options::{Environment, Options};

/// One way to an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Member {
    Entra(Entra),
    Managed(Managed),
    Cli(Cli),
    /// One of a chain that nothing is said for, and what would have to be.
    Missing(String),
}

/// Why a member has no token.
#[derive(Debug)]
struct Declined {
    error: Error,
    /// It is not there at all, so that the next of a chain may be asked. One that is there and
    /// refuses ends the chain: nobody is to be somebody else today because of an outage.
    is_absent: bool,
}

impl Declined {
    fn absent(message: String) -> Self {
        Self { error: Error::new(ErrorCode::Unauthenticated, message), is_absent: true }
    }
}

impl From<Error> for Declined {
    fn from(error: Error) -> Self {
        Self { error, is_absent: false }
    }
}

impl Member {
    /// Whether what can be known before anything is sent is right.
    fn check(&self) -> Result<()> {
        match self {
            Self::Entra(entra) => entra.check(),
            Self::Managed(_) | Self::Cli(_) | Self::Missing(_) => Ok(()),
        }
    }

    async fn token(&self, scope: &str, in_chain: bool) -> Result<AccessToken, Declined> {
        match self {
            Self::Entra(entra) => Ok(entra.token(scope).await?),
            Self::Managed(managed) => managed.token(scope, in_chain).await,
            Self::Cli(cli) => cli.token(scope).await,
            Self::Missing(why) => Err(Declined::absent(why.clone())),
        }
    }
}

/// The source of tokens by these options.
pub(super) struct Azure {
    options: Options,
    /// Which member is there, once that is known. Its tokens are those of one identity, so it
    /// stays.
    chosen: OnceLock<usize>,
}

impl Azure {
    /// # Errors
    /// `invalid_argument` for a file that is none such; in a chain that is told by its first token.
    pub(super) fn new(options: Options) -> Result<Self> {
        if let [one] = options.members.as_slice() {
            one.check()?;
        }
        Ok(Self { options, chosen: OnceLock::new() })
    }

    async fn ask(&self, scope: &str) -> Result<AccessToken> {
        let members = &self.options.members;
        let in_chain = self.options.is_chain;
        if let Some(chosen) = self.chosen.get().and_then(|chosen| members.get(*chosen)) {
            return chosen.token(scope, false).await.map_err(|declined| declined.error);
        }
        let mut declined: Vec<Declined> = Vec::new();
        for (number, member) in members.iter().enumerate() {
            match member.token(scope, in_chain).await {
                Ok(token) => {
                    // Whoever was first has chosen.
                    let _ = self.chosen.set(number);
                    return Ok(token);
                }
                Err(one) => declined.push(one),
            }
            if declined.last().is_some_and(|last| !last.is_absent) {
                break;
            }
        }
        Err(if in_chain { nobody(declined) } else { only(declined) })
    }
}

impl TokenSource for Azure {
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(self.ask(scope))
    }
}

fn only(mut declined: Vec<Declined>) -> Error {
    declined.pop().map_or_else(|| nobody(Vec::new()), |one| one.error)
}

/// What each member has answered. The last counts where it has ended the chain.
fn nobody(declined: Vec<Declined>) -> Error {
    let answers: Vec<_> = declined.iter().map(|one| one.error.message()).collect();
    let message = format!("azure:default has no token: {}", answers.join("; "));
    match declined.into_iter().next_back() {
        Some(Declined { error, is_absent: false }) => Error::new(error.code(), message)
            .with_retryable(error.retryable())
            .with_service_status(error.service_status())
            .with_request_id(error.request_id())
            .with_cause(error),
        _ => Error::new(ErrorCode::Unauthenticated, message),
    }
}

#[cfg(test)]
mod tests;
