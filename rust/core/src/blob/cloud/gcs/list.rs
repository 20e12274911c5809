//! The lists of a bucket (<https://cloud.google.com/storage/docs/json_api/v1/objects/list>).

use http::Method;
use serde::Deserialize;

use super::resource::{self, Resource};
use crate::Result;
use crate::blob::cloud::call::Call;
use crate::blob::cloud::protocol::{Ask, Listed};
use crate::net::encode;

/// Nothing else is sent back.
const FIELDS: &str =
    "items(name,generation,size,updated,contentType,metadata),prefixes,nextPageToken";

/// The request of a page of the objects at `url`.
pub(super) fn request(url: &str, ask: &Ask<'_>) -> Call {
    let max = ask.max.to_string();
    let mut query = vec![("fields", FIELDS), ("maxResults", max.as_str())];
    if !ask.prefix.is_empty() {
        query.push(("prefix", ask.prefix));
    }
    if ask.roll_up {
        query.push(("delimiter", "/"));
    }
    // The service lists the start as well, if there is an object of that name; it is left out here.
    if !ask.start_after.is_empty() {
        query.push(("startOffset", ask.start_after));
    }
    if let Some(token) = ask.token {
        query.push(("pageToken", token));
    }
    Call::read(Method::GET, format!("{url}?{}", encode::pairs(&query)), "")
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Page {
    items: Vec<Resource>,
    prefixes: Vec<String>,
    next_page_token: Option<String>,
}

/// Reads a page.
pub(super) fn page(body: &[u8]) -> Result<Listed> {
    let Page { items, prefixes, next_page_token: next } = resource::read(body)?;
    let objects = items.into_iter().map(Resource::meta).collect::<Result<_>>()?;
    Ok(Listed { objects, prefixes, next })
}
