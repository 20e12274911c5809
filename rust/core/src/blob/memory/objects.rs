//! The objects of a store: the map, its ceiling and the conditions.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::MemoryOptions;
use crate::blob::{Key, ObjectMeta, PutCondition, PutOptions, check, etag};
use crate::{Error, ErrorCode, ErrorKind, Result};

/// One version of an object; immutable, so that readers share it.
pub(super) struct Version {
    pub(super) meta: ObjectMeta,
    pub(super) bytes: Bytes,
}

impl Version {
    /// A version written now, with a new etag.
    pub(super) fn new(key: &Key, bytes: Bytes, options: PutOptions) -> Result<Arc<Self>> {
        let meta = ObjectMeta {
            key: key.as_str().to_owned(),
            size: bytes.len() as u64,
            etag: etag::new_etag()?,
            last_modified: SystemTime::now(),
            content_type: options.content_type,
            metadata: options.metadata,
        };
        Ok(Arc::new(Self { meta, bytes }))
    }

    /// The same content under another key.
    pub(super) fn copied_to(&self, key: &Key) -> Result<Arc<Self>> {
        let options = PutOptions {
            condition: PutCondition::None,
            content_type: self.meta.content_type.clone(),
            metadata: self.meta.metadata.clone(),
        };
        Self::new(key, self.bytes.clone(), options)
    }

    /// How much of the ceiling it takes.
    pub(super) fn cost(&self) -> u64 {
        let beside =
            self.meta.key.len() + check::size(&self.meta.content_type, &self.meta.metadata);
        self.meta.size.saturating_add(beside as u64)
    }
}

/// The objects of a store.
///
/// # Invariants
/// `used` is the sum of the costs in `map` and of what writers have reserved.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) map: BTreeMap<String, Arc<Version>>,
    used: u64,
    #[cfg(test)]
    looked_up: std::cell::Cell<usize>,
}

impl Objects {
    /// The first object from `from` on. The only way to the map for a listing, so that a test can
    /// count what a listing costs: each call descends the tree once, O(log N).
    pub(super) fn first(&self, from: Bound<&str>) -> Option<(&String, &Arc<Version>)> {
        #[cfg(test)]
        self.looked_up.set(self.looked_up.get() + 1);
        self.map.range::<str, _>((from, Bound::Unbounded)).next()
    }

    /// The version under `key` now.
    pub(super) fn find(&self, key: &str) -> Result<&Arc<Version>> {
        let absent = || Error::new(ErrorCode::NotFound, format!("there is no object {key:?}"));
        self.map.get(key).ok_or_else(absent)
    }

    /// Puts `version` in place, in exchange for `freed` bytes that are counted already: those of
    /// its writer, or of the object it is renamed from. Answers with the version that it replaces, to
    /// be dropped without the lock: freeing a large body takes long.
    pub(super) fn publish(
        &mut self,
        version: &Arc<Version>,
        condition: &PutCondition,
        freed: u64,
        limits: MemoryOptions,
    ) -> Result<Option<Arc<Version>>> {
        let current = self.map.get(&version.meta.key);
        check_condition(condition, &version.meta.key, current.map(|v| v.meta.etag.as_str()))?;
        let freed = freed.saturating_add(current.map_or(0, |old| old.cost()));
        self.recount(freed, version.cost(), limits)?;
        Ok(self.map.insert(version.meta.key.clone(), Arc::clone(version)))
    }

    /// Takes the object under `key` out, if there is one; to be dropped without the lock.
    #[must_use]
    pub(super) fn remove(&mut self, key: &str) -> Option<Arc<Version>> {
        let old = self.map.remove(key)?;
        self.used = self.used.saturating_sub(old.cost());
        Some(old)
    }

    /// Counts `taken` more bytes in exchange for `freed`, if the ceiling allows it.
    pub(super) fn recount(&mut self, freed: u64, taken: u64, limits: MemoryOptions) -> Result<()> {
        let used = self.used.saturating_sub(freed).saturating_add(taken);
        match limits.max_bytes {
            // What makes the store smaller is always allowed.
            Some(max) if used > max && taken > freed => {
                let message = format!(
                    "{taken} bytes more exceed the ceiling of {max} bytes, {} are in use",
                    self.used
                );
                Err(Error::new(ErrorCode::ResourceExhausted, message))
            }
            _ => {
                self.used = used;
                Ok(())
            }
        }
    }

    /// Gives back what a writer has reserved.
    pub(super) fn release(&mut self, freed: u64) {
        self.used = self.used.saturating_sub(freed);
    }

    #[cfg(test)]
    pub(super) fn looked_up(&self) -> usize {
        self.looked_up.get()
    }

    #[cfg(test)]
    pub(super) fn used(&self) -> u64 {
        self.used
    }
}

/// Whether a write with `condition` may replace the object whose etag is `current`.
pub(super) fn check_condition(
    condition: &PutCondition,
    key: &str,
    current: Option<&str>,
) -> Result<()> {
    let why = match (condition, current) {
        (PutCondition::None, _) | (PutCondition::IfAbsent, None) => return Ok(()),
        (PutCondition::IfMatch(wanted), Some(etag)) if wanted == etag => return Ok(()),
        (PutCondition::IfAbsent, Some(_)) => format!("the object {key:?} exists"),
        (PutCondition::IfMatch(_), None) => format!("there is no object {key:?}"),
        (PutCondition::IfMatch(_), Some(_)) => format!("the object {key:?} has another etag"),
    };
    Err(Error::new(ErrorCode::FailedPrecondition, why).with_kind(ErrorKind::ConditionNotMet))
}

/// Whether a read with these conditions may see the version whose metadata is `meta`.
#[inline]
pub(super) fn check_read(
    meta: &ObjectMeta,
    if_match: Option<&str>,
    if_none_match: Option<&str>,
) -> Result<()> {
    let (why, kind) = match (if_match, if_none_match) {
        (Some(wanted), _) if wanted != meta.etag => {
            ("has another etag", ErrorKind::ConditionNotMet)
        }
        (_, Some(known)) if known == meta.etag => ("is unchanged", ErrorKind::NotModified),
        _ => return Ok(()),
    };
    let message = format!("the object {:?} {why}", meta.key);
    Err(Error::new(ErrorCode::FailedPrecondition, message).with_kind(kind))
}
