//! A listing under way.

use std::pin::Pin;

use futures_core::Stream;
use futures_util::StreamExt;

use super::ListPage;
use crate::Result;

/// A listing under way: pages in the order of the keys, as many as are asked for.
///
/// A listing of N objects takes O(N log N) in all, however many pages. Between pages a store in
/// memory keeps one key; a folder keeps the names that are left in the folders on the current path,
/// so for a folder of N objects O(N) names: 55 MB for a million short ones in one folder, next to
/// nothing for a million in folders of a thousand. Neither keeps metadata beyond the page it hands
/// out.
///
/// Objects written or deleted meanwhile may or may not appear; every other object appears once.
pub struct Lister {
    pages: Pin<Box<dyn Stream<Item = Result<ListPage>> + Send>>,
}

impl Lister {
    /// A listing whose pages come from `pages`, none of them empty.
    #[must_use]
    pub fn new(pages: impl Stream<Item = Result<ListPage>> + Send + 'static) -> Self {
        Self { pages: Box::pin(pages) }
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// What the store answers; the listing is over then.
    pub async fn next_page(&mut self) -> Result<Option<ListPage>> {
        self.pages.next().await.transpose()
    }

    /// The pages as a stream.
    #[must_use]
    pub fn into_stream(self) -> Pin<Box<dyn Stream<Item = Result<ListPage>> + Send>> {
        self.pages
    }
}

impl std::fmt::Debug for Lister {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lister").finish_non_exhaustive()
    }
}
