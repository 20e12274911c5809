//! What holds when many tasks use one store at once, on every embedded store. No test measures
//! time or waits for it; each runs a fixed number of operations and checks what must be true
//! whatever their order.

mod stores;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use libtest_mimic::{Arguments, Failed, Trial};
use tombolo::ErrorKind;
use tombolo::blob::{
    BlobStore, CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, ObjectMeta,
    PutCondition, PutOptions,
};
use tombolo_testkit::blob::Body;

use stores::{Place, STORES, Store};

const TASKS: usize = 8;
const ROUNDS: usize = 50;

type Checked<T = ()> = Result<T, Failed>;

fn main() {
    let arguments = Arguments::from_args();
    let trials = STORES.into_iter().flat_map(|store| {
        [
            trial(store, "no_increment_is_lost", no_increment_is_lost),
            trial(store, "one_creator_wins", one_creator_wins),
            trial(store, "one_deleter_wins", one_deleter_wins),
            trial(store, "reads_see_whole_versions", reads_see_whole_versions),
            trial(store, "a_renamed_object_is_at_one_place", a_renamed_object_is_at_one_place),
            trial(store, "a_rename_is_one_step", a_rename_is_one_step),
            trial(store, "writes_survive_pruning", writes_survive_pruning),
            trial(store, "listings_hold_what_stays", listings_hold_what_stays),
        ]
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn trial<F>(store: Store, name: &str, test: fn(BlobStore) -> F) -> Trial
where
    F: Future<Output = Checked> + Send + 'static,
{
    Trial::test(format!("{}::{name}", store.name), move || {
        let place = Place::new(store)?;
        let store = place.open()?;
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(4).enable_all().build()?.block_on(test(store))
    })
}

/// Runs `task` so many times at once; the first failure of one is the failure of all.
async fn at_once<F, T>(count: usize, task: impl Fn(usize) -> F) -> Checked<Vec<T>>
where
    F: Future<Output = Checked<T>> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|at| tokio::spawn(task(at))).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await??);
    }
    Ok(results)
}

fn body(text: impl ToString) -> Bytes {
    Bytes::from(text.to_string())
}

async fn put(
    store: &BlobStore,
    key: &str,
    body: Bytes,
    condition: PutCondition,
) -> tombolo::Result<()> {
    let options = PutOptions { condition, ..PutOptions::default() };
    store.put(key, body, options).await.map(drop)
}

/// Whether it took place, where a condition that does not hold is an answer too.
fn won(result: tombolo::Result<()>) -> Checked<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::ConditionNotMet => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn no_increment_is_lost(store: BlobStore) -> Checked {
    put(&store, "a/counter", body(0), PutCondition::None).await?;
    at_once(TASKS, |_| {
        let store = store.clone();
        async move {
            for _ in 0..ROUNDS {
                while !increment(&store).await? {}
            }
            Ok(())
        }
    })
    .await?;
    check_eq(count(&store).await?.0, TASKS * ROUNDS)
}

async fn increment(store: &BlobStore) -> Checked<bool> {
    let (value, etag) = count(store).await?;
    won(put(store, "a/counter", body(value + 1), PutCondition::IfMatch(etag)).await)
}

async fn count(store: &BlobStore) -> Checked<(usize, String)> {
    let object = store.get("a/counter", GetOptions::default()).await?;
    Ok((std::str::from_utf8(&object.bytes)?.parse()?, object.meta.etag))
}

async fn one_creator_wins(store: BlobStore) -> Checked {
    for round in 0..ROUNDS {
        let key = format!("round/{round}/lock");
        let winners = at_once(TASKS, |at| {
            let (store, key) = (store.clone(), key.clone());
            async move { won(put(&store, &key, body(at), PutCondition::IfAbsent).await) }
        })
        .await?;
        let winner = winners.iter().position(|won| *won).ok_or("nobody has won")?;
        check_eq(winners.iter().filter(|won| **won).count(), 1)?;
        check_eq(store.get(&key, GetOptions::default()).await?.bytes, body(winner))?;
    }
    Ok(())
}

