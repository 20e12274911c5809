//! Requests with a token, which is had once for all, and kept alive.

use std::sync::{Arc, Mutex as Lock, PoisonError, Weak};

use http::{Method, StatusCode};
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::answers::Answer;
use super::client::Client;
use super::login::{Login, Token, renew};
use crate::{Effect, Error, ErrorCode, Result};

/// A way to log in, and the token that it has given.
pub(super) struct Session {
    client: Arc<Client>,
    login: Login,
    /// Held by whoever logs in, so that one does for all who wait.
    token: Mutex<Option<Arc<Token>>>,
    /// Keeps the token alive, while there is one that ends.
    keeper: Lock<Option<JoinHandle<()>>>,
}

impl Session {
    pub(super) fn new(client: Arc<Client>, login: Login) -> Arc<Self> {
        Arc::new(Self { client, login, token: Mutex::default(), keeper: Lock::default() })
    }

    /// Asks the server; an answer is a success, or that something is not there. Where the server
    /// refuses the token, another is asked for, once.
    ///
    /// # Errors `unauthenticated` if there is no token that the server takes; else by what the
    /// server says.
    pub(super) async fn ask(
        self: &Arc<Self>,
        method: Method,
        path: &str,
        body: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Answer> {
        let mut token = self.token().await?;
        let mut answer = self.client.send(&method, path, Some(&token.text), body.clone()).await?;
        // The server does not say whether the token is refused, or what was asked for.
        if answer.status == StatusCode::FORBIDDEN
            && let Some(other) = self.replace(&token).await?
        {
            answer = self.client.send(&method, path, Some(&other.text), body).await?;
            token = other;
        }
        answer.checked(&token.text).map_err(|error| match (&method, error.service_status()) {
            // What has failed half-way may have been done. A server that is sealed has not begun.
            (&Method::GET, _) | (_, ..500 | 503) => error,
            _ => error.with_effect(Effect::Unknown),
        })
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
        **kept = None;
        let token = Arc::new(self.login.token(&self.client).await?);
        **kept = Some(Arc::clone(&token));
        if token.lease.until_renewal().is_some() {
            self.have_it_kept();
        }
        Ok(token)
    }

    /// Sees to it that there is a task that keeps the token alive.
    fn have_it_kept(self: &Arc<Self>) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        // One whose runtime has ended has finished as well.
        if keeper.as_ref().is_none_or(JoinHandle::is_finished) {
            *keeper = Some(tokio::spawn(keep_alive(Arc::downgrade(self))));
        }
    }

    /// Prolongs the lease; where that is refused, logs in anew. Others ask meanwhile by the token
    /// that there is.
    async fn prolong(&self, token: &Arc<Token>) -> Result<()> {
        let renewed = match token.lease.is_renewable() {
            true => renew(&self.client, token).await,
            false => Err(Error::new(ErrorCode::FailedPrecondition, "the token cannot be renewed")),
        };
        let next = match renewed {
            Ok(lease) => Token { text: token.text.clone(), lease },
            Err(error) if !self.login.is_renewing() => return Err(error),
            Err(_) => self.login.token(&self.client).await?,
        };
        let mut kept = self.token.lock().await;
        // Unless somebody else has got another one.
        if kept.as_ref().is_some_and(|now| Arc::ptr_eq(now, token)) {
            *kept = Some(Arc::new(next));
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(keeper) = keeper {
            keeper.abort();
        }
    }
}

/// Keeps the token of a session alive, whether it is used or not, for as long as the session and
/// this task's runtime live. Where its lease ends all the same, the next who asks logs in, and
/// another task begins.
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
        if let Err(error) = held.prolong(&token).await {
            if token.lease.has_ended() {
                tracing::warn!(%error, "the lease of the token has ended");
                return;
            }
            pause = Some(token.lease.pause());
            tracing::warn!(%error, "the lease of the token cannot be prolonged yet");
        }
    }
}
