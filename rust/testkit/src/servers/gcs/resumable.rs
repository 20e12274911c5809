//! Uploads by the JSON API: in a session, whose parts come in their order
//! (<https://cloud.google.com/storage/docs/performing-resumable-uploads>,
//! <https://cloud.google.com/storage/docs/resumable-uploads>), or whole, in a body of two parts
//! (<https://cloud.google.com/storage/docs/json_api/v1/objects/insert>).

use serde_json::Value;

use super::auth::Auth;
use super::json::{Parameters, resource};
use super::model::{Condition, Description, Model, Object, check_name, number};
use super::wire::{Request, Response};
use super::{Answered, Refused, encoding};

/// All parts but the last are a multiple of this.
const UNIT: usize = 256 << 10;

/// An upload that is under way, or was.
#[derive(Debug)]
pub(super) struct Session {
    bucket: String,
    name: String,
    description: Description,
    condition: Condition,
    bytes: Vec<u8>,
    /// How many parts were taken, of which every second only in part.
    parts: usize,
    made: Option<Object>,
}

/// `path` is what follows `/upload/storage/v1/b/`.
pub(super) fn answer(auth: &Auth, model: &mut Model, path: &str, request: &Request) -> Answered {
    let bucket = path.strip_suffix("/o").filter(|bucket| !bucket.contains('/'));
    let bucket = bucket.ok_or_else(|| Refused::invalid("no place to upload to"))?;
    let bucket = encoding::decoded(bucket, false)?;
    let mut parameters = Parameters::new(request)?;
    let kind = parameters.take("uploadType").unwrap_or_default();
    match (request.method.as_str(), kind.as_str(), parameters.take("upload_id")) {
        ("POST", "resumable", None) => {
            auth.bearer(request)?;
            begin(model, bucket, parameters, request)
        }
        ("POST", "multipart", None) => {
            auth.bearer(request)?;
            whole(model, &bucket, parameters, request)
        }
        // The name of a session is itself what shows who sends.
        ("PUT", "resumable", Some(id)) => part(model, &id, parameters, request),
        ("DELETE", "resumable", Some(id)) => {
            model.sessions.remove(&id).ok_or_else(no_session)?;
            Ok(Response::new(499))
        }
        _ => Err(Refused::new(501, "NotImplemented", "notImplemented", "not served")),
    }
}

fn no_session() -> Refused {
    Refused::new(404, "NoSuchUpload", "notFound", "There is no such session")
}

/// What the body says of the object, and its name if it says that.
fn description(body: &[u8]) -> Answered<(Description, Option<String>)> {
    let bad = || Refused::invalid("the description is not understood");
    let body: Value = if body.is_empty() {
        Value::Object(Default::default())
    } else {
        serde_json::from_slice(body).map_err(|_| bad())?
    };
    let (mut description, mut given) = (Description::default(), None);
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(bad);
    for (name, value) in body.as_object().ok_or_else(bad)? {
        match name.as_str() {
            "name" => given = Some(text(value)?),
            "contentType" => description.content_type = Some(text(value)?),
            "crc32c" => description.crc32c = Some(text(value)?),
            "metadata" => {
                for (name, value) in value.as_object().ok_or_else(bad)? {
                    description.metadata.insert(name.clone(), text(value)?);
                }
            }
            other => return Err(Refused::invalid(format!("Unknown name {other:?}"))),
        }
    }
    Ok((description, given))
}

fn begin(
    model: &mut Model,
    bucket: String,
    mut parameters: Parameters,
    request: &Request,
) -> Answered {
    let json =
        request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !json && !request.body.is_empty() {
        return Err(Refused::invalid("the description is not said to be JSON"));
    }
    let (mut description, given) = description(&request.body)?;
    if description.content_type.is_none() {
        description.content_type = request.header("x-upload-content-type").map(str::to_owned);
    }
    let name = parameters.take("name").or(given);
    let name = name.ok_or_else(|| Refused::invalid("the object has no name"))?;
    check_name(&name)?;
    let condition = parameters.condition("ifGenerationMatch")?;
    parameters.end()?;
    model.bucket(&bucket)?;
    let id = format!("session-{}-{}", model.sessions.len(), encoding::query(&name));
    let (host, id_query) = (request.header("host").unwrap_or_default(), encoding::query(&id));
    let url = format!(
        "http://{host}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={id_query}"
    );
    let session =
        Session { bucket, name, description, condition, bytes: Vec::new(), parts: 0, made: None };
    model.sessions.insert(id, session);
    Ok(Response::new(200).with("Location", url))
}

