//! Doors to what is private, for the fuzz targets alone: no promise is made for any of it.

use std::fmt::Write;

use super::open::{Place, place};
use crate::Result;

/// What a URL names, said as a URL again, with every option. Nothing is opened.
///
/// # Errors
/// Those of [`super::BlobStore::open`] that concern the URL.
pub fn url(url: &str) -> Result<String> {
    let mut text = String::new();
    match place(url, super::OpenOptions::default())? {
        #[cfg(feature = "folder")]
        Place::Folder(path, options) => {
            use std::os::unix::ffi::OsStrExt;
            text.push_str("file://");
            percent_encode(path.as_os_str().as_bytes(), b"/", &mut text);
            let super::folder::FolderOptions {
                create,
                durable,
                max_running,
                max_queued,
                max_get,
                max_open,
            } = options;
            // Writing to a string cannot fail, here and below.
            let _ = write!(
                text,
                "?create={create}&durable={durable}&max_running={max_running}\
                 &max_queued={max_queued}&max_get={max_get}&max_open={max_open}"
            );
        }
        #[cfg(feature = "memory")]
        Place::Memory(name, options) => {
            text.push_str("mem:");
            // A slash too, which at the front would be refused for an authority's.
            percent_encode(name.as_bytes(), b"", &mut text);
            if let Some(max_bytes) = options.max_bytes {
                let _ = write!(text, "?max_bytes={max_bytes}");
            }
        }
        // The targets are built without them: a URL may name a file, which would be read.
        #[cfg(feature = "azure")]
        Place::Azure(_) => return Err(crate::url::bad("a cloud")),
        #[cfg(feature = "gcs")]
        Place::Gcs(_) => return Err(crate::url::bad("a cloud")),
        #[cfg(feature = "s3")]
        Place::S3(_) => return Err(crate::url::bad("a cloud")),
    }
    Ok(text)
}

/// Leaves lower-case letters as they are, and what `plain` names.
fn percent_encode(bytes: &[u8], plain: &[u8], text: &mut String) {
    for byte in bytes {
        if byte.is_ascii_lowercase() || plain.contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}
