//! The face of a store of blobs: checks every argument, then asks the backend.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{
    Backend, BlobReader, BlobWriter, Buffer, Capabilities, CopyOptions, DeleteOptions,
    DeleteOutcome, Filled, GetOptions, HeadOptions, Key, ListOptions, Lister, Object, ObjectMeta,
    OpenOptions, PresignMethod, PutOptions, PutResult, check, open, until_error::UntilError,
};
use crate::{Error, ErrorCode, Placement, Result};

/// A store of blobs, opened by URL. Cheap to clone; may be used from any thread.
///
/// Every operation is a future that does nothing until it is polled, and is cancelled by dropping
/// it. It is `Send`; to make it `'static`, move a clone of the store into an `async move` block.
/// All operations of a store are polled where [`BlobStore::placement`] says: the embedded stores
/// answer [`Placement::Caller`], since their work is bounded or goes to the blocking pool, those in
/// clouds [`Placement::Worker`]. Whether
/// a dropped write has taken place is not known, except that it never takes place in part.
///
/// Arguments are checked before the backend is asked; every error names this store's service and
/// the operation. Beside the errors each operation lists, a backend may answer
/// `resource_exhausted`, `permission_denied`, `unavailable` and `internal`.
#[derive(Clone)]
pub struct BlobStore {
    backend: Arc<dyn Backend>,
}

