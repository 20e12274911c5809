//! The parts of an object on their way, several at once.

use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{Either, select};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::protocol::{Body, Part, Protocol, Upload, Whole};
use super::store::Store;
use super::task::{ended, here};
use crate::blob::{PutOptions, PutResult};
use crate::{Call, Error, Result};

/// An upload that was begun. When the last that holds it goes, and it was not finished, the service is
/// told to forget it: after the last part under way has ended, as one that comes later would stay.
struct Begun<P: Protocol> {
    store: Arc<Store<P>>,
    key: String,
    upload: Upload,
    /// Where the service is told: the last to go may be outside of every runtime.
    runtime: Handle,
    finished: AtomicBool,
}

impl<P: Protocol> Drop for Begun<P> {
    /// Nobody waits for the answer: where it fails, the service's own rule for uploads that were given
    /// up removes them.
    fn drop(&mut self) {
        if self.finished.load(Ordering::Relaxed) {
            return;
        }
        if let Some(call) = self.store.protocol.abort_upload(&self.key, &self.upload) {
            let store = Arc::clone(&self.store);
            self.runtime.spawn(async move { store.send(&call).await.map(drop) });
        }
    }
}

/// The first part that has failed, for which the others end.
type Failed = Arc<watch::Sender<Option<Error>>>;

/// An upload, and its parts under way. Dropping it ends them all.
pub(super) struct Parts<P: Protocol> {
    begun: Arc<Begun<P>>,
    under_way: JoinSet<Option<(usize, Part)>>,
    /// In the order of their bytes; `None` for those under way.
    sent: Vec<Option<Part>>,
    failed: Failed,
    /// How many bytes they have together.
    length: u64,
}

impl<P: Protocol> Parts<P> {
    /// Has the service begin an upload. One that it begins while this is dropped is given up as well.
    pub(super) async fn begin(
        store: &Arc<Store<P>>,
        key: String,
        options: &PutOptions,
    ) -> Result<Self> {
        let (store, options, runtime) = (Arc::clone(store), options.clone(), here()?);
        let begin = async move {
            let upload = P::begin_upload(&store, &key, &options).await?;
            let runtime = here()?;
            Ok(Begun { store, key, upload, runtime, finished: AtomicBool::new(false) })
        };
        let begun: Result<_> = runtime.spawn(of_this_call(begin)).await.map_err(ended)?;
        Ok(Self {
            begun: Arc::new(begun?),
            under_way: JoinSet::new(),
            sent: Vec::new(),
            length: 0,
            failed: Arc::new(watch::Sender::new(None)),
        })
    }

    /// How many parts there are so far.
    pub(super) fn count(&self) -> usize {
        self.sent.len()
    }

    /// Sends the next part, once fewer than `at_once` are under way.
    ///
    /// # Errors
    /// Of any part; there is nothing more to be done then but to drop this.
    pub(super) async fn add(&mut self, mut body: Body, at_once: usize) -> Result<()> {
        self.look()?;
        while self.under_way.len() >= at_once {
            self.next().await?;
        }
        body.start = self.length;
        self.length += body.length();
        let (begun, failed) = (Arc::clone(&self.begun), Arc::clone(&self.failed));
        let send = send(begun, self.sent.len(), body, failed);
        self.under_way.spawn_on(of_this_call(send), &here()?);
        self.sent.push(None);
        Ok(())
    }

    /// Takes what has come of parts meanwhile, without waiting.
    ///
    /// # Errors
    /// As [`Parts::add`].
    pub(super) fn look(&mut self) -> Result<()> {
        while let Some(ended) = self.under_way.try_join_next() {
            self.take(ended)?;
        }
        self.failed.borrow().clone().map_or(Ok(()), Err)
    }

    /// Waits for any part under way.
    async fn next(&mut self) -> Result<()> {
        match self.under_way.join_next().await {
            Some(ended) => self.take(ended),
            None => Ok(()),
        }
    }

    fn take(
        &mut self,
        part: std::result::Result<Option<(usize, Part)>, tokio::task::JoinError>,
    ) -> Result<()> {
        match part.map_err(ended)? {
            Some((number, part)) => {
                if let Some(sent) = self.sent.get_mut(number) {
                    *sent = Some(part);
                }
                Ok(())
            }
            None => self.failed.borrow().clone().map_or(Ok(()), Err),
        }
    }

    /// Waits for all parts, and makes the object of them. What has become of them then, is to be told
    /// by [`Parts::are_an_object`].
    pub(super) async fn finish(
        &mut self,
        md5: Option<String>,
        options: &PutOptions,
    ) -> Result<PutResult> {
        while !self.under_way.is_empty() {
            self.next().await?;
        }
        let Some(parts) = mem::take(&mut self.sent).into_iter().collect() else {
            return Err(super::headers::broken("a part that has not come to an end"));
        };
        let (begun, whole) = (&self.begun, Whole { parts, md5 });
        P::finish_upload(&begun.store, &begun.key, &begun.upload, &whole, options).await
    }

    /// The service need not forget them.
    pub(super) fn are_an_object(&self) {
        self.begun.finished.store(true, Ordering::Relaxed);
    }
}

/// Work that goes on for the call which began it, but beyond its deadline: a piece is written when it is
/// taken, and its part is waited for by a later call.
fn of_this_call<T>(work: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    Call::current().without_deadline().run(work.in_current_span())
}

/// Sends a part; `None` if this or another has failed.
async fn send<P: Protocol>(
    begun: Arc<Begun<P>>,
    number: usize,
    body: Body,
    failed: Failed,
) -> Option<(usize, Part)> {
    let crc = body.crc;
    let mut others = failed.subscribe();
    let sent = P::upload_part(&begun.store, &begun.key, &begun.upload, number, body);
    match select(pin!(sent), pin!(others.wait_for(Option::is_some))).await {
        Either::Left((Ok(name), _)) => Some((number, Part { name, crc })),
        Either::Left((Err(error), _)) => {
            failed.send_if_modified(|first| {
                let is_first = first.is_none();
                first.get_or_insert(error);
                is_first
            });
            None
        }
        Either::Right(_) => None,
    }
}
