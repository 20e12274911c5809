//! The JSON API: lists, looks, reads, deletes and copies
//! (<https://cloud.google.com/storage/docs/json_api/v1/objects>).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::auth::Auth;
use super::model::{Condition, Model, Object, number};
use super::wire::{Request, Response};
use super::{Answered, Refused, encoding, mask, media};

/// How much one request of a copy copies, which the service lets a client choose from this on.
const COPIED_AT_ONCE: usize = 1 << 20;

pub(super) fn refused(why: Refused) -> Response {
    let Refused { status, reason, message, .. } = why;
    let errors = json!([{"message": message, "domain": "global", "reason": reason}]);
    let body = json!({"error": {"code": status, "message": message, "errors": errors}});
    Response::new(status).with_body("application/json; charset=UTF-8", body.to_string())
}

/// The parameters of a request, of which every one must be taken.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(super) fn new(request: &Request) -> Answered<Self> {
        let mut pairs: BTreeMap<_, _> = encoding::pairs(&request.query)?.into_iter().collect();
        // How the answer is laid out, and what is left out of it that is never there.
        pairs.remove("prettyPrint");
        pairs.remove("projection");
        Ok(Self(pairs))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn condition(&mut self, name: &str) -> Answered<Condition> {
        Ok(Condition { matches: self.take(name).as_deref().map(number).transpose()? })
    }

    /// Whether `object` is the generation that is asked for; others are not kept.
    fn version(&mut self, name: &str, object: &Object) -> Answered<()> {
        self.condition(name)?.check(Some(object)).map_err(|_| Refused::no_object())
    }

    /// `value` as the parameter `fields` wants it, once nothing is left.
    pub(super) fn answer(mut self, value: Value) -> Answered {
        let fields = self.take("fields");
        self.end()?;
        let value = match fields {
            Some(fields) => mask::masked(value, &fields)?,
            None => value,
        };
        Ok(Response::new(200).with_body("application/json; charset=UTF-8", value.to_string()))
    }

    pub(super) fn end(&self) -> Answered<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(Refused::invalid(format!("Unknown parameter {name}"))),
        }
    }
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// The resource of an object.
pub(super) fn resource(bucket: &str, name: &str, object: &Object) -> Value {
    let mut resource = json!({
        "kind": "storage#object",
        "id": format!("{bucket}/{name}/{}", object.generation),
        "name": name,
        "bucket": bucket,
        "generation": object.generation.to_string(),
        "metageneration": "1",
        "size": object.bytes.len().to_string(),
        "crc32c": object.crc32c,
        "etag": "CAE=",
        "storageClass": "STANDARD",
        "timeCreated": object.updated.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "updated": object.updated.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    });
    if let Some(kind) = &object.description.content_type {
        put(&mut resource, "contentType", json!(kind));
    }
    if !object.description.metadata.is_empty() {
        put(&mut resource, "metadata", json!(object.description.metadata));
    }
    resource
}

/// `path` is what follows `/storage/v1/b/`, encoded: names have their slashes encoded in it.
pub(super) fn answer(auth: &Auth, model: &mut Model, path: &str, request: &Request) -> Answered {
    auth.bearer(request)?;
    let segments: Vec<_> =
        path.split('/').map(|segment| encoding::decoded(segment, false)).collect();
    let segments = segments.into_iter().collect::<Answered<Vec<_>>>()?;
    let segments: Vec<_> = segments.iter().map(String::as_str).collect();
    let parameters = Parameters::new(request)?;
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", [bucket, "o"]) => list(model, bucket, parameters),
        ("GET", [bucket, "o", name]) => look(model, bucket, name, parameters, request),
        ("DELETE", [bucket, "o", name]) => delete(model, bucket, name, parameters),
        ("POST", [from, "o", source, "rewriteTo", "b", to, "o", target]) => {
            let body = std::str::from_utf8(&request.body).unwrap_or("?");
            if !matches!(body, "" | "{}") {
                return Err(Refused::invalid("a new description is not served"));
            }
            rewrite(model, (from, source), (to, target), parameters)
        }
        _ => Err(Refused::new(501, "NotImplemented", "notImplemented", "not served")),
    }
}