impl BlobStore {
    /// Opens the store at `url`. No network I/O takes place; a folder costs a few system calls.
    ///
    /// | URL | store |
    /// |---|---|
    /// | `file:///absolute/path` | the folder; parameters `create`, `durable` (`true` or `false`), `max_running`, `max_queued`, `max_get`, `max_open` (see [`super::folder::FolderOptions`]) |
    /// | `mem:` | in memory, a new and private one |
    /// | `mem:name` | in memory, one per name in the process, which lives while a handle does |
    /// | `azblob://account/container`, `azblob://account/container/prefix` | Azure Blob Storage (feature `azure`) |
    /// | `gs://bucket`, `gs://bucket/prefix` | Google Cloud Storage (feature `gcs`) |
    /// | `s3://bucket`, `s3://bucket/prefix` | S3, and whatever speaks it (feature `s3`) |
    ///
    /// The parameters of clouds, credentials among them, are in `docs/guide/clouds.md`.
    /// Both of `mem` take the parameter `max_bytes`. Paths, names and parameters are
    /// percent-decoded.
    ///
    /// # Errors
    /// `invalid_argument` for a URL that is malformed, whose scheme this build does not know, or
    /// with an unknown or bad parameter; else what the backend answers.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, OpenOptions::default())
    }

    /// Opens the store at `url` with more than a URL can hold. Otherwise as [`BlobStore::open`].
    ///
    /// # Errors
    /// As [`BlobStore::open`]; `invalid_argument` for a credential that the store does not take.
    pub fn open_with(url: &str, options: OpenOptions) -> Result<Self> {
        let opened = open::open(url, options).map(Self::from_backend);
        opened.map_err(|e| e.with_origin("blob", "open"))
    }

    /// A store on a backend of one's own.
    #[must_use]
    pub fn from_backend(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// What this store can do. Does not block.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.backend.capabilities()
    }

    /// Where the operations of this store are to be polled. Does not block.
    #[must_use]
    pub fn placement(&self) -> Placement {
        self.backend.placement()
    }

    /// Whether every operation is done at its first poll, and needs nothing of tokio: true in memory.
    /// Does not block.
    #[must_use]
    pub fn answers_at_once(&self) -> bool {
        self.backend.answers_at_once()
    }

    /// The name of this store in errors, such as `blob.memory`. Does not block.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.backend.service()
    }

    /// Reads an object, or a range of it, into one buffer.
    ///
    /// # Errors
    /// `not_found`; `out_of_range` for a range that begins at or beyond the end;
    /// `failed_precondition` for an etag that does not match (kind `ConditionNotMet`) or was not to
    /// match (kind `NotModified`); `invalid_argument`; `resource_exhausted`, not retryable, for more
    /// bytes than the store answers with at once (in a folder `max_get`, 1 GiB by default): read
    /// ranges of it, or open a reader.
    pub async fn get(&self, key: &str, options: GetOptions) -> Result<Object> {
        let call = async {
            let key = Key::new(key)?;
            options.range.check()?;
            check::conditions(options.if_match.as_deref(), options.if_none_match.as_deref())?;
            self.backend.get(key, options).await
        };
        call.await.map_err(self.origin("get"))
    }

    /// The bytes of an object, or of a range of it, if the store answers at once, as one in memory does;
    /// else `None`, and [`BlobStore::get`] has the answer. Does not block, copies nothing.
    ///
    /// # Errors
    /// As [`BlobStore::get`].
    #[must_use]
    pub fn bytes_now(&self, key: &str, options: &GetOptions) -> Option<Result<Bytes>> {
        if !self.backend.answers_at_once() {
            return None;
        }
        let get = || {
            Key::check("key", key)?;
            options.range.check()?;
            check::conditions(options.if_match.as_deref(), options.if_none_match.as_deref())?;
            self.backend.bytes_now(key, options)
        };
        Some(get().map_err(|error| self.origin("get")(error)))
    }

    /// Reads an object, or a range of it, straight into `buffer`, from its first byte on, and gives
    /// it back with the answer. What the buffer has beyond the range is left as it is.
    ///
    /// After an error the buffer is gone: it is dropped when nobody writes into it any more, on
    /// whatever thread that is, as it is where this future is dropped. Memory that must come back in
    /// every case belongs to a type that gives it back when it is dropped.
    ///
    /// # Errors
    /// As [`BlobStore::get`]; `invalid_argument` also for a buffer that is smaller than the range,
    /// before anything is read.
    pub async fn get_into<B>(&self, key: &str, buffer: B, options: GetOptions) -> Result<Filled<B>>
    where
        B: AsMut<[u8]> + Send + 'static,
    {
        let call = async {
            let key = Key::new(key)?;
            options.range.check()?;
            check::conditions(options.if_match.as_deref(), options.if_none_match.as_deref())?;
            let filled = self.backend.get_into(key, Buffer::new(buffer), options).await?;
            let Filled { buffer, size, range, meta } = filled;
            let buffer = buffer.into_inner().ok_or_else(another_buffer)?;
            Ok(Filled { buffer, size, range, meta })
        };
        call.await.map_err(self.origin("get_into"))
    }

    /// Looks at an object without reading it.
    ///
    /// # Errors
    /// `not_found`, `invalid_argument`, and `failed_precondition` as [`BlobStore::get`].
    pub async fn head(&self, key: &str, options: HeadOptions) -> Result<ObjectMeta> {
        let call = async {
            let key = Key::new(key)?;
            check::conditions(options.if_match.as_deref(), options.if_none_match.as_deref())?;
            self.backend.head(key, options).await
        };
        call.await.map_err(self.origin("head"))
    }

    /// Writes an object whole, over the one that is there. `body` is kept or written as it is,
    /// without a copy.
    ///
    /// # Errors
    /// `failed_precondition`, kind `ConditionNotMet`, if the condition does not hold;
    /// `unimplemented` for an option that [`BlobStore::capabilities`] excludes;
    /// `invalid_argument`.
    pub async fn put(&self, key: &str, body: Bytes, options: PutOptions) -> Result<PutResult> {
        let call = async {
            let key = Key::new(key)?;
            check::put(&options, self.capabilities())?;
            self.backend.put(key, body, options).await
        };
        call.await.map_err(self.origin("put"))
    }

    /// Opens an object for reading in pieces, all of the version that is there now.
    ///
    /// # Errors
    /// As [`BlobStore::get`]; the stream of pieces ends with the first error.
    pub async fn reader(&self, key: &str, options: GetOptions) -> Result<BlobReader> {
        let call = async {
            let key = Key::new(key)?;
            options.range.check()?;
            check::conditions(options.if_match.as_deref(), options.if_none_match.as_deref())?;
            self.backend.reader(key, options).await
        };
        let mut reader = call.await.map_err(self.origin("reader"))?;
        reader.chunks = Box::pin(UntilError::new(reader.chunks, self.origin("read")));
        Ok(reader)
    }

    /// Begins to write an object in pieces. Its condition is checked when it is finished, and may
    /// be checked here as well.
    ///
    /// # Errors
    /// As [`BlobStore::put`].
    pub async fn writer(&self, key: &str, options: PutOptions) -> Result<BlobWriter> {
        let call = async {
            let key = Key::new(key)?;
            check::put(&options, self.capabilities())?;
            self.backend.writer(key, options).await
        };
        let inner = call.await.map_err(self.origin("writer"))?;
        Ok(BlobWriter::new(inner, self.service()))
    }

    /// Begins a listing, in the byte order of the keys. Nothing is asked of the backend before the
    /// first page is.
    ///
    /// # Errors
    /// `invalid_argument` for a delimiter other than `/`, a page size outside 1 to 10,000, and a
    /// prefix or a start that is longer than a key or holds a NUL.
    pub fn list(&self, options: ListOptions) -> Result<Lister> {
        check::list(&options).map_err(self.origin("list"))?;
        let pages = self.backend.list(options).into_stream();
        Ok(Lister::new(UntilError::new(pages, self.origin("list"))))
    }

    /// Deletes an object. Without a condition, deleting what is absent succeeds.
    ///
    /// # Errors
    /// `failed_precondition`, kind `ConditionNotMet`, if `if_match` is given and is not the
    /// object's etag, or there is no object; `unimplemented` as [`BlobStore::put`];
    /// `invalid_argument`.
    pub async fn delete(&self, key: &str, options: DeleteOptions) -> Result<()> {
        let call = async {
            let key = Key::new(key)?;
            check::delete(options.if_match.as_deref(), self.capabilities())?;
            self.backend.delete(key, options).await
        };
        call.await.map_err(self.origin("delete"))
    }

    /// Deletes up to 10,000 objects. Each key has its outcome, in the order given; a key that is
    /// no key fails alone. Dropped midway, some are deleted and some are not.
    ///
    /// # Errors
    /// `invalid_argument` for too many keys; what the backend answers when it fails as a whole.
    pub async fn delete_many(&self, keys: Vec<String>) -> Result<Vec<DeleteOutcome>> {
        let call = async {
            check::delete_many(keys.len())?;
            let mut refused = Vec::new();
            let mut good = Vec::with_capacity(keys.len());
            for (at, key) in keys.into_iter().enumerate() {
                match Key::new(key.as_str()) {
                    Ok(key) => good.push(key),
                    Err(why) => refused.push((at, DeleteOutcome { key, result: Err(why) })),
                }
            }
            let asked = good.len();
            let done = if asked == 0 { Vec::new() } else { self.backend.delete_many(good).await? };
            in_given_order(done, asked, refused)
        };
        let origin = self.origin("delete_many");
        let mut outcomes = call.await.map_err(&origin)?;
        for outcome in &mut outcomes {
            let result = mem::replace(&mut outcome.result, Ok(()));
            outcome.result = result.map_err(&origin);
        }
        Ok(outcomes)
    }

    /// Copies an object with its content type and metadata. The copy has an etag of its own.
    ///
    /// # Errors
    /// `not_found`; `failed_precondition`, kind `ConditionNotMet`, if the target was to be absent;
    /// `unimplemented` as [`BlobStore::put`]; `invalid_argument`, also for a copy onto itself.
    pub async fn copy(&self, from: &str, to: &str, options: CopyOptions) -> Result<PutResult> {
        let call = async {
            let (from, to) = check::transfer(from, to, options.if_absent, self.capabilities())?;
            self.backend.copy(from, to, options).await
        };
        call.await.map_err(self.origin("copy"))
    }

    /// Moves an object with its content type and metadata; one atomic step where
    /// [`Capabilities::atomic_rename`] says so. It has a new etag then.
    ///
    /// # Errors
    /// As [`BlobStore::copy`].
    pub async fn rename(&self, from: &str, to: &str, options: CopyOptions) -> Result<PutResult> {
        let call = async {
            let (from, to) = check::transfer(from, to, options.if_absent, self.capabilities())?;
            self.backend.rename(from, to, options).await
        };
        call.await.map_err(self.origin("rename"))
    }

    /// A URL by which anybody may do `method` to the object for `expires_in`, from 1 second to
    /// 7 days.
    ///
    /// # Errors
    /// `unimplemented` unless [`Capabilities::presign`]; `invalid_argument`.
    pub async fn presign(
        &self,
        key: &str,
        method: PresignMethod,
        expires_in: Duration,
    ) -> Result<String> {
        let call = async {
            let key = Key::new(key)?;
            check::expiry(expires_in)?;
            check::supported(self.capabilities().presign, "presign", "presigned URLs")?;
            self.backend.presign(key, method, expires_in).await
        };
        call.await.map_err(self.origin("presign"))
    }

    fn origin(&self, operation: &'static str) -> impl Fn(Error) -> Error + use<> {
        let service = self.service();
        move |error| error.with_origin(service, operation)
    }
}

fn another_buffer() -> Error {
    Error::new(ErrorCode::Internal, "another buffer came back than the one that was given")
}

/// Puts the refused keys back where they were given.
fn in_given_order(
    done: Vec<DeleteOutcome>,
    asked: usize,
    refused: Vec<(usize, DeleteOutcome)>,
) -> Result<Vec<DeleteOutcome>> {
    if done.len() != asked {
        let message = format!("{} outcomes for {asked} keys", done.len());
        return Err(Error::new(ErrorCode::Internal, message));
    }
    let mut done = done.into_iter();
    let mut all = Vec::with_capacity(asked + refused.len());
    for (at, outcome) in refused {
        let before = at.saturating_sub(all.len());
        all.extend(done.by_ref().take(before));
        all.push(outcome);
    }
    all.extend(done);
    Ok(all)
}

impl fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobStore").field("service", &self.service()).finish()
    }
}

#[cfg(test)]
mod tests;
