//! What tests with scripted answers share.
#![allow(dead_code, reason = "each test uses some of it")]

use tombolo::blob::{BlobStore, StoreMetrics};
use tombolo_testkit::servers::Scripted;

pub(crate) type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// When the objects of these answers were last written.
pub(crate) const LONG_AGO: &str = "Mon, 12 Oct 2009 17:50:30 GMT";

/// An answer of `status` with these headers, each with its line's end, and a body.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// An object of two bytes.
pub(crate) fn object() -> Vec<u8> {
    answer("200 OK", &format!("ETag: \"e\"\r\nLast-Modified: {LONG_AGO}\r\n"), b"ab")
}

/// It is put off, for no time at all.
pub(crate) fn busy() -> Vec<u8> {
    answer("503 Slow Down", "Retry-After: 0\r\n", b"")
}

/// The connection ends before there is an answer.
pub(crate) fn lost() -> Vec<u8> {
    Vec::new()
}

pub(crate) fn s3_url(server: &Scripted, more: &str) -> String {
    let port = server.port();
    format!(
        "s3://b?endpoint=http://127.0.0.1:{port}&credentials=anonymous&retry_first_wait_ms=1{more}"
    )
}

pub(crate) fn s3(server: &Scripted, more: &str) -> Checked<BlobStore> {
    Ok(BlobStore::open(&s3_url(server, more))?)
}

pub(crate) fn azure(server: &Scripted, more: &str) -> Checked<BlobStore> {
    let port = server.port();
    let url = format!(
        "azblob://a/b?endpoint=http://127.0.0.1:{port}&credentials=anonymous\
         &retry_first_wait_ms=1{more}"
    );
    Ok(BlobStore::open(&url)?)
}

pub(crate) fn lines(server: &Scripted) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.line).collect()
}

/// The metrics of the stores at a server.
pub(crate) fn metrics(server: &Scripted) -> Checked<StoreMetrics> {
    let end = format!("?endpoint=http://127.0.0.1:{}", server.port());
    let mut all = tombolo::blob::metrics().into_iter();
    Ok(all.find(|of| of.url.ends_with(&end)).ok_or("no store of this server")?)
}

/// Waits until `holds`, for as long as a loaded machine may take.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) -> Checked {
    for _ in 0..6000 {
        if holds() {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    Err(format!("it has not come to this in a minute: {what}").into())
}
