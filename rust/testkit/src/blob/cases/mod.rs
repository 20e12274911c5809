//! The table, by topic.

mod conditions;
mod delete;
mod into;
mod keys;
mod list;
mod list_pages;
mod metadata;
mod read;
mod refusals;
mod stream;
mod transfer;
mod write;

use super::Case;

/// All cases, in a fixed order.
#[must_use]
pub fn cases() -> Vec<Case> {
    let topics = [
        write::cases(),
        read::cases(),
        into::cases(),
        keys::cases(),
        conditions::cases(),
        metadata::cases(),
        delete::cases(),
        transfer::cases(),
        stream::cases(),
        list::cases(),
        list_pages::cases(),
        refusals::cases(),
    ];
    topics.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::blob::{Capability, Requirement};

    #[test]
    fn names_are_unique_and_plain() {
        let all = cases();
        let names: BTreeSet<_> = all.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(names.iter().all(|name| !name.is_empty() && name.bytes().all(plain)), "{names:?}");
        assert!(all.iter().all(|case| !case.steps.is_empty()));
    }

    /// Atomic renames and cached reads show in concurrency and in the placement only; they are
    /// tested elsewhere.
    #[test]
    fn presence_and_absence_of_each_capability_are_tested() {
        let required: Vec<_> = cases().into_iter().flat_map(|case| case.requires).collect();
        for capability in [
            Capability::PutIfMatch,
            Capability::PutIfAbsent,
            Capability::DeleteIfMatch,
            Capability::CopyIfAbsent,
            Capability::Metadata,
            Capability::ListHasMetadata,
            Capability::Presign,
            Capability::Persistent,
            Capability::KeyBesideFolder,
            Capability::LongSegments,
            Capability::OddKeys,
            Capability::NewEtags,
        ] {
            assert!(required.contains(&Requirement::Present(capability)), "{capability:?}");
            assert!(required.contains(&Requirement::Absent(capability)), "{capability:?}");
        }
    }
}
