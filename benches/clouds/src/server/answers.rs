//! What is answered to what is asked.

use bytes::Bytes;

use crate::objects::{Object, Objects, head};
use crate::request::Request;

/// An answer in the pieces that are written.
pub(crate) type Pieces = Vec<Bytes>;

/// The answer to `request`, which came with `body`.
pub(crate) fn answer(objects: &mut Objects, request: &Request, body: Bytes) -> Pieces {
    let has = |name| request.parameter(name).is_some();
    match request.method.as_str() {
        "GET" | "HEAD" if request.parameter("comp") == Some("list") || has("list-type") => {
            listed(objects.pages.get(request))
        }
        "GET" => match objects.get(&request.path) {
            Some(object) => got(object, request),
            None => not_found(request),
        },
        "HEAD" => match objects.get(&request.path) {
            Some(object) => vec![head("200 OK", &object.body, &object.etag, "").into()],
            None => not_found(request),
        },
        "PUT" if has("partNumber") || request.parameter("comp") == Some("block") => {
            objects.add_part(&request.path, body);
            written("\"0xPART\"")
        }
        "PUT" if request.parameter("comp") == Some("blocklist") => {
            written(objects.finish(&request.path))
        }
        "PUT" => written(objects.put(&request.path, body)),
        "POST" if has("uploads") => document(
            "<InitiateMultipartUploadResult><UploadId>upload</UploadId>\
             </InitiateMultipartUploadResult>",
        ),
        "POST" if has("uploadId") => {
            let etag = objects.finish(&request.path).replace('"', "&quot;");
            document(&format!(
                "<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>"
            ))
        }
        "DELETE" => {
            objects.remove(&request.path);
            vec![empty("204 No Content", "")]
        }
        _ => vec![empty("400 Bad Request", "")],
    }
}

fn got(object: &Object, request: &Request) -> Pieces {
    let Some((first, last)) = request.range else {
        let whole = object.whole.clone();
        return if object.is_in_one_piece() {
            vec![whole]
        } else {
            vec![whole, object.body.clone()]
        };
    };
    let size = object.body.len();
    let end = last.map_or(size, |last| size.min(last + 1));
    if first >= end {
        return vec![empty("416 Range Not Satisfiable", "")];
    }
    let part = object.body.slice(first..end);
    let range = format!("Content-Range: bytes {first}-{}/{size}\r\n", end - 1);
    let mut answer = head("206 Partial Content", &part, &object.etag, &range).into_bytes();
    if object.is_in_one_piece() {
        answer.extend_from_slice(&part);
        return vec![answer.into()];
    }
    vec![answer.into(), part]
}

fn listed(page: Bytes) -> Pieces {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nContent-Type: application/xml\r\n\r\n",
        page.len()
    );
    vec![head.into(), page]
}

fn document(text: &str) -> Pieces {
    listed(Bytes::copy_from_slice(text.as_bytes()))
}

fn written(etag: &str) -> Pieces {
    let more = format!(
        "ETag: {etag}\r\nLast-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n\
         x-ms-request-server-encrypted: true\r\n"
    );
    vec![empty("201 Created", &more)]
}

fn not_found(request: &Request) -> Pieces {
    if request.method == "HEAD" {
        return vec![empty("404 Not Found", "")];
    }
    let text = "<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>";
    let head = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    vec![head.into()]
}

fn empty(status: &str, more: &str) -> Bytes {
    let length = if status.starts_with("204") { "" } else { "Content-Length: 0\r\n" };
    format!(
        "HTTP/1.1 {status}\r\n{length}x-ms-request-id: 1\r\nx-ms-version: 2023-11-03\r\n{more}\r\n"
    )
    .into()
}
