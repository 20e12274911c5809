//! Ranges of one version, fetched ahead of who reads them, several at once.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::try_join;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::checksum::Check;
use super::get::too_much;
use super::protocol::Protocol;
use super::reader::Pieces;
use super::store::Store;
use super::task::Task;
use crate::blob::Key;
use crate::{ErrorCode, Result};

/// The checksum of all bytes of the object, which is asked for meanwhile.
pub(super) type WholeCheck = Task<Option<Check>>;

/// The bytes of a range of one version, in order. At most as many ranges are in memory or under way as
/// the store fetches at once.
pub(super) struct Ahead<P: Protocol> {
    fetch: Fetch<P>,
    /// The first range, as it comes.
    first: Option<Pieces<P>>,
    /// The range that is being handed out.
    ready: VecDeque<Bytes>,
    /// Those after it, in order.
    under_way: VecDeque<Task<VecDeque<Bytes>>>,
    /// What is not asked for yet.
    rest: Range<u64>,
    whole: Option<WholeCheck>,
    check: Option<Check>,
}

/// Which object is read, and how.
struct Fetch<P: Protocol> {
    store: Arc<Store<P>>,
    key: Key,
    etag: String,
    range_size: u64,
    at_once: usize,
}

impl<P: Protocol> Ahead<P> {
    /// The bytes that are in `first` and, of the same version, in `rest`.
    pub(super) fn new(
        store: &Arc<Store<P>>,
        key: &Key,
        etag: String,
        first: Pieces<P>,
        rest: Range<u64>,
        whole: Option<WholeCheck>,
    ) -> Self {
        let range_size = store.transfer.range_size(store.protocol.checked_range());
        let at_once = store.transfer.parallel_ranges;
        let (store, key) = (Arc::clone(store), key.clone());
        let fetch = Fetch { store, key, etag, range_size, at_once };
        let (ready, under_way) = (VecDeque::new(), VecDeque::new());
        Self { fetch, first: Some(first), ready, under_way, rest, whole, check: None }
    }

    /// The next piece, which is not empty, or `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        self.fill()?;
        if let Some(whole) = &mut self.whole {
            self.check = whole.await?;
            self.whole = None;
        }
        let piece = self.next_piece().await?;
        match (&piece, &mut self.check) {
            (Some(piece), Some(check)) => check.update(piece),
            (None, Some(check)) => check.finish(self.fetch.key.as_str())?,
            (_, None) => {}
        }
        Ok(piece)
    }

    async fn next_piece(&mut self) -> Result<Option<Bytes>> {
        if let Some(first) = &mut self.first {
            if let Some(piece) = first.next().await? {
                return Ok(Some(piece));
            }
            self.first = None;
        }
        while self.ready.is_empty() {
            self.fill()?;
            let Some(next) = self.under_way.front_mut() else { return Ok(None) };
            self.ready = next.await?;
            self.under_way.pop_front();
        }
        Ok(self.ready.pop_front())
    }

    /// Begins to fetch as many ranges as there may be beside the one that is being handed out.
    fn fill(&mut self) -> Result<()> {
        let current = usize::from(self.first.is_some() || !self.ready.is_empty());
        while self.under_way.len() + current < self.fetch.at_once {
            let Some(range) = self.fetch.take(&mut self.rest) else { return Ok(()) };
            self.under_way.push_back(Task::begin(self.fetch.pieces(range))?);
        }
        Ok(())
    }

    /// All bytes, each range to its place as it comes. `place` is as long as they are together.
    pub(super) async fn copy_to(self, place: &mut [u8]) -> Result<()> {
        let Self { fetch, first, mut rest, whole, .. } = self;
        let Some(mut first) = first else { return Ok(()) };
        let length = usize::try_from(first.len()).map_err(|_| too_much())?;
        let (to, mut others) = place.split_at_mut_checked(length).ok_or_else(too_much)?;
        let mut copies = Vec::new();
        while let Some(range) = fetch.take(&mut rest) {
            let length = usize::try_from(range.end - range.start).map_err(|_| too_much())?;
            let (to, after) = others.split_at_mut_checked(length).ok_or_else(too_much)?;
            copies.push(fetch.copy(range, to));
            others = after;
        }
        let others = stream::iter(copies).buffer_unordered(fetch.at_once - 1);
        try_join(first.copy_to(to), others.try_collect::<()>()).await?;
        let Some(whole) = whole else { return Ok(()) };
        let Some(mut check) = whole.await? else { return Ok(()) };
        check.update_in_steps(place).await;
        check.finish(fetch.key.as_str())
    }
}

impl<P: Protocol> Fetch<P> {
    /// The next range of what is left.
    fn take(&self, rest: &mut Range<u64>) -> Option<Range<u64>> {
        let start = rest.start;
        rest.start = start.saturating_add(self.range_size).min(rest.end);
        (start < rest.start).then_some(start..rest.start)
    }

    fn begin(&self, range: Range<u64>) -> impl Future<Output = Result<Pieces<P>>> + Send + use<P> {
        let (store, key) = (Arc::clone(&self.store), self.key.clone());
        Pieces::begin(store, key, self.etag.clone(), range)
    }

    async fn copy(&self, range: Range<u64>, to: &mut [u8]) -> Result<()> {
        self.begin(range).await?.copy_to(to).await
    }

    /// The bytes of a range. Those that are not what the service has are fetched once more, as they
    /// may have changed on the way.
    fn pieces(
        &self,
        range: Range<u64>,
    ) -> impl Future<Output = Result<VecDeque<Bytes>>> + Send + use<P> {
        let again = self.store.may_try_again().then(|| self.begin(range.clone()));
        let begin = self.begin(range);
        async move {
            match (all(begin.await?).await, again) {
                (Err(error), Some(again)) if error.code() == ErrorCode::DataLoss => {
                    all(again.await?).await.map_err(|error| error.with_attempts(2))
                }
                (all, _) => all,
            }
        }
    }
}

async fn all<P: Protocol>(mut pieces: Pieces<P>) -> Result<VecDeque<Bytes>> {
    let mut all = VecDeque::new();
    while let Some(piece) = pieces.next().await? {
        all.push_back(piece);
    }
    Ok(all)
}