async fn one_deleter_wins(store: BlobStore) -> Checked {
    for round in 0..ROUNDS {
        let key = format!("round/{round}");
        let etag = store.put(&key, Bytes::new(), PutOptions::default()).await?.etag;
        let winners = at_once(TASKS, |_| {
            let options = DeleteOptions { if_match: Some(etag.clone()) };
            let (store, key) = (store.clone(), key.clone());
            async move { won(store.delete(&key, options).await) }
        })
        .await?;
        check_eq(winners.iter().filter(|won| **won).count(), 1)?;
    }
    Ok(())
}

/// Each version is a pattern of its own, of a size of its own, and its number is in its metadata.
async fn reads_see_whole_versions(store: BlobStore) -> Checked {
    let versions: Arc<Vec<Bytes>> = Arc::new(
        (1..=4u64)
            .map(|seed| Body::Pattern { seed, skip: 0, len: 100_000 * seed }.bytes().into())
            .collect(),
    );
    let mut etags = vec![put_version(&store, &versions, 0).await?];
    let done = at_once(TASKS, |at| {
        let (store, versions) = (store.clone(), Arc::clone(&versions));
        async move {
            let (mut written, mut seen) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                let version = (at + round) % (2 * versions.len());
                if version < versions.len() {
                    written.push(put_version(&store, &versions, version).await?);
                } else if round % 2 == 0 {
                    let object = store.get("a", GetOptions::default()).await?;
                    seen.push(whole(&versions, object.meta, &object.bytes)?);
                } else {
                    let (meta, bytes) = read_in_pieces(&store).await?;
                    seen.push(whole(&versions, meta, &bytes)?);
                }
            }
            Ok((written, seen))
        }
    })
    .await?;
    // Who reads may be faster than who writes learns of the etag, so these are compared at the end.
    let (written, seen): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    etags.extend(written.into_iter().flatten());
    let strange = seen.into_iter().flatten().find(|one| !etags.contains(one));
    check(strange.is_none(), "an etag of another version than the bytes")
}

/// A version's etag and number.
type Tagged = (String, usize);

async fn put_version(store: &BlobStore, versions: &[Bytes], number: usize) -> Checked<Tagged> {
    let body = versions.get(number).ok_or("no such version")?.clone();
    let metadata = [("version".to_owned(), number.to_string())].into();
    let options = PutOptions { metadata, ..PutOptions::default() };
    Ok((store.put("a", body, options).await?.etag, number))
}

/// Which version these bytes are, if all that is told of them is of one version.
fn whole(versions: &[Bytes], meta: ObjectMeta, bytes: &[u8]) -> Checked<Tagged> {
    let number = versions.iter().position(|version| version == bytes).ok_or("a torn read")?;
    check_eq(meta.size, bytes.len() as u64)?;
    check_eq(meta.metadata.get("version"), Some(&number.to_string()))?;
    Ok((meta.etag, number))
}

async fn read_in_pieces(store: &BlobStore) -> Checked<(ObjectMeta, Vec<u8>)> {
    use futures_util::StreamExt;
    let mut reader = store.reader("a", GetOptions::default()).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = reader.chunks.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok((reader.meta, bytes))
}

/// Tasks throw one object to and fro; each throw succeeds for one of them, and the object is never
/// lost nor doubled.
async fn a_renamed_object_is_at_one_place(store: BlobStore) -> Checked {
    put(&store, "x/here", body("ball"), PutCondition::None).await?;
    at_once(TASKS, |at| {
        let store = store.clone();
        let (from, to) = if at % 2 == 0 { ("x/here", "y/there") } else { ("y/there", "x/here") };
        async move {
            for _ in 0..ROUNDS {
                match store.rename(from, to, CopyOptions { if_absent: true }).await {
                    Err(e) if e.code() == tombolo::ErrorCode::NotFound => {}
                    other => drop(won(other.map(drop))?),
                }
            }
            Ok(())
        }
    })
    .await?;
    let page = store.list(ListOptions::default())?.next_page().await?.ok_or("it is lost")?;
    check_eq(page.objects.len(), 1)
}

