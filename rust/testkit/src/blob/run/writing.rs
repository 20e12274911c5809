//! The steps that write.

use futures_util::StreamExt;
use tombolo::blob::PutOptions;

use super::{Checked, Runner, at};
use crate::blob::Body;
use crate::blob::case::{Expect, WriteOptions};

/// How many of a `PutMany` are in flight at once.
const AT_ONCE: usize = 16;

impl Runner<'_> {
    pub(super) async fn put(&mut self, key: &str, body: &Body, how: &WriteOptions) -> Checked {
        let options = self.put_options(how)?;
        let result = self.store.put(key, super::body(body), options).await;
        let put = self.expected(result, &how.expect, "put")?;
        self.save(how.save, put.map(|put| put.etag))
    }

    pub(super) async fn put_many(&self, keys: &[String], body: &Body) -> Checked {
        let body = super::body(body);
        let puts = keys.iter().map(|key| {
            let (store, body) = (self.store.clone(), body.clone());
            async move { store.put(key, body, PutOptions::default()).await }
        });
        let mut puts = futures_util::stream::iter(puts).buffer_unordered(AT_ONCE);
        while let Some(put) = puts.next().await {
            put.map_err(|e| format!("it failed: {e:?}"))?;
        }
        Ok(())
    }

    pub(super) async fn open_writer(
        &mut self,
        slot: u32,
        key: &str,
        how: &WriteOptions,
    ) -> Checked {
        let options = self.put_options(how)?;
        let result = self.store.writer(key, options).await;
        if let Some(writer) = self.expected(result, &how.expect, "writer")? {
            self.writers.insert(slot, writer);
        }
        Ok(())
    }

    pub(super) async fn write(&mut self, slot: u32, body: &Body, expect: &Expect) -> Checked {
        let result = at(&mut self.writers, slot)?.write(super::body(body)).await;
        self.expected(result, expect, "write").map(drop)
    }

    pub(super) async fn finish(
        &mut self,
        slot: u32,
        expect: &Expect,
        save: Option<u32>,
    ) -> Checked {
        let result = at(&mut self.writers, slot)?.finish().await;
        let put = self.expected(result, expect, "finish")?;
        self.save(save, put.map(|put| put.etag))
    }
}
