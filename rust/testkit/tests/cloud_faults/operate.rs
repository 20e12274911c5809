//! The operations of the table: what is there before, and what is done.

use std::sync::LazyLock;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use tombolo::Error;
use tombolo::blob::{
    BlobStore, CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, PutCondition,
    PutOptions,
};
use tombolo_testkit::blob::Body;
use tombolo_testkit::faults::table::Step;

/// As small as S3 allows.
pub(crate) const PART: u64 = 5 << 20;
/// How many objects are listed, two by two.
const LISTED: usize = 5;
const READ: usize = 20_000;

/// The keys of a cell.
pub(crate) struct Keys {
    folder: String,
    pub(crate) source: String,
    pub(crate) target: String,
    /// What is not touched by the operation.
    pub(crate) bystander: String,
}

impl Keys {
    pub(crate) fn new(step: Step) -> Self {
        let folder = step.text();
        let key = |name: &str| format!("{folder}/{name}");
        let (source, target, bystander) = (key("source"), key("target"), key("bystander"));
        Self { folder: folder.to_owned(), source, target, bystander }
    }

    fn listed(&self) -> Vec<String> {
        (0..LISTED).map(|number| format!("{}/list/{number}", self.folder)).collect()
    }

    fn many(&self) -> Vec<String> {
        ["one", "target", "two"].map(|name| format!("{}/{name}", self.folder)).into()
    }
}

/// Made once: without optimisation it takes a while.
static LARGE: LazyLock<Bytes> = LazyLock::new(|| pattern(13, PART + 1000));

fn pattern(seed: u64, len: u64) -> Bytes {
    Body::Pattern { seed, skip: 0, len }.bytes().into()
}

/// What the source holds.
pub(crate) fn source() -> Bytes {
    pattern(5, READ as u64)
}

pub(crate) fn bystander() -> Bytes {
    pattern(7, 3000)
}

/// What the target holds before, if it is there.
fn old() -> Bytes {
    pattern(11, 1000)
}

/// What the target is to hold afterwards; nothing after a delete.
pub(crate) fn new(step: Step) -> Option<Bytes> {
    match step {
        Step::Delete | Step::DeleteMany => None,
        Step::Copy | Step::RenameLook | Step::RenameCopy | Step::RenameDelete => Some(source()),
        Step::WriterBegin | Step::WriterPart | Step::WriterFinish => Some(LARGE.clone()),
        _ => Some(pattern(17, 2000)),
    }
}

/// What is there before.
pub(crate) async fn prepare(store: &BlobStore, step: Step, keys: &Keys) -> Result<(), Error> {
    let put = |key: String, bytes: Bytes| async move {
        store.put(&key, bytes, PutOptions::default()).await.map(drop)
    };
    put(keys.bystander.clone(), bystander()).await?;
    match step {
        Step::Put | Step::PutIfMatch | Step::WriterSmall | Step::Delete => {
            put(keys.target.clone(), old()).await
        }
        Step::PutIfAbsent | Step::WriterBegin | Step::WriterPart | Step::WriterFinish => Ok(()),
        Step::DeleteMany => {
            futures_util::future::try_join_all(keys.many().into_iter().map(|key| put(key, old())))
                .await
                .map(drop)
        }
        Step::List => {
            let all = keys.listed().into_iter().map(|key| put(key, old()));
            futures_util::future::try_join_all(all).await.map(drop)
        }
        _ => put(keys.source.clone(), source()).await,
    }
}

/// What an operation has answered.
#[derive(Debug)]
pub(crate) enum Got {
    /// Bytes, and the etag of their object.
    Bytes(Bytes, String),
    /// An etag and a size.
    Meta(String, u64),
    /// Whether the keys are those that are there.
    Listed(bool),
    /// The etag of what was written.
    Written(String),
    Deleted,
}

/// Does it. `etag` is that of the target before.
pub(crate) async fn operate(
    store: &BlobStore,
    step: Step,
    keys: &Keys,
    etag: &str,
) -> Result<Got, Error> {
    let when = |condition| PutOptions { condition, ..PutOptions::default() };
    let put = |condition| async move {
        let body = new(step).unwrap_or_default();
        Ok(Got::Written(store.put(&keys.target, body, when(condition)).await?.etag))
    };
    let rename = || store.rename(&keys.source, &keys.target, CopyOptions::default());
    match step {
        Step::Get => {
            let object = store.get(&keys.source, GetOptions::default()).await?;
            Ok(Got::Bytes(object.bytes, object.meta.etag))
        }
        Step::GetInto => {
            // With room for more than there is, which an answer may announce.
            let buffer = vec![0_u8; READ + 100];
            let filled = store.get_into(&keys.source, buffer, GetOptions::default()).await?;
            let mut bytes = filled.buffer;
            bytes.truncate(filled.size);
            Ok(Got::Bytes(bytes.into(), filled.meta.etag))
        }
        Step::Reader => read(store, &keys.source).await,
        Step::Head => {
            let meta = store.head(&keys.source, HeadOptions::default()).await?;
            Ok(Got::Meta(meta.etag, meta.size))
        }
        Step::List => list(store, keys).await,
        Step::Put => put(PutCondition::None).await,
        Step::PutIfAbsent => put(PutCondition::IfAbsent).await,
        Step::PutIfMatch => put(PutCondition::IfMatch(etag.to_owned())).await,
        Step::WriterSmall => write(store, step, keys, PutOptions::default()).await,
        Step::WriterBegin | Step::WriterPart | Step::WriterFinish => {
            write(store, step, keys, when(PutCondition::IfAbsent)).await
        }
        Step::Delete => {
            store.delete(&keys.target, DeleteOptions::default()).await?;
            Ok(Got::Deleted)
        }
        Step::DeleteMany => {
            for outcome in store.delete_many(keys.many()).await? {
                outcome.result?;
            }
            Ok(Got::Deleted)
        }
        Step::Copy => {
            let options = CopyOptions::default();
            Ok(Got::Written(store.copy(&keys.source, &keys.target, options).await?.etag))
        }
        Step::RenameLook | Step::RenameCopy | Step::RenameDelete => {
            Ok(Got::Written(rename().await?.etag))
        }
    }
}

async fn read(store: &BlobStore, key: &str) -> Result<Got, Error> {
    let reader = store.reader(key, GetOptions::default()).await?;
    let etag = reader.meta.etag.clone();
    let pieces: Vec<Bytes> = reader.chunks.try_collect().await?;
    Ok(Got::Bytes(pieces.concat().into(), etag))
}

async fn list(store: &BlobStore, keys: &Keys) -> Result<Got, Error> {
    let prefix = format!("{}/list/", keys.folder);
    let options = ListOptions { prefix, page_size: 2, ..ListOptions::default() };
    let mut pages = store.list(options)?.into_stream();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page?.objects.into_iter().map(|object| object.key));
    }
    Ok(Got::Listed(found == keys.listed()))
}

/// In pieces that fit no part.
async fn write(
    store: &BlobStore,
    step: Step,
    keys: &Keys,
    options: PutOptions,
) -> Result<Got, Error> {
    let mut writer = store.writer(&keys.target, options).await?;
    let mut rest = new(step).unwrap_or_default();
    while !rest.is_empty() {
        writer.write(rest.split_to(rest.len().min(700_001))).await?;
    }
    Ok(Got::Written(writer.finish().await?.etag))
}
