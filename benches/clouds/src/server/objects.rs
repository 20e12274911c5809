//! The objects, by their paths, each with the head of its answer prepared.

use std::collections::HashMap;

use bytes::Bytes;

use crate::listing::Pages;

/// Answers up to this size are kept in one piece with their heads.
const IN_ONE_PIECE: usize = 64 << 10;

/// An object.
pub(crate) struct Object {
    pub(crate) body: Bytes,
    pub(crate) etag: String,
    /// The answer to a get of all of it: its head, and its body if that is short.
    pub(crate) whole: Bytes,
}

/// All objects, and the uploads that are not finished.
#[derive(Default)]
pub(crate) struct Objects {
    by_path: HashMap<String, Object>,
    /// Parts of objects by the path, in the order of their coming.
    parts: HashMap<String, Vec<Bytes>>,
    versions: u64,
    pub(crate) pages: Pages,
}

impl Objects {
    /// The object at `path`; one that is named `bytes-N` is made.
    pub(crate) fn get(&mut self, path: &str) -> Option<&Object> {
        if !self.by_path.contains_key(path) {
            let size = path.rsplit_once("/bytes-")?.1.parse().ok()?;
            self.put(path, body(size));
        }
        self.by_path.get(path)
    }

    /// Keeps an object; gives its etag.
    pub(crate) fn put(&mut self, path: &str, body: Bytes) -> &str {
        self.versions += 1;
        let etag = format!("\"0x{:016X}\"", self.versions);
        let mut whole = head("200 OK", &body, &etag, "").into_bytes();
        if body.len() <= IN_ONE_PIECE {
            whole.extend_from_slice(&body);
        }
        let object = Object { body, etag, whole: whole.into() };
        let at = self.by_path.entry(path.to_owned()).insert_entry(object).into_mut();
        &at.etag
    }

    pub(crate) fn add_part(&mut self, path: &str, body: Bytes) {
        self.parts.entry(path.to_owned()).or_default().push(body);
    }

    /// Makes the object of its parts.
    pub(crate) fn finish(&mut self, path: &str) -> &str {
        let parts = self.parts.remove(path).unwrap_or_default();
        self.put(path, parts.concat().into())
    }

    pub(crate) fn remove(&mut self, path: &str) {
        self.by_path.remove(path);
        self.parts.remove(path);
    }
}

impl Object {
    /// Whether the body is in [`Object::whole`].
    pub(crate) fn is_in_one_piece(&self) -> bool {
        self.body.len() <= IN_ONE_PIECE
    }
}

/// The head of an answer with `body`, and with what either service says of an object.
pub(crate) fn head(status: &str, body: &Bytes, etag: &str, more: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nContent-Type: application/octet-stream\r\n\
         ETag: {etag}\r\nLast-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n\
         Date: Mon, 12 Oct 2009 17:50:30 GMT\r\nServer: bench\r\nAccept-Ranges: bytes\r\n\
         x-amz-request-id: 4442587FB7D0A2F9\r\nx-ms-request-id: 4442587fb7d0a2f9\r\n\
         x-ms-version: 2023-11-03\r\nx-ms-blob-type: BlockBlob\r\nx-ms-lease-state: available\r\n\
         x-ms-lease-status: unlocked\r\nx-ms-server-encrypted: true\r\n\
         x-ms-creation-time: Mon, 12 Oct 2009 17:50:30 GMT\r\n{more}\r\n",
        body.len()
    )
}

/// So many bytes that do not repeat within a page: the numbers from 0 on, each in four bytes.
fn body(size: usize) -> Bytes {
    let numbers = (0..u32::MAX).flat_map(u32::to_be_bytes);
    numbers.take(size).collect()
}
