//! `put`: an object written whole.

use bytes::Bytes;

use super::codec::ObjectPath;
use super::locks::Shards;
use super::object::written;
use super::pool::{Cancel, STEP};
use super::publish::{committed, create_temp, publish, seal};
use super::root::Root;
use super::session::Temp;
use super::store::Store;
use super::{Result, errors};
use crate::blob::{Key, PutOptions, PutResult};

impl Store {
    pub(super) async fn put(
        &self,
        key: Key,
        body: Bytes,
        mut options: PutOptions,
    ) -> Result<PutResult> {
        let path = ObjectPath::of(&key)?;
        let condition = std::mem::take(&mut options.condition);
        let (named, shards) = (key.clone(), Shards::one(&key));
        let prepare = move |root: &Root, cancel: &Cancel| {
            let temp = create_temp(root, &named)?;
            append(root, &named, &temp, 0, &body, cancel)?;
            let file = temp.fd().map_err(|e| errors::os(e, "sealing it", &named))?;
            let etag = seal(root, &named, file, options)?;
            Ok((temp, etag))
        };
        let named = key.clone();
        let commit = move |root: &Root, (temp, etag), _: &Cancel| {
            let changed = publish(root, &named, &path, temp, &condition)?;
            Ok(committed(written(&etag), changed))
        };
        self.write(&self.pool.admit()?, &key, shards, prepare, commit).await
    }
}

/// Writes `bytes` at `offset` in steps of at most 1 MiB.
pub(super) fn append(
    root: &Root,
    key: &Key,
    temp: &Temp,
    mut offset: u64,
    bytes: &[u8],
    cancel: &Cancel,
) -> Result<()> {
    let told = |e| errors::os(e, "writing its temporary file", key);
    for step in bytes.chunks(STEP) {
        cancel.check()?;
        root.sys.write(temp.fd().map_err(told)?, step, offset).map_err(told)?;
        offset += step.len() as u64;
    }
    Ok(())
}
