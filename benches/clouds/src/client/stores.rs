//! `object_store` by itself: its own interface, its own client.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload};
use rustls::crypto::ring;

use crate::Answer;
use crate::body;
use crate::options::{Options, Work};
use crate::place::Place;
use crate::work::Worker;

#[derive(Clone)]
pub(crate) struct Alone {
    store: Arc<dyn ObjectStore>,
    work: Work,
    size: usize,
    key: Path,
    put_keys: Vec<Path>,
    body: Bytes,
}

pub(crate) fn open(options: &Options) -> Answer<Alone> {
    // Only who comes second finds one, and nobody came before.
    let _ = ring::default_provider().install_default();
    let place = &options.place;
    if options.work == Work::Seed {
        return Err("objects are made by the client `rust`".into());
    }
    let store = if place.is_azure { azure(place)? } else { s3(place)? };
    let (work, size) = (options.work, options.size);
    let body = if work == Work::Put { body::of(size) } else { Bytes::new() };
    let put_keys = (0..options.in_flight).map(|at| body::put_key(at).into()).collect();
    Ok(Alone { store, work, size, key: body::key(size).into(), put_keys, body })
}

fn client() -> ClientOptions {
    ClientOptions::new().with_allow_http(true).with_http1_only()
}

fn s3(place: &Place) -> Answer<Arc<dyn ObjectStore>> {
    let builder = AmazonS3Builder::new()
        .with_client_options(client())
        .with_bucket_name(place.container())
        .with_endpoint(place.get("endpoint")?)
        .with_region(place.get("region")?)
        .with_access_key_id(place.get("access_key")?)
        .with_secret_access_key(place.get("secret_key")?);
    Ok(Arc::new(builder.build()?))
}

fn azure(place: &Place) -> Answer<Arc<dyn ObjectStore>> {
    let builder = MicrosoftAzureBuilder::new()
        .with_client_options(client())
        .with_account(place.names.first().ok_or("no account")?)
        .with_container_name(place.container())
        .with_endpoint(place.get("endpoint")?.to_owned())
        .with_access_key(place.get("account_key")?);
    Ok(Arc::new(builder.build()?))
}

impl Worker for Alone {
    type Memory = Vec<u8>;

    async fn once(&self, at: usize, memory: &mut Self::Memory) -> Answer {
        match self.work {
            Work::Get => {
                let bytes = self.store.get(&self.key).await?.bytes().await?;
                body::check_whole(&bytes, self.size)
            }
            Work::GetInto => {
                memory.clear();
                let mut pieces = self.store.get(&self.key).await?.into_stream();
                while let Some(piece) = pieces.try_next().await? {
                    memory.extend_from_slice(&piece);
                }
                body::check_whole(memory, self.size)
            }
            Work::GetStream => {
                let mut pieces = self.store.get(&self.key).await?.into_stream();
                let mut read = 0;
                while let Some(piece) = pieces.try_next().await? {
                    body::check(&piece, read)?;
                    read += piece.len();
                }
                body::same(read, self.size)
            }
            Work::Put | Work::Seed => {
                let body = PutPayload::from(self.body.clone());
                let key = self.put_keys.get(at).ok_or("no such task")?;
                self.store.put(key, body).await?;
                Ok(())
            }
            Work::List => {
                let mut objects = self.store.list(Some(&"list".into()));
                let mut found = 0;
                while let Some(object) = objects.try_next().await? {
                    found += u64::from(object.size == 4096);
                }
                body::same(found, body::LISTED)
            }
        }
    }

    async fn check(&self) -> Answer {
        if self.work != Work::Put {
            return Ok(());
        }
        let put = self.store.get(&body::put_key(0).into()).await?.bytes().await?;
        body::check_whole(&put, self.size)
    }
}
