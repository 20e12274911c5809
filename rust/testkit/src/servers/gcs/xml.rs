//! The XML API: objects by their paths
//! (<https://cloud.google.com/storage/docs/xml-api/reference-methods>).

use super::auth::Auth;
use super::media;
use super::model::{Condition, Description, Model, number};
use super::wire::{Request, Response};
use super::{Answered, Refused, encoding};

/// What a request may hold of the service's own headers; beside metadata.
const KNOWN: [&str; 2] = ["x-goog-if-generation-match", "x-goog-hash"];

pub(super) fn refused(why: Refused) -> Response {
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{}</Message></Error>",
        why.code, why.message
    );
    Response::new(why.status).with_body("application/xml; charset=UTF-8", body)
}

pub(super) fn answer(auth: &Auth, model: &mut Model, request: &Request) -> Answered {
    let path = encoding::decoded(&request.path, false)?;
    let rest = auth.bearer_or_signed(request)?;
    if let Some((name, _)) = rest.first() {
        return Err(Refused::invalid(format!("the parameter {name} is not known here")));
    }
    check_headers(request)?;
    let (bucket, name) =
        path.strip_prefix('/').and_then(|path| path.split_once('/')).ok_or_else(|| {
            Refused::new(501, "NotImplemented", "notImplemented", "buckets are not served")
        })?;
    let matches = request.header(KNOWN[0]).map(number).transpose()?;
    let condition = Condition { matches };
    let answer = match request.method.as_str() {
        "GET" | "HEAD" => {
            let object = model.object(bucket, name)?;
            condition.check(Some(object))?;
            media::answer(object, request)
        }
        "PUT" => put(model, (bucket, name), condition, request),
        "DELETE" => {
            model.delete(bucket, name, condition)?;
            Ok(Response::new(204))
        }
        _ => Err(Refused::new(405, "MethodNotAllowed", "invalid", "Another method")),
    };
    answer.map(|response| response.with("X-GUploader-UploadID", "an-id"))
}

/// The service's etags are not its generations, so nobody who has these may send those; and nothing is
/// to be overlooked that changes what is done.
fn check_headers(request: &Request) -> Answered<()> {
    for (name, _) in request.headers() {
        let is_own = name.starts_with("x-goog-") || name.starts_with("x-amz-");
        let is_known = KNOWN.contains(&name) || name.starts_with("x-goog-meta-");
        if (is_own && !is_known) || matches!(name, "if-match" | "if-none-match" | "content-md5") {
            return Err(Refused::invalid(format!("the header {name} is not known here")));
        }
    }
    Ok(())
}

fn put(
    model: &mut Model,
    place: (&str, &str),
    condition: Condition,
    request: &Request,
) -> Answered {
    if request.header("content-length").is_none() {
        let message = "You must provide the Content-Length HTTP header.";
        return Err(Refused::new(411, "MissingContentLength", "required", message));
    }
    let metadata = request.headers().filter_map(|(name, value)| {
        Some((name.strip_prefix("x-goog-meta-")?.to_owned(), value.to_owned()))
    });
    let hash = request.header("x-goog-hash").and_then(|hash| hash.strip_prefix("crc32c="));
    let description = Description {
        content_type: request.header("content-type").map(str::to_owned),
        metadata: metadata.collect(),
        crc32c: hash.map(str::to_owned),
    };
    let object = model.insert(place, description, request.body.clone(), condition)?;
    Ok(Response::new(200)
        .with("ETag", format!("\"{}\"", object.crc32c))
        .with("x-goog-generation", object.generation.to_string())
        .with("x-goog-hash", format!("crc32c={}", object.crc32c)))
}
