//! `delete` and `delete_many`.

use futures_util::{StreamExt, stream};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;

use super::codec::ObjectPath;
use super::locks::Shards;
use super::pool::Cancel;
use super::publish::check_match;
use super::root::Root;
use super::store::{Committed, Store};
use super::sys::Kind;
use super::{Result, SERVICE, errors, tree};
use crate::blob::{DeleteOptions, DeleteOutcome, Key};
use crate::{Effect, ErrorCode};

/// How many keys of one `delete_many` are under way at a time: enough for their syncs to share the
/// journal's commits, few enough to leave room for others in the pool.
const AT_A_TIME: usize = 8;

impl Store {
    pub(super) async fn delete(&self, key: Key, options: DeleteOptions) -> Result<()> {
        let path = ObjectPath::of(&key)?;
        let named = key.clone();
        let commit = move |root: &Root, (), _: &Cancel| {
            if let Some(etag) = &options.if_match {
                check_match(root, &named, &path, etag)?;
            }
            let folder = remove(root, &named, &path)?;
            let emptied = folder.is_some().then_some(path);
            Ok(Committed { value: (), changed: folder.into_iter().collect(), emptied })
        };
        self.write(&self.pool.admit()?, &key, Shards::one(&key), |_, _| Ok(()), commit).await
    }

    pub(super) async fn delete_many(&self, keys: Vec<Key>) -> Result<Vec<DeleteOutcome>> {
        let deletes = keys.into_iter().map(|key| async {
            let name = key.as_str().to_owned();
            let result = self.delete(key, DeleteOptions::default()).await;
            let result = result.map_err(|e| e.with_origin(SERVICE, "delete_many"));
            DeleteOutcome { key: name, result }
        });
        Ok(stream::iter(deletes).buffered(AT_A_TIME).collect().await)
    }
}

/// Removes the object's file. That there is none is fine. Answers with the object's folder, if there
/// is one: also where nothing was removed, since who removed it may not have synced the folder yet.
fn remove(root: &Root, key: &Key, path: &ObjectPath) -> Result<Option<OwnedFd>> {
    let folder = match tree::existing(root, path) {
        Ok(folder) => folder,
        Err(e) => return absent(errors::no_object(e, key)),
    };
    let told = |e| errors::os(e, "deleting it", key);
    // A folder, a link or a special file is no object, and not ours to remove.
    if root.sys.kind(folder.as_fd(), path.name()).map_err(told)? != Kind::File {
        return Ok(Some(folder));
    }
    let unlinked = root.sys.unlink(folder.as_fd(), path.name());
    root.sys.kept.forget(path.as_str());
    match unlinked {
        Ok(()) | Err(Errno::NOENT | Errno::ISDIR) => Ok(Some(folder)),
        Err(e @ Errno::IO) => Err(told(e).with_effect(Effect::Unknown)),
        Err(e) => Err(told(e)),
    }
}

fn absent<T>(why: crate::Error) -> Result<Option<T>> {
    if why.code() == ErrorCode::NotFound { Ok(None) } else { Err(why) }
}
