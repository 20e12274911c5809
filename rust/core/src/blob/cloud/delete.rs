//! Deleting objects.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use http::Method;

use super::call::{Call, Repeat};
use super::errors::Refusal;
use super::get::conditions;
use super::own::in_doubt;
use super::protocol::Protocol;
use super::put;
use super::store::Store;
use crate::blob::{DeleteOptions, DeleteOutcome, Key};
use crate::{Effect, Error, ErrorCode, ErrorKind, Result};

/// How many requests of one `delete_many` are under way at once.
const AT_ONCE: usize = 16;
/// How many of those that are of many keys each.
const BATCHES_AT_ONCE: usize = 4;

impl<P: Protocol> Store<P> {
    pub(super) async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<()> {
        let if_match = options.if_match.as_deref();
        let repeat = if if_match.is_none() { Repeat::Idempotent } else { Repeat::Conditional };
        let mut call = Call::write(Method::DELETE, self.url("key", key)?, key.as_str(), repeat);
        conditions(&mut call, if_match, None)?;
        self.protocol.describe_delete(&mut call);
        match self.send(&call).await {
            Err(error) if error.code() == ErrorCode::NotFound => match if_match {
                None => Ok(()),
                // An earlier attempt may have deleted it, or somebody else.
                Some(_) if error.effect() == Effect::Unknown => Err(in_doubt(error)),
                Some(_) => Err(put::not_there(error.service_status())),
            },
            Err(error)
                if error.kind() == ErrorKind::ConditionNotMet
                    && error.effect() == Effect::Unknown =>
            {
                Err(in_doubt(error))
            }
            sent => sent.map(drop),
        }
    }

    /// By requests for many keys each, where the service has them. What such a request leaves open is
    /// asked for key by key.
    pub(super) async fn delete_many(&self, keys: Vec<Key>) -> Vec<DeleteOutcome> {
        let batches = keys.chunks(self.protocol.max_batch().max(1));
        let known: Vec<_> = batches.map(|batch| self.delete_batch(batch)).collect();
        let known: Vec<_> = stream::iter(known).buffered(BATCHES_AT_ONCE).collect().await;
        let outcome = |(known, key): (Option<Result<()>>, Key)| async move {
            let result = match known {
                Some(result) => result,
                None => self.delete(&key, &DeleteOptions::default()).await,
            };
            DeleteOutcome { key: key.into_string(), result }
        };
        let known = known.into_iter().flatten().zip(keys);
        stream::iter(known).map(outcome).buffered(AT_ONCE).collect().await
    }

    /// What became of each key, as far as one request for all of them tells.
    async fn delete_batch(&self, keys: &[Key]) -> Vec<Option<Result<()>>> {
        let full: Vec<_> = keys.iter().map(|key| self.full("keys", key)).collect();
        let good: Vec<_> = full.iter().flatten().map(String::as_str).collect();
        let sent = match self.protocol.delete_batch(&good) {
            Some(call) if good.len() > 1 => self.deleted(&call).await,
            _ => Ok(HashMap::new()),
        };
        let outcome = |(key, full): (&Key, Result<String>)| match (&sent, full) {
            (_, Err(error)) => Some(Err(error)),
            // A service that has no such request may have the single ones.
            (Err(error), _) if is_of_the_request(error) => None,
            (Err(error), _) => Some(Err(error.clone())),
            (Ok(told), Ok(full)) => match told.get(&full)? {
                None => Some(Ok(())),
                Some(refusal) if refusal.is_passing() => None,
                Some(refusal) => Some(refusal.clone().of_delete(key.as_str())),
            },
        };
        keys.iter().zip(full).map(outcome).collect()
    }

    async fn deleted(&self, call: &Call) -> Result<HashMap<String, Option<Refusal>>> {
        self.protocol.deleted(&self.send_whole(call).await?)
    }
}

/// Whether an error is one of the request for many keys, rather than of the service or the keys.
fn is_of_the_request(error: &Error) -> bool {
    use ErrorCode::{Internal, InvalidArgument, NotFound, Unimplemented};
    matches!(error.code(), Unimplemented | InvalidArgument | NotFound | Internal)
}