fn look(
    model: &mut Model,
    bucket: &str,
    name: &str,
    mut parameters: Parameters,
    request: &Request,
) -> Answered {
    let object = model.object(bucket, name)?;
    parameters.condition("ifGenerationMatch")?.check(Some(object))?;
    parameters.version("generation", object)?;
    match parameters.take("alt").as_deref() {
        None | Some("json") => parameters.answer(resource(bucket, name, object)),
        Some("media") => {
            parameters.end()?;
            media::answer(object, request)
        }
        Some(_) => Err(Refused::invalid("another alt")),
    }
}

fn delete(model: &mut Model, bucket: &str, name: &str, mut parameters: Parameters) -> Answered {
    parameters.version("generation", model.object(bucket, name)?)?;
    let condition = parameters.condition("ifGenerationMatch")?;
    parameters.end()?;
    model.delete(bucket, name, condition)?;
    Ok(Response::new(204))
}

/// <https://cloud.google.com/storage/docs/json_api/v1/objects/list>
fn list(model: &mut Model, bucket: &str, mut parameters: Parameters) -> Answered {
    let mut take = |name: &str| parameters.take(name).unwrap_or_default();
    let (prefix, delimiter, start) = (take("prefix"), take("delimiter"), take("startOffset"));
    let (max, token) = (take("maxResults"), take("pageToken"));
    let max = if max.is_empty() { Ok(1000) } else { max.parse::<usize>() };
    let max = max.ok().filter(|max| *max > 0).ok_or_else(|| Refused::invalid("maxResults"))?;
    let after = match token.strip_prefix("after-") {
        Some(after) => encoding::decoded(after, false)?,
        None if token.is_empty() => String::new(),
        None => return Err(Refused::invalid("Invalid page token")),
    };
    let (mut items, mut prefixes, mut last) = (Vec::new(), Vec::<String>::new(), String::new());
    let mut next = None;
    for (name, object) in model.bucket(bucket)?.iter() {
        let Some(rest) = name.strip_prefix(&prefix).filter(|_| *name >= start) else { continue };
        let cut = if delimiter.is_empty() { None } else { rest.find(&delimiter) };
        let entry = match cut {
            Some(at) => format!("{prefix}{}{delimiter}", rest.get(..at).unwrap_or_default()),
            None => name.clone(),
        };
        if entry <= after || entry == last {
            continue;
        }
        if items.len() + prefixes.len() == max.min(1000) {
            next = Some(format!("after-{}", encoding::query(&last)));
            break;
        }
        last.clone_from(&entry);
        match cut {
            Some(_) => prefixes.push(entry),
            None => items.push(resource(bucket, name, object)),
        }
    }
    let mut page = json!({"kind": "storage#objects"});
    if !items.is_empty() {
        put(&mut page, "items", json!(items));
    }
    if !prefixes.is_empty() {
        put(&mut page, "prefixes", json!(prefixes));
    }
    if let Some(next) = next {
        put(&mut page, "nextPageToken", json!(next));
    }
    parameters.answer(page)
}

/// <https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite>. The token says how far the copy
/// is and of which generation, and is good for the same copy only.
fn rewrite(
    model: &mut Model,
    (bucket, source): (&str, &str),
    target: (&str, &str),
    mut parameters: Parameters,
) -> Answered {
    let object = model.object(bucket, source)?.clone();
    parameters.version("sourceGeneration", &object)?;
    parameters.condition("ifSourceGenerationMatch")?.check(Some(&object))?;
    let condition = parameters.condition("ifGenerationMatch")?;
    condition.check(model.bucket(target.0)?.get(target.1))?;
    let own = format!("{}-{}", object.generation, encoding::query(target.1));
    let before = match parameters.take("rewriteToken") {
        None => 0,
        Some(token) => {
            let far = token.strip_suffix(&own).and_then(|far| far.strip_suffix('-'));
            let far = far.and_then(|far| far.parse::<usize>().ok());
            far.ok_or_else(|| Refused::invalid("Invalid rewrite token"))?
        }
    };
    let size = object.bytes.len();
    let far = size.min(before + COPIED_AT_ONCE);
    let mut answer = json!({
        "kind": "storage#rewriteResponse", "totalBytesRewritten": far.to_string(),
        "objectSize": size.to_string(), "done": far == size,
    });
    if far == size {
        let mut description = object.description.clone();
        description.crc32c = None;
        let bytes = object.bytes.to_vec();
        let object = model.insert(target, description, bytes, condition)?;
        put(&mut answer, "resource", resource(target.0, target.1, &object));
    } else {
        put(&mut answer, "rewriteToken", json!(format!("{far}-{own}")));
    }
    parameters.answer(answer)
}
