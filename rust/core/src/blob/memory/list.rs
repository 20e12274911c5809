//! The listing of a store in memory.

use std::ops::Bound;
use std::sync::Arc;

use super::backend::Shared;
use super::objects::{Objects, Version};
use crate::Result;
use crate::blob::{ListOptions, ListPage, Lister};

/// A listing whose only state between pages is where the next one begins, so that it holds no lock
/// and no copy of the keys.
pub(super) fn list(shared: Arc<Shared>, options: ListOptions) -> Lister {
    let start = if options.start_after >= options.prefix {
        Bound::Excluded(options.start_after.clone())
    } else {
        Bound::Included(options.prefix.clone())
    };
    let state = Cursor { shared, options, next: Some(start) };
    Lister::new(futures_util::stream::unfold(state, |mut state| async move {
        let page = state.page().transpose()?;
        Some((page, state))
    }))
}

struct Cursor {
    shared: Arc<Shared>,
    options: ListOptions,
    /// Where the next page begins; `None` after the last page or an error.
    next: Option<Bound<String>>,
}

/// What a page is made of. Little, as it is gathered under the store's lock; the page itself, with
/// all its texts, is made after that.
enum Found {
    Object(Arc<Version>),
    /// The text that comes right after all keys that begin with the prefix.
    Prefix(String),
}

impl Found {
    /// Where to go on.
    fn after(&self) -> Bound<&str> {
        match self {
            Self::Object(version) => Bound::Excluded(&version.meta.key),
            Self::Prefix(beyond) => Bound::Included(beyond),
        }
    }

    fn add_to(self, page: &mut ListPage) {
        match self {
            Self::Object(version) => page.objects.push(version.meta.clone()),
            Self::Prefix(mut beyond) => {
                beyond.pop();
                beyond.push('/');
                page.prefixes.push(beyond);
            }
        }
    }
}

impl Cursor {
    fn page(&mut self) -> Result<Option<ListPage>> {
        let Some(start) = self.next.take() else { return Ok(None) };
        let found = self.gather(&*self.shared.lock()?, &start);
        if found.len() == self.options.page_size {
            self.next = found.last().map(|last| last.after().map(str::to_owned));
        }
        let mut page = ListPage::default();
        found.into_iter().for_each(|one| one.add_to(&mut page));
        let is_empty = page.objects.is_empty() && page.prefixes.is_empty();
        Ok((!is_empty).then_some(page))
    }

    /// What there is from `start` on, at most a page of it.
    fn gather(&self, objects: &Objects, start: &Bound<String>) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        while found.len() < self.options.page_size {
            let start = || start.as_ref().map(String::as_str);
            let one = self.step(objects, found.last().map_or_else(start, Found::after));
            match one {
                Some(one) => found.push(one),
                None => break,
            }
        }
        found
    }

    /// The first object or prefix from there on, if there is one.
    fn step(&self, objects: &Objects, from: Bound<&str>) -> Option<Found> {
        let (key, version) = objects.first(from)?;
        let rest = key.strip_prefix(self.options.prefix.as_str())?;
        match self.options.delimiter.and_then(|delimiter| rest.split_once(delimiter)) {
            None => Some(Found::Object(Arc::clone(version))),
            // `0` is the byte after `/`.
            Some((segment, _)) => Some(Found::Prefix(format!("{}{segment}0", self.options.prefix))),
        }
    }
}
