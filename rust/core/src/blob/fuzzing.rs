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
    match place(url)? {
        #[cfg(feature = "folder")]
        Place::Folder(path, options) => {
            use std::os::unix::ffi::OsStrExt;
            text.push_str("file://");
            percent_encode(path.as_os_str().as_bytes(), &mut text);
            let super::folder::FolderOptions { create, durable, max_running, max_queued, max_get } =
                options;
            // Writing to a string cannot fail, here and below.
            let _ = write!(
                text,
                "?create={create}&durable={durable}&max_running={max_running}\
                 &max_queued={max_queued}&max_get={max_get}"
            );
        }
        #[cfg(feature = "memory")]
        Place::Memory(name, options) => {
            text.push_str("mem:");
            percent_encode(name.as_bytes(), &mut text);
            if let Some(max_bytes) = options.max_bytes {
                let _ = write!(text, "?max_bytes={max_bytes}");
            }
        }
    }
    Ok(text)
}

fn percent_encode(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'/' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
}
