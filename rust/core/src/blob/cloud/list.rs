//! Listings: the service's pages made into ours, in the order of the keys.

use std::sync::Arc;

use futures_util::stream;

use super::protocol::{Ask, Listed, Protocol};
use super::store::Store;
use crate::Result;
use crate::blob::{ListOptions, ListPage, Lister};

/// What sorts after every key that begins with the text before it, but for those that nobody has.
const LAST: char = '\u{10FFFF}';

/// A listing. Between pages it keeps the service's token and no more.
pub(super) fn list<P: Protocol>(store: Arc<Store<P>>, options: ListOptions) -> Lister {
    let straddled = straddled(&options);
    let state = Cursor { store, options, straddled, steps: Steps::Begin };
    Lister::new(stream::try_unfold(state, |mut state| async move {
        Ok(state.page().await?.map(|page| (page, state)))
    }))
}

/// The common prefix that the start lies in, if it lies in one. Services do not agree whether to
/// list it, so it is looked for by itself.
fn straddled(options: &ListOptions) -> Option<String> {
    let delimiter = options.delimiter?;
    let rest = options.start_after.strip_prefix(options.prefix.as_str())?;
    let (segment, _) = rest.split_once(delimiter)?;
    Some(format!("{}{segment}{delimiter}", options.prefix))
}

struct Cursor<P> {
    store: Arc<Store<P>>,
    options: ListOptions,
    straddled: Option<String>,
    steps: Steps,
}

enum Steps {
    Begin,
    GoOn(Option<String>),
    Over,
}

impl<P: Protocol> Cursor<P> {
    async fn page(&mut self) -> Result<Option<ListPage>> {
        loop {
            let token = match std::mem::replace(&mut self.steps, Steps::Over) {
                Steps::Over => return Ok(None),
                Steps::GoOn(token) => token,
                Steps::Begin => {
                    self.steps = Steps::GoOn(None);
                    match self.first_prefix().await? {
                        Some(page) => return Ok(Some(page)),
                        None => continue,
                    }
                }
            };
            let mut listed = self.ask(token.as_deref()).await?;
            if let Some(next) = listed.next.take().filter(|next| !next.is_empty()) {
                self.steps = Steps::GoOn(Some(next));
            }
            let page = self.kept(listed);
            if !page.objects.is_empty() || !page.prefixes.is_empty() {
                return Ok(Some(page));
            }
        }
    }

    /// The prefix that the start lies in, if there are keys of it after the start.
    async fn first_prefix(&self) -> Result<Option<ListPage>> {
        let Some(prefix) = &self.straddled else { return Ok(None) };
        let options = ListOptions {
            prefix: prefix.clone(),
            delimiter: None,
            start_after: self.options.start_after.clone(),
            page_size: if self.store.protocol.has_start_after() {
                1
            } else {
                self.store.protocol.max_page()
            },
        };
        let (store, steps) = (Arc::clone(&self.store), Steps::GoOn(None));
        let mut inner = Cursor { store, options, straddled: None, steps };
        let found = Box::pin(inner.page()).await?.is_some();
        let prefixes = vec![prefix.clone()];
        Ok(found.then_some(ListPage { objects: Vec::new(), prefixes }))
    }

    async fn ask(&self, token: Option<&str>) -> Result<Listed> {
        let Store { protocol, prefix, .. } = &*self.store;
        let start_after = match &self.straddled {
            _ if self.options.start_after.is_empty() => String::new(),
            None => format!("{prefix}{}", self.options.start_after),
            Some(straddled) => format!("{prefix}{straddled}{LAST}"),
        };
        let call = protocol.list(&Ask {
            prefix: &format!("{prefix}{}", self.options.prefix),
            roll_up: self.options.delimiter.is_some(),
            start_after: &start_after,
            token,
            max: self.options.page_size.min(protocol.max_page()),
        });
        protocol.listed(&self.store.send_whole(&call).await?)
    }

    /// What of a page belongs to this listing, in order.
    fn kept(&self, listed: Listed) -> ListPage {
        let own = |key: String| key.strip_prefix(self.store.prefix.as_str()).map(str::to_owned);
        let start = self.options.start_after.as_str();
        let mut objects: Vec<_> = listed
            .objects
            .into_iter()
            .filter_map(|mut object| {
                object.key = own(object.key).filter(|key| key.as_str() > start)?;
                Some(object)
            })
            .collect();
        let is_new =
            |prefix: &String| prefix.as_str() > start && self.straddled.as_ref() != Some(prefix);
        let mut prefixes: Vec<_> =
            listed.prefixes.into_iter().filter_map(own).filter(is_new).collect();
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        prefixes.sort();
        ListPage { objects, prefixes }
    }
}
