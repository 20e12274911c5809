//! How connections are used, counted at the other end.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use tombolo::blob::{
    BlobStore, CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, PutCondition,
    PutOptions,
};
use tombolo::{Error, ErrorCode, ErrorKind};
use tombolo_testkit::faults::{Answered, Fault, Proxy, Rule, Seen};
use tombolo_testkit::servers::{Certificate, Kind, Server};

use super::{Checked, block_on, way};

const SOON: Duration = Duration::from_secs(20);

struct Stage {
    proxy: Proxy,
    store: BlobStore,
}

fn stage(server: &Server, rules: Vec<Rule>) -> Checked<Stage> {
    let place = server.new_place()?;
    let proxy = Proxy::start(server.port(), rules)?;
    let store = BlobStore::open(&server.through(&place, proxy.port()))?;
    Ok(Stage { proxy, store })
}

impl Stage {
    /// Says how many connections there were, unless it is right.
    fn has_used(&self, connections: usize, requests: usize) -> Checked {
        let seen = self.proxy.seen();
        let used = (seen.connections.len(), seen.requests.len());
        if used.0 == connections && used.1 >= requests {
            return Ok(());
        }
        let why =
            format!("{used:?} connections and requests in place of {connections}, {requests}");
        Err(why.into())
    }

    async fn put(&self, key: &str, condition: PutCondition) -> Result<(), Error> {
        let options = PutOptions { condition, ..PutOptions::default() };
        self.store.put(key, Bytes::from(vec![3; 4096]), options).await.map(drop)
    }

    async fn get(&self, key: &str) -> Result<(), Error> {
        self.store.get(key, GetOptions::default()).await.map(drop)
    }

    /// One of each operation.
    async fn round(&self) -> Result<(), Error> {
        self.put("a", PutCondition::None).await?;
        self.get("a").await?;
        self.store.head("a", HeadOptions::default()).await?;
        self.store.copy("a", "b", CopyOptions::default()).await?;
        self.store.list(ListOptions::default())?.into_stream().try_collect::<Vec<_>>().await?;
        let reader = self.store.reader("a", GetOptions::default()).await?;
        reader.chunks.try_collect::<Vec<_>>().await?;
        self.store.delete("b", DeleteOptions::default()).await
    }
}

/// However many operations follow one another, each worker has one connection.
pub(crate) fn are_kept(server: &Server, _: Kind) -> Checked {
    let stage = stage(server, Vec::new())?;
    for worker in 1..=2 {
        block_on(async {
            for _ in 0..10 {
                stage.round().await?;
            }
            stage.has_used(worker, worker * 70)
        })?;
    }
    Ok(())
}

/// As many as are in use at once, and no more afterwards.
pub(crate) fn are_shared(server: &Server, _: Kind) -> Checked {
    const AT_ONCE: usize = 8;
    let stage = stage(server, Vec::new())?;
    block_on(async {
        stage.put("a", PutCondition::None).await?;
        for _ in 0..5 {
            try_join_all((0..AT_ONCE).map(|_| stage.get("a"))).await?;
        }
        let seen = stage.proxy.seen();
        if (2..=AT_ONCE).contains(&seen.connections.len()) {
            return Ok(());
        }
        Err(format!("{} connections for {AT_ONCE} at once", seen.connections.len()).into())
    })
}

/// An error's answer is read to its end, and the connection is as good as before.
pub(crate) fn survive_errors(server: &Server, kind: Kind) -> Checked {
    let code = if kind == Kind::Azurite { "ServerBusy" } else { "SlowDown" };
    let busy = Answered { status: 503, code, retry_after: Some(0) };
    let stage = stage(server, vec![Rule::first("DELETE", Fault::Answer(busy))])?;
    block_on(async {
        for _ in 0..5 {
            let missing = stage.get("missing").await.map_err(|error| error.code());
            let head = stage.store.head("missing", HeadOptions::default()).await;
            stage.put("a", PutCondition::None).await?;
            let again = stage.put("a", PutCondition::IfAbsent).await.map_err(|error| error.kind());
            stage.store.delete("a", DeleteOptions::default()).await?;
            let expected = missing == Err(ErrorCode::NotFound)
                && head.is_err()
                && again == Err(ErrorKind::ConditionNotMet);
            if !expected {
                return Err(format!("{missing:?}, {head:?}, {again:?}").into());
            }
        }
        stage.has_used(1, 26)
    })
}

/// With TLS it is the same, as long as the certificate fits.
pub(crate) fn are_kept_over_tls(server: &Server, _: Kind) -> Checked {
    let place = server.new_place()?;
    let way = way::tls(server, &place, Certificate::new()?, true)?;
    let store = BlobStore::open(&way.url)?;
    let stage = Stage { proxy: way.proxy.ok_or("a way without a proxy")?, store };
    block_on(async {
        for _ in 0..3 {
            stage.round().await?;
        }
        stage.has_used(1, 21)
    })
}

/// What was not read to its end cannot be used again.
pub(crate) fn go_with_a_dropped_read(server: &Server, _: Kind) -> Checked {
    let stage = stage(server, Vec::new())?;
    block_on(async {
        let body = Bytes::from(vec![3; 8 << 20]);
        stage.store.put("large", body, PutOptions::default()).await?;
        let mut reader = stage.store.reader("large", GetOptions::default()).await?;
        reader.chunks.try_next().await?;
        drop(reader);
        stage.round().await?;
        stage.has_used(2, 9)
    })
}

/// A service closes connections that were idle for long. Whoever comes next does not pay for it, and
/// nothing is sent twice: a write neither.
pub(crate) fn may_be_closed_while_idle(server: &Server, _: Kind) -> Checked {
    // Whether the client's thread has been at work in between, and could see it.
    for asleep in [true, false] {
        let stage = stage(server, vec![Rule::each("HEAD", Fault::CloseAfter)])?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        for operation in 0..6 {
            runtime.block_on(async {
                stage.put("a", PutCondition::None).await?;
                stage.store.head("a", HeadOptions::default()).await
            })?;
            let closed = |seen: &Seen| seen.connections.iter().all(|one| one.closed_by_proxy);
            let began = Instant::now();
            while asleep && !closed(&stage.proxy.seen()) && began.elapsed() < SOON {
                std::thread::sleep(Duration::from_millis(1));
            }
            if !runtime.block_on(stage.proxy.wait_until(SOON, closed)) {
                return Err("the proxy has not closed its connections".into());
            }
            let before = stage.proxy.seen().requests.len();
            runtime.block_on(async {
                match operation {
                    0 => stage.get("a").await,
                    1 => stage.put("b", PutCondition::None).await,
                    2 => stage.put("c", PutCondition::IfAbsent).await,
                    3 => stage.store.copy("a", "d", CopyOptions::default()).await.map(drop),
                    4 => stage.store.delete("b", DeleteOptions::default()).await,
                    _ => {
                        let mut writer = stage.store.writer("e", PutOptions::default()).await?;
                        writer.write(Bytes::from(vec![3; 4096])).await?;
                        writer.finish().await.map(drop)
                    }
                }
            })?;
            let requests = stage.proxy.seen().requests.len() - before;
            if requests != 1 {
                return Err(format!("operation {operation}: {requests} requests").into());
            }
        }
        // One for what goes before each, which is closed, and one for each: that is the next one's.
        stage.has_used(7, 18)?;
    }
    Ok(())
}
