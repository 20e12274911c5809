//! Who drops an operation ends its I/O: the other end sees the connection close.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::TryStreamExt;
use tombolo::blob::{BlobStore, GetOptions, PutOptions};
use tombolo_testkit::faults::{Fault, Proxy, Rule, Seen};
use tombolo_testkit::servers::{Kind, Server};

use super::operate::PART;
use super::{Checked, block_on};

/// More than a loaded machine needs; a connection that is left open stays so.
const SOON: Duration = Duration::from_secs(20);
/// A service that takes about 50 MB/s, so that a large body is under way for a while.
const SLOW: Fault = Fault::SlowRequest(256 << 10, Duration::from_millis(5));
const LARGE: usize = 64 << 20;

static LATEST: AtomicU64 = AtomicU64::new(0);

/// How long the longest took.
pub(crate) fn tell() {
    let latest = LATEST.load(Ordering::Relaxed);
    println!("the longest from a drop to the close that the other end sees: {latest} us");
}

/// A store by way of a proxy, with an object of a megabyte.
struct Stage {
    proxy: Proxy,
    store: BlobStore,
}

impl Stage {
    async fn new(server: &Server, method: &'static str, fault: Fault) -> Checked<Self> {
        let place = format!("{}&part_size={PART}", server.new_place()?);
        let direct = BlobStore::open(&place)?;
        direct.put("a", Bytes::from(vec![7; 1 << 20]), PutOptions::default()).await?;
        let proxy = Proxy::start(server.port(), vec![Rule::first(method, fault)])?;
        let store = BlobStore::open(&server.through(&place, proxy.port()))?;
        Ok(Self { proxy, store })
    }

    async fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Checked {
        if self.proxy.wait_until(SOON, wanted).await {
            return Ok(());
        }
        Err(format!("it was never seen: {what}; {:?}", self.proxy.seen()).into())
    }

    /// Drops `operation` and waits for the close. Before that, nothing was closed.
    async fn dropped<T>(&self, operation: T) -> Checked {
        if self.proxy.seen().last_close().is_some() {
            return Err("the connection was closed before".into());
        }
        let began = Instant::now();
        drop(operation);
        self.until("the close", |seen| seen.last_close().is_some()).await?;
        let closed = self.proxy.seen().last_close().unwrap_or(began);
        let took = closed.saturating_duration_since(began);
        LATEST.fetch_max(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(())
    }

    /// Drops `operation` a while after its request was seen.
    async fn dropped_on_the_way<T>(&self, operation: impl Future<Output = T>) -> Checked {
        let mut operation = Box::pin(operation);
        tokio::select! {
            _ = &mut operation => return Err("it came to an end".into()),
            seen = self.until("the request", |seen| seen.faults() > 0) => seen?,
        }
        let while_ = tokio::time::timeout(Duration::from_millis(100), &mut operation).await;
        if while_.is_ok() {
            return Err("it came to an end".into());
        }
        self.dropped(operation).await
    }
}

/// Operations that are dropped before their answer, or within it.
pub(crate) fn reads(server: &Server, _: Kind) -> Checked {
    block_on(async {
        for fault in [Fault::Stall, Fault::StallAfter, Fault::StallBody(300_000)] {
            let stage = Stage::new(server, "GET", fault).await?;
            stage.dropped_on_the_way(stage.store.get("a", GetOptions::default())).await?;
            // It is as good as before.
            stage.store.get("a", GetOptions::default()).await?;
        }
        Ok(())
    })
}

pub(crate) fn readers(server: &Server, _: Kind) -> Checked {
    block_on(async {
        let stage = Stage::new(server, "GET", Fault::StallBody(300_000)).await?;
        let mut reader = stage.store.reader("a", GetOptions::default()).await?;
        if reader.chunks.try_next().await?.is_none() {
            return Err("nothing came".into());
        }
        stage.dropped(reader).await
    })
}

/// The rest of a body is not sent, and the object never comes to be.
pub(crate) fn puts(server: &Server, _: Kind) -> Checked {
    block_on(async {
        let stage = Stage::new(server, "PUT", SLOW).await?;
        let put = stage.store.put("b", Bytes::from(vec![1; LARGE]), PutOptions::default());
        stage.dropped_on_the_way(put).await?;
        let forwarded = stage.proxy.seen().requests.first().is_some_and(|put| put.forwarded);
        let there = stage.store.get("b", GetOptions::default()).await.is_ok();
        if forwarded || there { Err("the whole body was sent".into()) } else { Ok(()) }
    })
}

/// A writer in the middle of a part.
pub(crate) fn writers(server: &Server, _: Kind) -> Checked {
    block_on(async {
        let stage = Stage::new(server, "PUT", SLOW).await?;
        let write = async {
            let mut writer = stage.store.writer("b", PutOptions::default()).await?;
            writer.write(Bytes::from(vec![1; LARGE])).await
        };
        stage.dropped_on_the_way(write).await?;
        let there = stage.store.get("b", GetOptions::default()).await.is_ok();
        if there { Err("half an object is there".into()) } else { Ok(()) }
    })
}
