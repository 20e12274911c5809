//! Tombolo's Rust API.

use bytes::Bytes;
use futures_util::TryStreamExt;
use tombolo::blob::{BlobStore, GetOptions, ListOptions, PutOptions};

use crate::Answer;
use crate::body;
use crate::options::{Options, Work};
use crate::work::Worker;

#[derive(Clone)]
pub(crate) struct Alone {
    store: BlobStore,
    work: Work,
    size: usize,
    key: String,
    put_keys: Vec<String>,
    body: Bytes,
}

pub(crate) fn open(options: &Options) -> Answer<Alone> {
    let store = BlobStore::open(&options.place.url)?;
    let (work, size) = (options.work, options.size);
    let body = if matches!(work, Work::Put | Work::Seed) { body::of(size) } else { Bytes::new() };
    let put_keys = (0..options.in_flight).map(body::put_key).collect();
    Ok(Alone { store, work, size, key: body::key(size), put_keys, body })
}

impl Alone {
    async fn list(&self) -> Answer {
        let mut pages = self.store.list(ListOptions {
            prefix: "list/".to_owned(),
            page_size: 5000,
            ..ListOptions::default()
        })?;
        let mut found = 0;
        while let Some(page) = pages.next_page().await? {
            found += page.objects.iter().filter(|object| object.size == 4096).count() as u64;
        }
        body::same(found, body::LISTED)
    }
}

impl Worker for Alone {
    type Memory = Vec<u8>;

    async fn once(&self, at: usize, memory: &mut Self::Memory) -> Answer {
        let all = GetOptions::default();
        match self.work {
            Work::Get => body::check_whole(&self.store.get(&self.key, all).await?.bytes, self.size),
            Work::GetInto => {
                let mut buffer = std::mem::take(memory);
                buffer.resize(self.size, 0);
                let filled = self.store.get_into(&self.key, buffer, all).await?;
                *memory = filled.buffer;
                body::check_whole(memory.get(..filled.size).unwrap_or_default(), self.size)
            }
            Work::GetStream => {
                let mut reader = self.store.reader(&self.key, all).await?;
                let mut read = 0;
                while let Some(piece) = reader.chunks.try_next().await? {
                    body::check(&piece, read)?;
                    read += piece.len();
                }
                body::same(read, self.size)
            }
            Work::Put | Work::Seed => {
                let key = self.put_keys.get(at).filter(|_| self.work == Work::Put);
                let key = key.unwrap_or(&self.key);
                self.store.put(key, self.body.clone(), PutOptions::default()).await?;
                Ok(())
            }
            Work::List => self.list().await,
        }
    }

    async fn check(&self) -> Answer {
        if self.work != Work::Put {
            return Ok(());
        }
        let put = self.store.get(&body::put_key(0), GetOptions::default()).await?;
        body::check_whole(&put.bytes, self.size)
    }
}
