//! Runs a row of the table: each of its cells at the same time, with a proxy and a store of its own.

use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use tombolo::ErrorCode;
use tombolo::blob::{BlobStore, GetOptions, HeadOptions};
use tombolo_testkit::faults::table::{Cell, Outcome};
use tombolo_testkit::faults::{Proxy, Seen};
use tombolo_testkit::servers::{Kind, Server};

use super::Checked;
use super::judge::{End, Evidence, State, judge};
use super::operate::{self, Keys, operate, prepare};
use super::way::{Way, rules};

/// So long after the fault an operation meets its deadline, where it is to.
const DEADLINE: Duration = Duration::from_millis(500);
/// Reaching it is a hang.
const NEVER: Duration = Duration::from_secs(60);

pub(crate) fn row(server: &Server, kind: Kind, cells: &[Cell]) -> Checked {
    let place = server.new_place()?;
    super::block_on(async {
        let direct = BlobStore::open(&place)?;
        let ready = cells.iter().map(|cell| Ready::new(server, kind, &place, &direct, *cell));
        let ready = try_join_all(ready).await?;
        // From here on all of them wait for the network and little else.
        let done = join_all(ready.into_iter().map(|ready| async {
            let step = ready.cell.step.text();
            let done = ready.run(&direct).await;
            done.err().map(|why| format!("{step}: {}", why.message().unwrap_or_default()))
        }));
        let failed: Vec<_> = done.await.into_iter().flatten().collect();
        if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
    })
}

/// A cell that is about to run.
struct Ready {
    cell: Cell,
    keys: Keys,
    way: Way,
    store: BlobStore,
    before: State,
    source_etag: String,
}

impl Ready {
    async fn new(
        server: &Server,
        kind: Kind,
        place: &str,
        direct: &BlobStore,
        cell: Cell,
    ) -> Checked<Self> {
        let keys = Keys::new(cell.step);
        prepare(direct, cell.step, &keys).await?;
        let before = state(direct, &keys.target).await?;
        let source = state(direct, &keys.source).await?;
        let source_etag = source.map(|(_, etag)| etag).unwrap_or_default();
        let way = Way::new(server, place, &cell)?;
        // Azurite has no checksums, which a store learns from a write that is sent twice.
        let more = if kind == Kind::Azurite { "&checksums=false" } else { "" };
        let store = BlobStore::open(&format!("{}{more}", way.url))?;
        if let Some(proxy) = way.proxy.as_ref().filter(|_| !cell.name.is_of_the_way()) {
            // The client is made now, which takes a while, and the fault meets one at work.
            works(&store, &keys).await?;
            proxy.set_rules(rules(kind, &cell));
        }
        Ok(Self { cell, keys, way, store, before, source_etag })
    }

    async fn run(self, direct: &BlobStore) -> Checked {
        let Self { cell, keys, way, store, before, source_etag } = self;
        let etag = before.as_ref().map(|(_, etag)| etag.as_str()).unwrap_or_default();
        let end = within(&cell, &way, operate(&store, cell.step, &keys, etag)).await;
        let seen = way.proxy.as_ref().map(Proxy::seen).unwrap_or_default();
        faulted(&cell, &seen)?;
        let after = state(direct, &keys.target).await?;
        let source_is_there = state(direct, &keys.source).await?.is_some();
        let sent_again = seen.sent_again();
        let evidence = Evidence { end, sent_again, source_etag, before, after, source_is_there };
        judge(&cell, &evidence)?;
        if !cell.name.is_of_the_way() {
            works(&store, &keys).await?;
        }
        Ok(())
    }
}

async fn within(
    cell: &Cell,
    way: &Way,
    operation: impl Future<Output = Result<operate::Got, tombolo::Error>>,
) -> End {
    let deadline = async {
        match way.proxy.as_ref().filter(|_| cell.outcome == Outcome::Deadline) {
            Some(proxy) => {
                proxy.wait_until(NEVER, |seen| seen.faults() > 0).await;
                let due = Instant::now() + DEADLINE;
                tokio::time::sleep_until(due.into()).await;
                due
            }
            None => {
                let due = Instant::now() + NEVER;
                tokio::time::sleep_until(due.into()).await;
                due
            }
        }
    };
    let mut operation = Box::pin(operation);
    tokio::select! {
        result = &mut operation => End::Answered(result),
        due = deadline => {
            drop(operation);
            End::Deadline(due.elapsed())
        }
    }
}

/// A cell whose fault never came about has shown nothing.
fn faulted(cell: &Cell, seen: &Seen) -> Checked {
    match (cell.name.is_of_the_way(), seen.faults()) {
        (true, 0) if seen.requests.is_empty() => Ok(()),
        (false, 1..) => Ok(()),
        (_, faults) => Err(format!("{faults} faults came about: {:?}", seen.requests).into()),
    }
}

/// The store works after the fault, and no answer is taken for another's.
async fn works(store: &BlobStore, keys: &Keys) -> Checked {
    let object = store.get(&keys.bystander, GetOptions::default()).await?;
    if object.bytes != operate::bystander() {
        return Err("another object's bytes came next".into());
    }
    store.head(&keys.bystander, HeadOptions::default()).await?;
    Ok(())
}

/// What is there, looked at past the proxy.
async fn state(direct: &BlobStore, key: &str) -> Checked<State> {
    match direct.get(key, GetOptions::default()).await {
        Ok(object) => Ok(Some((object.bytes, object.meta.etag))),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
