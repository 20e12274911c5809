//! The step that lists.

use tombolo::blob::{HeadOptions, ListOptions, ListPage, Lister, ObjectMeta};

use super::{Checked, Runner, holds, same};
use crate::blob::case::Listing;

/// Up to so many objects are compared with what a `head` says.
const COMPARED: usize = 20;

impl Runner<'_> {
    pub(super) async fn list(&self, listing: &Listing) -> Checked {
        let page_size = usize::try_from(listing.page_size).map_err(|e| e.to_string())?;
        let options = ListOptions {
            prefix: listing.prefix.clone(),
            delimiter: listing.delimiter,
            start_after: listing.start_after.clone(),
            page_size,
        };
        let result = self.store.list(options);
        let Some(lister) = self.expected(result, &listing.expect, "list")? else {
            return Ok(());
        };
        let ListPage { objects, prefixes } = all_pages(lister, page_size).await?;
        let keys: Vec<_> = objects.iter().map(|object| object.key.clone()).collect();
        same("the list of objects", &keys, &listing.objects)?;
        same("the list of prefixes", &prefixes, &listing.prefixes)?;
        if objects.len() <= COMPARED {
            for object in objects {
                self.agrees_with_head(object).await?;
            }
        }
        Ok(())
    }

    async fn agrees_with_head(&self, listed: ObjectMeta) -> Checked {
        let head = self.store.head(&listed.key, HeadOptions::default()).await;
        let mut head = head.map_err(|e| format!("no head of a listed object: {e}"))?;
        if !self.store.capabilities().list_has_metadata {
            head.content_type.clear();
            head.metadata.clear();
        }
        same("a listed object", &listed, &head)
    }
}

/// All pages as one, checked for their form.
async fn all_pages(mut lister: Lister, page_size: usize) -> Checked<ListPage> {
    let mut all = ListPage::default();
    let mut last = None;
    while let Some(page) = lister.next_page().await.map_err(|e| format!("{e:?}"))? {
        let size = page.objects.len() + page.prefixes.len();
        holds((1..=page_size).contains(&size), || format!("a page of {size} entries"))?;
        let first = entries(&page).min().map(str::to_owned);
        holds(last < first, || format!("a page begins with {first:?} after {last:?}"))?;
        last = entries(&page).max().map(str::to_owned);
        all.objects.extend(page.objects);
        all.prefixes.extend(page.prefixes);
    }
    let over = lister.next_page().await.map_err(|e| format!("{e:?}"))?;
    holds(over.is_none(), || "a page after the last".to_owned())?;
    Ok(all)
}

fn entries(page: &ListPage) -> impl Iterator<Item = &str> {
    let objects = page.objects.iter().map(|object| object.key.as_str());
    objects.chain(page.prefixes.iter().map(String::as_str))
}
