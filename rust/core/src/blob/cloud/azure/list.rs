//! The lists of a container.

use http::Method;

use super::DIALECT;
use crate::Result;
use crate::blob::ObjectMeta;
use crate::blob::cloud::call::Call;
use crate::blob::cloud::headers::{self, broken};
use crate::blob::cloud::own::is_users;
use crate::blob::cloud::protocol::{Ask, Listed};
use crate::blob::cloud::xml::{self, Element};
use crate::net::encode;

/// The request of a page of the container at `base`.
pub(super) fn request(base: &str, ask: &Ask<'_>) -> Call {
    let max = ask.max.to_string();
    let mut query = vec![
        ("restype", "container"),
        ("comp", "list"),
        ("include", "metadata"),
        ("maxresults", max.as_str()),
    ];
    if !ask.prefix.is_empty() {
        query.push(("prefix", ask.prefix));
    }
    if ask.roll_up {
        query.push(("delimiter", "/"));
    }
    if let Some(token) = ask.token {
        query.push(("marker", token));
    }
    Call::read(Method::GET, format!("{base}?{}", encode::pairs(&query)), "")
}

/// Reads a page.
pub(super) fn page(body: &[u8]) -> Result<Listed> {
    let page = xml::read(body)?;
    let mut listed =
        Listed { next: Some(page.text_of("NextMarker").to_owned()), ..Listed::default() };
    for entry in page.child("Blobs").into_iter().flat_map(|blobs| &blobs.children) {
        match entry.name.as_str() {
            "Blob" => listed.objects.push(object(entry)?),
            "BlobPrefix" => listed.prefixes.push(name(entry)?),
            _ => {}
        }
    }
    Ok(listed)
}

fn object(blob: &Element) -> Result<ObjectMeta> {
    let none = Element::default();
    let properties = blob.child("Properties").unwrap_or(&none);
    let size = properties.text_of("Content-Length").parse();
    let metadata = blob.child("Metadata").into_iter().flat_map(|metadata| &metadata.children);
    let entry = |entry: &Element| {
        let name = headers::read_name(&entry.name.to_ascii_lowercase(), DIALECT.plain_names);
        (name, headers::read_value(entry.text.as_bytes()))
    };
    Ok(ObjectMeta {
        key: name(blob)?,
        size: size.map_err(|_| broken("an entry of a list without its size"))?,
        etag: headers::bare_etag(properties.text_of("Etag")),
        last_modified: headers::http_date(properties.text_of("Last-Modified"))?,
        content_type: headers::media_type(properties.text_of("Content-Type"), &DIALECT),
        metadata: metadata.map(entry).filter(|(name, _)| is_users(name)).collect(),
    })
}

fn name(entry: &Element) -> Result<String> {
    let name = entry.child("Name").ok_or_else(|| broken("an entry of a list without a name"))?;
    if !name.encoded {
        return Ok(name.text.clone());
    }
    // Here a plus is a plus.
    let text = name.text.replace('+', "%2B");
    encode::decoded(&text).ok_or_else(|| broken("an entry of a list with a broken name"))
}
