//! The named stores of this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::MemoryOptions;
use super::backend::{MemoryBackend, Shared};
use crate::{Error, ErrorCode, Result};

/// Weak, so that a store goes with the last who can reach it: a handle, a writer or a listing.
static STORES: Mutex<BTreeMap<String, Weak<Shared>>> = Mutex::new(BTreeMap::new());

/// The store of this name, new if there is none.
pub(super) fn open(name: &str, options: MemoryOptions) -> Result<Arc<dyn super::Backend>> {
    // A panic under this lock cannot leave the map half changed: each change is one call.
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = stores.get(name).and_then(Weak::upgrade) {
        if options.max_bytes.is_some() && options != shared.limits() {
            let message = format!("max_bytes: the store {name:?} is open with another ceiling");
            return Err(Error::new(ErrorCode::FailedPrecondition, message));
        }
        return Ok(Arc::new(MemoryBackend::of(shared)));
    }
    stores.retain(|_, shared| shared.strong_count() > 0);
    let store = MemoryBackend::new(options);
    stores.insert(name.to_owned(), Arc::downgrade(store.shared()));
    Ok(Arc::new(store))
}
