//! The lists of a bucket.

use http::Method;

use crate::Result;
use crate::blob::ObjectMeta;
use crate::blob::cloud::call::Call;
use crate::blob::cloud::headers::{self, broken};
use crate::blob::cloud::protocol::{Ask, Listed};
use crate::blob::cloud::xml::{self, Element};
use crate::net::encode;

/// The request of a page of the bucket at `base`. Keys come back encoded, since XML cannot hold all
/// of them.
pub(super) fn request(base: &str, ask: &Ask<'_>) -> Call {
    let max = ask.max.to_string();
    let mut query = vec![("list-type", "2"), ("encoding-type", "url"), ("max-keys", max.as_str())];
    if !ask.prefix.is_empty() {
        query.push(("prefix", ask.prefix));
    }
    if ask.roll_up {
        query.push(("delimiter", "/"));
    }
    if !ask.start_after.is_empty() {
        query.push(("start-after", ask.start_after));
    }
    if let Some(token) = ask.token {
        query.push(("continuation-token", token));
    }
    Call::read(Method::GET, format!("{base}?{}", encode::pairs(&query)), "")
}

/// Reads a page.
pub(super) fn page(body: &[u8]) -> Result<Listed> {
    let page = xml::read(body)?;
    let encoded = page.text_of("EncodingType") == "url";
    let key = |text: &str| {
        if !encoded {
            return Ok(text.to_owned());
        }
        encode::decoded(text).ok_or_else(|| broken("an entry of a list with a broken key"))
    };
    let prefixes = page.all("CommonPrefixes").map(|prefix| key(prefix.text_of("Prefix")));
    Ok(Listed {
        objects: page.all("Contents").map(|entry| object(entry, key)).collect::<Result<_>>()?,
        prefixes: prefixes.collect::<Result<_>>()?,
        next: Some(page.text_of("NextContinuationToken").to_owned()),
    })
}

fn object(entry: &Element, key: impl Fn(&str) -> Result<String>) -> Result<ObjectMeta> {
    let size = entry.text_of("Size").parse();
    Ok(ObjectMeta {
        key: key(entry.text_of("Key"))?,
        size: size.map_err(|_| broken("an entry of a list without its size"))?,
        etag: headers::bare_etag(entry.text_of("ETag")),
        last_modified: headers::iso_date(entry.text_of("LastModified"))?,
        content_type: String::new(),
        metadata: Default::default(),
    })
}
