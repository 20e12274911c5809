//! A write that meets its own earlier success: the service has carried it out, the answer was lost, and the
//! next attempt is refused because of it (decision 27).

use std::time::{Duration, SystemTime};

use http::header::{DATE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, Method};
use tokio::time::Instant;

use super::call::{Call, Repeat};
use super::headers::{http_date, text};
use super::protocol::Protocol;
use super::put::{judged, written};
use super::store::Store;
use crate::blob::{Key, PutCondition, PutOptions, PutResult, check, etag};
use crate::{Effect, Error, ErrorCode, ErrorKind, Result};

/// The name of the entry of an object's metadata that says which write has made it. Letters only, as services
/// differ in what else they keep.
pub(super) const WRITE_ID: &str = "tombolowrite";

/// Times of objects are whole seconds, and so are those of answers.
const SLACK: Duration = Duration::from_secs(2);

/// Whether metadata of this name is the user's.
pub(super) fn is_users(name: &str) -> bool {
    name != WRITE_ID
}

/// What a write is known by.
pub(super) fn id(options: &PutOptions) -> Option<&str> {
    options.metadata.get(WRITE_ID).map(String::as_str)
}

/// What sending a write with these options twice does.
pub(super) fn repeat(options: &PutOptions) -> Repeat {
    if id(options).is_some() { Repeat::Conditional } else { Repeat::Once }
}

impl<P: Protocol> Store<P> {
    /// The options of a write whole, with an identifier if it has a condition.
    pub(super) fn marked_if_conditional(&self, options: PutOptions) -> Result<PutOptions> {
        let conditional = options.condition != PutCondition::None;
        self.marked_if(conditional, options)
    }

    /// The options of a write that may come in parts, with an identifier.
    pub(super) fn marked(&self, options: PutOptions) -> Result<PutOptions> {
        self.marked_if(true, options)
    }

    /// # Errors
    /// `invalid_argument` for metadata of the identifier's own name.
    fn marked_if(&self, wanted: bool, mut options: PutOptions) -> Result<PutOptions> {
        if id(&options).is_some() {
            let why = format!("the name {WRITE_ID:?} is Tombolo's own in this store");
            return Err(Error::invalid_argument("metadata", why));
        }
        let id =
            if wanted && self.policy().write_ids { etag::new_etag()? } else { return Ok(options) };
        // Services take no more than we do, so one for which there is no room has none.
        let size = check::size(&options.content_type, &options.metadata);
        if size + WRITE_ID.len() + id.len() <= check::MAX_METADATA {
            options.metadata.insert(WRITE_ID.to_owned(), id);
        }
        Ok(options)
    }

    /// What became of the write of `key` that was begun at `began` and failed with `error`.
    pub(super) async fn outcome(
        &self,
        key: &Key,
        options: &PutOptions,
        began: Instant,
        error: Error,
    ) -> Result<PutResult> {
        let error = judged(error, &options.condition);
        let was_refused = error.kind() == ErrorKind::ConditionNotMet
            || matches!(error.code(), ErrorCode::Aborted | ErrorCode::NotFound);
        if error.effect() != Effect::Unknown || !was_refused {
            return Err(error);
        }
        let Some(id) = id(options) else { return Err(in_doubt(error)) };
        let look = Call::read(Method::HEAD, self.url("key", key)?, key.as_str());
        let Ok(reply) = self.send(&look).await else { return Err(in_doubt(error)) };
        let name = format!("{}{WRITE_ID}", self.protocol.dialect().metadata);
        if text(&reply.headers, name) == id {
            self.counters().recognised.add(1);
            return written(&reply.headers);
        }
        if is_older(&reply.headers, began.elapsed()) {
            return Err(error.with_effect(Effect::None));
        }
        Err(in_doubt(error))
    }
}

/// Whether the object was there before a time that is so long ago, by the service's own clock. Then
/// nothing was written since.
fn is_older(headers: &HeaderMap, than: Duration) -> bool {
    let time = |name| http_date(text(headers, name)).ok();
    let Some((now, modified)) = time(DATE).zip(time(LAST_MODIFIED)) else { return false };
    // S3 dates an object that came in parts, whose etag has a hyphen, by the beginning of its upload.
    if text(headers, ETAG).contains('-') {
        return false;
    }
    now.checked_sub(than + SLACK).is_some_and(|began: SystemTime| modified < began)
}

/// The same error where it cannot be known whether an earlier attempt was what made it. Not of the kind of a
/// condition that does not hold: whoever takes that for the work of others would do it twice.
pub(super) fn in_doubt(error: Error) -> Error {
    let message = "an attempt of this write was not answered, and the next one was refused: it \
                   cannot be known whether the first has succeeded; read the object";
    Error::new(ErrorCode::Aborted, message)
        .with_retryable(false)
        .with_effect(Effect::Unknown)
        .with_service_status(error.service_status())
        .with_request_id(error.request_id())
        .with_attempts(error.attempts())
        .with_cause(error)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn an_object_is_older_only_if_that_is_certain() {
        let mut headers = HeaderMap::new();
        let date = HeaderValue::from_static("Mon, 12 Oct 2009 17:50:30 GMT");
        headers.insert(LAST_MODIFIED, date.clone());
        assert!(!is_older(&headers, Duration::from_secs(1)), "without the service's time");
        headers.insert(DATE, date);
        assert!(!is_older(&headers, Duration::from_secs(1)));
        headers.insert(DATE, HeaderValue::from_static("Mon, 12 Oct 2009 17:50:33 GMT"));
        assert!(!is_older(&headers, Duration::from_secs(1)));
        headers.insert(DATE, HeaderValue::from_static("Mon, 12 Oct 2009 17:50:34 GMT"));
        assert!(is_older(&headers, Duration::from_secs(1)));
        headers.insert(ETAG, HeaderValue::from_static("\"0123-2\""));
        assert!(!is_older(&headers, Duration::from_secs(1)), "it may have been finished later");
    }
}