fn part(model: &mut Model, id: &str, parameters: Parameters, request: &Request) -> Answered {
    parameters.end()?;
    let session = model.sessions.get_mut(id).ok_or_else(no_session)?;
    if let Some(object) = &session.made {
        let resource = resource(&session.bucket, &session.name, object);
        return Ok(Response::new(200).with_body("application/json", resource.to_string()));
    }
    let total = session.take(request)?;
    if total != Some(session.bytes.len()) {
        return Ok(session.goes_on(request));
    }
    let (bytes, description) = (session.bytes.clone(), session.description.clone());
    let (bucket, name, condition) =
        (session.bucket.clone(), session.name.clone(), session.condition);
    let object = model.insert((&bucket, &name), description, bytes, condition)?;
    let resource = resource(&bucket, &name, &object);
    if let Some(session) = model.sessions.get_mut(id) {
        session.made = Some(object);
        session.bytes = Vec::new();
    }
    Ok(Response::new(200).with_body("application/json; charset=UTF-8", resource.to_string()))
}

impl Session {
    /// Takes what the request brings, if its range says where it belongs. Gives the size of all, if
    /// it says that.
    fn take(&mut self, request: &Request) -> Answered<Option<usize>> {
        let bad = || Refused::invalid("Failed to parse Content-Range header.");
        let Some(range) = request.header("content-range") else {
            self.bytes.clone_from(&request.body);
            return Ok(Some(self.bytes.len()));
        };
        let (range, total) =
            range.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')).ok_or_else(bad)?;
        let total = match total {
            "*" => None,
            total => Some(number(total)?.unsigned_abs() as usize),
        };
        if range == "*" {
            return if request.body.is_empty() { Ok(total) } else { Err(bad()) };
        }
        let (first, last) = range.split_once('-').ok_or_else(bad)?;
        let first: usize = first.parse().map_err(|_| bad())?;
        let end = last.parse::<usize>().map_err(|_| bad())? + 1;
        let is_last = total == Some(end);
        if end.checked_sub(first) != Some(request.body.len()) || total.is_some_and(|all| all < end)
        {
            return Err(Refused::invalid("the range is not that of the body"));
        }
        if !is_last && !request.body.len().is_multiple_of(UNIT) {
            return Err(Refused::invalid("it must be a multiple of 262144 bytes"));
        }
        let known = self.bytes.len().checked_sub(first);
        let known = known.ok_or_else(|| Refused::invalid("the offset is beyond what is there"))?;
        let mut new = request.body.get(known..).unwrap_or_default();
        self.parts += 1;
        if self.parts.is_multiple_of(2) && new.len() > UNIT {
            new = new.get(..new.len() / 2 / UNIT * UNIT).unwrap_or_default();
        }
        self.bytes.extend_from_slice(new);
        Ok(total)
    }

    /// The answer of a session that is not over: 308, or for a client that cannot have that, 200.
    fn goes_on(&self, request: &Request) -> Response {
        let response = if request.header("x-guploader-no-308") == Some("yes") {
            Response::new(200).with("X-HTTP-Status-Code-Override", "308")
        } else {
            Response::new(308)
        };
        match self.bytes.len() {
            0 => response,
            size => response.with("Range", format!("bytes=0-{}", size - 1)),
        }
    }
}

/// A body of `multipart/related` (RFC 2387): the description, then the bytes.
fn whole(
    model: &mut Model,
    bucket: &str,
    mut parameters: Parameters,
    request: &Request,
) -> Answered {
    let bad = || Refused::invalid("Malformed multipart body.");
    let kind = request.header("content-type").unwrap_or_default();
    let boundary = kind.strip_prefix("multipart/related; boundary=").ok_or_else(bad)?;
    let boundary = boundary.trim_matches(['"', '\'']);
    let mut rest = request.body.as_slice();
    let mut next = |from: String, to: &str| -> Answered<Vec<u8>> {
        let begins = rest.strip_prefix(from.as_bytes()).ok_or_else(bad)?;
        let at = find(begins, to.as_bytes()).ok_or_else(bad)?;
        let (part, after) = begins.split_at(at);
        rest = after;
        Ok(part.to_vec())
    };
    let end = format!("\r\n--{boundary}");
    let first = next(format!("--{boundary}\r\n"), &end)?;
    let second = next(format!("{end}\r\n"), &format!("{end}--"))?;
    let (kind, body) = headed(&first).ok_or_else(bad)?;
    if !kind.starts_with("application/json") {
        return Err(bad());
    }
    let (mut description, given) = description(body)?;
    let (kind, bytes) = headed(&second).ok_or_else(bad)?;
    description.content_type.get_or_insert(kind);
    let name = parameters.take("name").or(given);
    let name = name.ok_or_else(|| Refused::invalid("the object has no name"))?;
    let condition = parameters.condition("ifGenerationMatch")?;
    let object = model.insert((bucket, &name), description, bytes.to_vec(), condition)?;
    parameters.answer(resource(bucket, &name, &object))
}

/// The media type of a part, and its body.
fn headed(part: &[u8]) -> Option<(String, &[u8])> {
    let at = find(part, b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(part.get(..at)?).ok()?, part.get(at + 4..)?);
    let (name, kind) = head.split_once(':')?;
    name.eq_ignore_ascii_case("content-type").then(|| (kind.trim().to_owned(), body))
}

fn find(all: &[u8], wanted: &[u8]) -> Option<usize> {
    all.windows(wanted.len()).position(|window| window == wanted)
}
