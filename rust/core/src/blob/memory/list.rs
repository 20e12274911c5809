//! The listing of a store in memory.

use std::ops::Bound;
use std::sync::Arc;

use super::backend::Shared;
use super::objects::Objects;
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

impl Cursor {
    fn page(&mut self) -> Result<Option<ListPage>> {
        let Some(mut next) = self.next.take() else { return Ok(None) };
        let mut page = ListPage::default();
        let shared = Arc::clone(&self.shared);
        let objects = shared.lock()?;
        while page.objects.len() + page.prefixes.len() < self.options.page_size {
            let Some(after) = self.step(&objects, next, &mut page) else {
                return Ok((!is_empty(&page)).then_some(page));
            };
            next = after;
        }
        self.next = Some(next);
        Ok(Some(page))
    }

    /// Adds one object or prefix, and answers where to go on; `None` if there is nothing more.
    fn step(
        &self,
        objects: &Objects,
        from: Bound<String>,
        page: &mut ListPage,
    ) -> Option<Bound<String>> {
        let (key, version) = objects.first(from)?;
        let rest = key.strip_prefix(self.options.prefix.as_str())?;
        match self.options.delimiter.and_then(|delimiter| rest.split_once(delimiter)) {
            None => {
                page.objects.push(version.meta.clone());
                Some(Bound::Excluded(key.clone()))
            }
            Some((segment, _)) => {
                let stem = format!("{}{segment}", self.options.prefix);
                page.prefixes.push(format!("{stem}/"));
                // `0` is the byte after `/`: the first key beyond all that begin with the prefix.
                Some(Bound::Included(stem + "0"))
            }
        }
    }
}

fn is_empty(page: &ListPage) -> bool {
    page.objects.is_empty() && page.prefixes.is_empty()
}
