//! `list`: the pages of a walk.

use std::sync::Arc;

use futures_util::stream;

use super::pool::Cancel;
use super::store::Store;
use super::walk::{Found, Walk};
use super::{Result, SERVICE};
use crate::blob::{ListOptions, ListPage, Lister};

/// Between two pages.
enum Next {
    Begin(ListOptions),
    Go(Walk, usize),
}

impl Store {
    pub(super) fn list(self: &Arc<Self>, options: ListOptions) -> Lister {
        let start = Some((self.clone(), Next::Begin(options)));
        Lister::new(stream::unfold(start, |state| async {
            let (store, next) = state?;
            match store.page(next).await {
                Ok((page, _)) if page.objects.is_empty() && page.prefixes.is_empty() => None,
                Ok((page, next)) => Some((Ok(page), next.map(|next| (store, next)))),
                Err(e) => Some((Err(e.with_origin(SERVICE, "list")), None)),
            }
        }))
    }

    /// One page on the pool. The walk goes there and comes back.
    async fn page(&self, next: Next) -> Result<(ListPage, Option<Next>)> {
        let ticket = match next {
            Next::Begin(_) => self.pool.admit()?,
            Next::Go(..) => self.pool.readmit().await?,
        };
        let root = self.root.clone();
        let work = move |cancel: &Cancel| {
            let (mut walk, size) = match next {
                Next::Begin(options) => {
                    let size = options.page_size.max(1);
                    (Walk::begin(root, options)?, size)
                }
                Next::Go(walk, size) => (walk, size),
            };
            let (page, more) = fill(&mut walk, size, cancel)?;
            walk.rest();
            Ok((page, more.then_some(Next::Go(walk, size))))
        };
        self.pool.run(&ticket, work).await
    }
}

/// Fills a page; tells whether there may be another.
fn fill(walk: &mut Walk, size: usize, cancel: &Cancel) -> Result<(ListPage, bool)> {
    let mut page = ListPage::default();
    while page.objects.len() + page.prefixes.len() < size {
        match walk.next(cancel)? {
            Some(Found::Object(meta)) => page.objects.push(meta),
            Some(Found::Prefix(prefix)) => page.prefixes.push(prefix),
            None => return Ok((page, false)),
        }
    }
    Ok((page, true))
}
