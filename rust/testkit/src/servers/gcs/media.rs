//! The bytes of an object, or a range of them (RFC 9110, section 14), and the headers that go with
//! them (<https://cloud.google.com/storage/docs/xml-api/reference-headers>).

use super::model::Object;
use super::wire::{Request, Response};
use super::{Answered, Refused};

/// Answers a `GET` or a `HEAD` of `object`.
pub(super) fn answer(object: &Object, request: &Request) -> Answered {
    let size = object.bytes.len();
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
    let (status, from, to) = match range.map(|range| resolve(range, size)) {
        None | Some(Wanted::Ignored) => (200, 0, size),
        Some(Wanted::Part(from, to)) => (206, from, to),
        Some(Wanted::Nothing) => {
            let message = "The requested range cannot be satisfied.";
            return Err(Refused::new(416, "InvalidRange", "requestedRangeNotSatisfiable", message));
        }
    };
    let bytes = object.bytes.get(from..to).unwrap_or_default();
    let kind = object.description.content_type.as_deref().unwrap_or("application/octet-stream");
    let mut response = Response::new(status)
        .with("Content-Type", kind)
        .with("ETag", format!("\"{}\"", object.crc32c))
        .with("Last-Modified", object.updated.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .with("Accept-Ranges", "bytes")
        .with("x-goog-generation", object.generation.to_string())
        .with("x-goog-metageneration", "1")
        .with("x-goog-stored-content-encoding", "identity")
        .with("x-goog-stored-content-length", size.to_string())
        .with("x-goog-hash", format!("crc32c={}", object.crc32c));
    for (name, value) in &object.description.metadata {
        response = response.with(&format!("x-goog-meta-{name}"), value);
    }
    if status == 206 {
        let range = format!("bytes {from}-{}/{size}", to.saturating_sub(1));
        response = response.with("Content-Range", range);
    }
    if request.method == "HEAD" {
        response.length = Some(bytes.len());
    } else {
        response.body = bytes.to_vec();
    }
    Ok(response)
}

enum Wanted {
    /// It is no range, so it says nothing.
    Ignored,
    Part(usize, usize),
    Nothing,
}

fn resolve(range: &str, size: usize) -> Wanted {
    let Some((first, last)) = range.split_once('-') else { return Wanted::Ignored };
    let number = |text: &str| text.parse::<usize>().ok();
    let (from, to) = match (first, number(first), last, number(last)) {
        ("", _, _, Some(length)) => (size.saturating_sub(length), size),
        (_, Some(from), "", _) => (from, size),
        (_, Some(from), _, Some(last)) if from <= last => (from, size.min(last.saturating_add(1))),
        _ => return Wanted::Ignored,
    };
    if from < to { Wanted::Part(from, to) } else { Wanted::Nothing }
}
