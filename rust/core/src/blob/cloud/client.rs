//! Sends requests until they are answered for good: one HTTP client per runtime, trying again, and
//! asking twice.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep_until, timeout};

use super::attempt::{Failure, attempt};
use super::call::{Call, Repeat, Reply};
use super::metrics::Counters;
use super::policy::budget::Budget;
use super::policy::limit::{Limit, UnderWay};
use super::policy::terms::Terms;
use super::protocol::Protocol;
use crate::blob::Policy;
use crate::net::connections::Connections;
use crate::net::options::HttpOptions;
use crate::{Effect, Result};

/// The HTTP clients of a store, and how it uses them.
pub(super) struct Client {
    connections: Connections,
    policy: Policy,
    budget: Budget,
    limit: Limit,
    counters: Arc<Counters>,
}

impl Client {
    /// # Errors
    /// `invalid_argument` for options that no client can be made with.
    pub(super) fn new(
        options: HttpOptions,
        policy: Policy,
        counters: Arc<Counters>,
    ) -> Result<Self> {
        Ok(Self {
            connections: Connections::new(options, Arc::clone(&counters.connections))?,
            budget: Budget::new(policy.retry_reserve, policy.retry_percent),
            limit: Limit::new(policy.max_in_flight, Arc::clone(&counters)),
            policy,
            counters,
        })
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Sends `call` until it is answered for good.
    ///
    /// A request with an effect is not sent again where it may have had it, unless a second one
    /// changes nothing or is recognised. Where any attempt may have had an effect, the error says so.
    /// Dropping the future ends the attempts and closes the connection in use.
    pub(super) async fn send<P: Protocol>(&self, protocol: &P, call: &Call) -> Result<Reply> {
        let terms = Terms::of(&self.policy);
        self.budget.request();
        let (mut attempt, mut in_doubt) = (1, false);
        loop {
            let failure = match self.answer(protocol, call, &terms).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            in_doubt |= failure.error.effect() == Effect::Unknown;
            let conflict = in_doubt && failure.conflict && call.repeat == Repeat::Conditional;
            let again = (failure.again || conflict) && attempt < terms.max_attempts;
            let next = if again { self.next(&terms, attempt, &failure)? } else { None };
            let Some(next) = next else {
                let error = failure.error.with_attempts(attempt);
                return Err(if in_doubt { error.with_effect(Effect::Unknown) } else { error });
            };
            sleep_until(next).await;
            self.counters.retries.add(1);
            attempt += 1;
        }
    }

    /// When to try again, unless that is too late or there are too many who do.
    fn next(&self, terms: &Terms, attempt: u32, failure: &Failure) -> Result<Option<Instant>> {
        let error = &failure.error;
        let next = terms.next(attempt, failure.asked)?.filter(|_| self.may_repeat());
        let (code, status, id) = (error.code().name(), error.service_status(), error.request_id());
        match next {
            Some(_) => {
                tracing::debug!(attempt, code, status, id, "a request failed and is sent again");
            }
            None => {
                tracing::debug!(
                    attempt,
                    code,
                    status,
                    id,
                    "a request failed, and is not sent again"
                );
            }
        }
        Ok(next)
    }

    /// Takes one out of the budget.
    fn may_repeat(&self) -> bool {
        let may = self.budget.take();
        if !may {
            self.counters.retries_denied.add(1);
        }
        may
    }

    /// Sends `call` when it is its turn: once, or twice where it is slow and that does no harm.
    async fn answer<P: Protocol>(
        &self,
        protocol: &P,
        call: &Call,
        terms: &Terms,
    ) -> Result<Reply, Failure> {
        let under_way = self.limit.enter().await;
        match terms.hedge_after {
            Some(after) if call.reads_an_object() => {
                // Boxed, so that those who do not hedge have no room for it in their futures.
                Box::pin(self.hedged(protocol, call, terms, under_way, after)).await
            }
            _ => {
                attempt(protocol, self.connections.client(), call, terms.trace_parent(), under_way)
                    .await
            }
        }
    }

    /// The first answer counts, and the other request is dropped. One that failed is no answer, as long
    /// as another may come.
    async fn hedged<P: Protocol>(
        &self,
        protocol: &P,
        call: &Call,
        terms: &Terms,
        under_way: UnderWay,
        after: Duration,
    ) -> Result<Reply, Failure> {
        let once = |under_way| {
            attempt(protocol, self.connections.client(), call, terms.trace_parent(), under_way)
        };
        let mut first = pin!(once(under_way));
        if let Ok(answer) = timeout(after, first.as_mut()).await {
            return answer;
        }
        // Whoever waits for a turn goes before a request that is only to be quicker.
        let second = self.limit.try_enter().filter(|_| self.may_repeat());
        let Some(second) = second else { return first.await };
        self.counters.hedges.add(1);
        let second = pin!(once(second));
        match select(first, second).await {
            Either::Left((answer, second)) if !decides(&answer) => {
                second.await.inspect(|_| self.counters.hedges_won.add(1))
            }
            Either::Right((answer, first)) if !decides(&answer) => first.await,
            Either::Left((answer, _)) => answer,
            Either::Right((answer, _)) => {
                self.counters.hedges_won.add(1);
                answer
            }
        }
    }
}

/// Whether there is no use in another answer.
fn decides(answer: &Result<Reply, Failure>) -> bool {
    answer.as_ref().map_or_else(|failure| !failure.again, |_| true)
}
