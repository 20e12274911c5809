//! Deletes of many objects by one request.

use std::collections::HashMap;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, Method, StatusCode};

use crate::Result;
use crate::blob::cloud::call::{Call, Repeat};
use crate::blob::cloud::checksum::md5;
use crate::blob::cloud::errors::Refusal;
use crate::blob::cloud::xml;

/// S3's own limit.
pub(super) const MAX_KEYS: usize = 1000;

pub(super) fn request(base: &str, keys: &[&str]) -> Call {
    let object = |key: &&str| format!("<Object><Key>{}</Key></Object>", xml::escaped(key));
    let objects: String = keys.iter().map(object).collect();
    let body =
        format!("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{objects}</Delete>");
    let digest = md5(body.as_bytes());
    let call = Call::write(Method::POST, format!("{base}?delete="), "", Repeat::Idempotent);
    let mut call = call.with_body(vec![Bytes::from(body)]);
    // The service wants some digest here; every one that speaks S3 knows this. Base64 makes a header of
    // anything.
    if let Ok(digest) = HeaderValue::try_from(digest) {
        call.set(HeaderName::from_static("content-md5"), digest);
    }
    call
}

/// What became of each key that the answer names.
pub(super) fn outcomes(body: &[u8]) -> Result<HashMap<String, Option<Refusal>>> {
    let result = xml::read(body)?;
    let mut outcomes = HashMap::new();
    for entry in &result.children {
        let refusal = match entry.name.as_str() {
            "Deleted" => None,
            "Error" => Some(Refusal {
                status: status(entry.text_of("Code")),
                code: entry.text_of("Code").to_owned(),
                message: entry.text_of("Message").to_owned(),
                request_id: String::new(),
            }),
            _ => continue,
        };
        let outcome = outcomes.entry(entry.text_of("Key").to_owned()).or_default();
        // A key that was given twice is there twice; its failure is what counts.
        if refusal.is_some() {
            *outcome = refusal;
        }
    }
    Ok(outcomes)
}

/// The status that a request for this key alone would have been answered with.
fn status(code: &str) -> StatusCode {
    match code {
        "AccessDenied" => StatusCode::FORBIDDEN,
        "SlowDown" | "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "NoSuchKey" | "NoSuchVersion" => StatusCode::NOT_FOUND,
        "MethodNotAllowed" => StatusCode::METHOD_NOT_ALLOWED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_as_they_are() {
        let call = request("http://h/b", &["a&<", " b "]);
        let body = String::from_utf8(call.body.concat()).unwrap();
        assert!(body.contains("<Key>a&amp;&lt;</Key></Object><Object><Key> b </Key>"), "{body}");
        assert_eq!(call.headers["content-md5"], md5(body.as_bytes()).as_str());
    }

    #[test]
    fn each_key_has_its_own_outcome() {
        let body = b"<DeleteResult><Deleted><Key>a&amp;&lt;</Key></Deleted><Error><Key>b</Key><Code>\
                     AccessDenied</Code><Message>No.</Message></Error><Deleted><Key>b</Key></Deleted>\
                     </DeleteResult>";
        let outcomes = outcomes(body).unwrap();
        assert!(outcomes["a&<"].is_none());
        assert_eq!(outcomes["b"].as_ref().unwrap().status, StatusCode::FORBIDDEN);
        assert_eq!(outcomes.len(), 2);
    }
}