/// Whoever looks sees the object under the old key or the new one, never under both or neither.
async fn a_rename_is_one_step(store: BlobStore) -> Checked {
    put(&store, "0", body("ball"), PutCondition::None).await?;
    let seen = Arc::new(AtomicUsize::new(0));
    let mover = tokio::spawn({
        let (store, seen) = (store.clone(), Arc::clone(&seen));
        async move {
            for step in 0..ROUNDS {
                let (from, to) = (step.to_string(), (step + 1).to_string());
                store.rename(&from, &to, CopyOptions::default()).await?;
                while seen.load(Ordering::Relaxed) < (step + 1) * TASKS {
                    tokio::task::yield_now().await;
                }
            }
            Checked::Ok(())
        }
    });
    at_once(TASKS, |_| {
        let (store, seen) = (store.clone(), Arc::clone(&seen));
        async move {
            for step in 0..ROUNDS {
                let (from, to) = (step.to_string(), (step + 1).to_string());
                loop {
                    let (there, still) = (found(&store, &to).await, found(&store, &from).await);
                    check(!(there && still), "it is at both places")?;
                    // It stays at the new place until all have seen it there.
                    check(still || found(&store, &to).await, "it is at neither place")?;
                    if there {
                        break;
                    }
                    // A store in memory answers at once: without this the mover would get no thread.
                    tokio::task::yield_now().await;
                }
                seen.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }
    })
    .await?;
    mover.await?
}

async fn found(store: &BlobStore, key: &str) -> bool {
    store.head(key, HeadOptions::default()).await.is_ok()
}

/// Deletes remove folders that become empty while others write into them.
async fn writes_survive_pruning(store: BlobStore) -> Checked {
    at_once(TASKS, |at| {
        let store = store.clone();
        async move {
            let key = format!("d/e/f/{at}");
            for round in 0..ROUNDS {
                if round % 2 == 0 {
                    put(&store, &key, body(round), PutCondition::None).await?;
                } else {
                    let mut writer = store.writer(&key, PutOptions::default()).await?;
                    writer.write(body(round)).await?;
                    writer.finish().await?;
                }
                check_eq(store.get(&key, GetOptions::default()).await?.bytes, body(round))?;
                store.delete(&key, DeleteOptions::default()).await?;
                check(
                    store.head(&key, HeadOptions::default()).await.is_err(),
                    "it is still there",
                )?;
            }
            Ok(())
        }
    })
    .await?;
    put(&store, "d", body("nothing is left in the way"), PutCondition::None).await?;
    Ok(())
}

/// While half of the tasks write and delete, the others list, and find what stays, once, in order.
async fn listings_hold_what_stays(store: BlobStore) -> Checked {
    let stays: Arc<Vec<String>> =
        Arc::new((0..60).map(|at| format!("{}/{at:02}/stays", at % 3)).collect());
    for key in stays.iter() {
        put(&store, key, Bytes::new(), PutCondition::None).await?;
    }
    let mut sorted = stays.to_vec();
    sorted.sort();
    let sorted = Arc::new(sorted);
    at_once(TASKS, |at| {
        let (store, sorted) = (store.clone(), Arc::clone(&sorted));
        async move {
            for round in 0..ROUNDS {
                if at % 2 == 0 {
                    let key = format!("{}/{:02}/goes/{at}", round % 3, round % 60);
                    put(&store, &key, Bytes::new(), PutCondition::None).await?;
                    store.delete(&key, DeleteOptions::default()).await?;
                } else {
                    check_listing(&store, &sorted, 1 + round).await?;
                }
            }
            Ok(())
        }
    })
    .await
    .map(drop)
}

async fn check_listing(store: &BlobStore, stays: &[String], page_size: usize) -> Checked {
    let mut list = store.list(ListOptions { page_size, ..ListOptions::default() })?;
    let mut keys = Vec::new();
    while let Some(page) = list.next_page().await? {
        keys.extend(page.objects.into_iter().map(|object| object.key));
    }
    check(keys.is_sorted_by(|a, b| a < b), "the listing is out of order")?;
    keys.retain(|key| key.ends_with("/stays"));
    check(keys == stays, "the listing lacks an object that stays")
}

fn check(holds: bool, why: &str) -> Checked {
    if holds { Ok(()) } else { Err(why.into()) }
}

fn check_eq<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Checked {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{found:?} in place of {wanted:?}").chars().take(200).collect::<String>().into())
}
