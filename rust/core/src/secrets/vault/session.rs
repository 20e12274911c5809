//! Requests with a token, which is had once for all, and kept alive.

use std::sync::{Arc, Weak};

use http::{Method, StatusCode};
use tokio::sync::{Mutex, MutexGuard};
use zeroize::Zeroizing;

use super::answers::Answer;
use super::client::Client;
use super::login::{Login, Token, renew};
use crate::{Error, ErrorCode, Result};

/// A way to log in, and the token that it has given.
pub(super) struct Session {
    client: Arc<Client>,
    login: Login,
    /// Held by whoever logs in, so that one does for all who wait.
    token: Mutex<Option<Arc<Token>>>,
}

impl Session {
    pub(super) fn new(client: Arc<Client>, login: Login) -> Arc<Self> {
        Arc::new(Self { client, login, token: Mutex::default() })
    }

    /// Asks the server; an answer is a success, or that something is not there. Where the server refuses the token,
    /// another is asked for, once.
    ///
    /// # Errors
    /// `unauthenticated` if there is no token that the server takes; else by what the server says.
    pub(super) async fn ask(
        self: &Arc<Self>,
        method: Method,
        path: &str,
        body: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Answer> {
        let token = self.token().await?;
        let answer = self.client.send(&method, path, Some(&token.text), body.clone()).await?;
        if answer.status != StatusCode::FORBIDDEN {
            return answer.checked(&token.text);
        }
        // The server does not say whether the token is refused, or what was asked for.
        match self.replace(&token).await? {
            Some(other) => {
                let answer = self.client.send(&method, path, Some(&other.text), body).await?;
                answer.checked(&other.text)
            }
            None => answer.checked(&token.text),
        }
    }

    async fn token(self: &Arc<Self>) -> Result<Arc<Token>> {
        let mut kept = self.token.lock().await;
        match kept.as_ref().filter(|token| !token.lease.has_ended()) {
            Some(token) => Ok(Arc::clone(token)),
            None => self.log_in(&mut kept).await,
        }
    }

    /// Another token than `refused`, if that is what was refused.
    async fn replace(self: &Arc<Self>, refused: &Arc<Token>) -> Result<Option<Arc<Token>>> {
        let mut kept = self.token.lock().await;
        if let Some(other) = kept.as_ref().filter(|token| token.text != refused.text) {
            return Ok(Some(Arc::clone(other)));
        }
        // A token that is given is looked up: the server says here whether it still knows it.
        let token = self.log_in(&mut kept).await?;
        Ok((token.text != refused.text).then_some(token))
    }

    async fn log_in(
        self: &Arc<Self>,
        kept: &mut MutexGuard<'_, Option<Arc<Token>>>,
    ) -> Result<Arc<Token>> {
        let is_first = kept.is_none();
        **kept = None;
        let token = Arc::new(self.login.token(&self.client).await?);
        **kept = Some(Arc::clone(&token));
        if is_first && token.lease.until_renewal().is_some() {
            tokio::spawn(keep_alive(Arc::downgrade(self)));
        }
        Ok(token)
    }

    /// Prolongs the lease; where that is refused, logs in anew.
    async fn prolong(self: &Arc<Self>) -> Result<()> {
        let mut kept = self.token.lock().await;
        let Some(token) = kept.clone() else { return Err(gone()) };
        let renewed = match token.lease.is_renewable() {
            true => renew(&self.client, &token).await,
            false => Err(Error::new(ErrorCode::FailedPrecondition, "the token cannot be renewed")),
        };
        let lease = match renewed {
            Ok(lease) => lease,
            Err(error) if !self.login.is_renewing() => return Err(error),
            Err(_) => {
                let token = self.login.token(&self.client).await?;
                *kept = Some(Arc::new(token));
                return Ok(());
            }
        };
        *kept = Some(Arc::new(Token { text: token.text.clone(), lease }));
        Ok(())
    }
}

/// Keeps the token of a session alive, whether it is used or not, for as long as the session and this task's
/// runtime live. Where its lease ends all the same, the next who asks logs in, and another task begins.
async fn keep_alive(session: Weak<Session>) {
    let mut pause = None;
    loop {
        let Some(held) = session.upgrade() else { return };
        let token = held.token.lock().await.clone();
        drop(held);
        let Some(token) = token else { return };
        let Some(due) = token.lease.until_renewal() else { return };
        tokio::time::sleep(pause.take().unwrap_or(due)).await;
        let Some(held) = session.upgrade() else { return };
        if let Err(error) = held.prolong().await {
            if token.lease.has_ended() {
                *held.token.lock().await = None;
                tracing::warn!(%error, "the lease of the token has ended");
                return;
            }
            pause = Some(token.lease.pause());
            tracing::warn!(%error, "the lease of the token cannot be prolonged yet");
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorCode::Unauthenticated, "there is no token any more")
}
