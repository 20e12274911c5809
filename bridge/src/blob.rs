//! Blobs across the seam. One operation: its line in the bridge, its body below.

mod convert;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod get;
mod writer;

use std::time::Duration;

use tombolo::blob::{self, BlobStore as Core};

use self::get::Get;
pub use self::writer::BlobWriter;
use self::writer::blob_writer_free;

use crate::crossing::{free, sync};
use crate::identity::Credential;
use crate::{
    LentBuffer, OwnText, RawBuffer, RawBytes, RawError, RawHandler, RawRuntime, Result, Runtime,
    Spec, StreamTicket, Ticket, identity, own_text, text,
};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod ffi {
    /// Text that may be absent. An empty one is not absent: an empty etag never matches.
    #[derive(Clone, Copy)]
    struct Optional<'a> {
        present: bool,
        text: &'a [u8],
    }

    /// `kind` 0: all, 1: from `offset` to the end, 2: `length` from `offset`, 3: the last `length`.
    #[derive(Clone, Copy)]
    struct Range {
        kind: u32,
        offset: u64,
        length: u64,
    }

    /// `by_handler`: tokens come from the handler that is given beside it.
    struct TokenSource<'a> {
        token: Optional<'a>,
        by_handler: bool,
    }

    #[derive(Clone, Copy)]
    struct GetOptions<'a> {
        range: Range,
        if_match: Optional<'a>,
        if_none_match: Optional<'a>,
    }

    #[derive(Clone, Copy)]
    struct Field<'a> {
        name: &'a [u8],
        value: &'a [u8],
    }

    struct PutOptions<'a> {
        if_absent: bool,
        if_match: Optional<'a>,
        content_type: &'a [u8],
        metadata: &'a [Field<'a>],
    }

    #[derive(Clone, Copy)]
    struct ListOptions<'a> {
        prefix: &'a [u8],
        delimiter: &'a [u8],
        start_after: &'a [u8],
        page_size: usize,
    }

    #[derive(Default)]
    struct Entry {
        name: String,
        value: String,
    }

    #[derive(Default)]
    struct ObjectMeta {
        key: String,
        size: u64,
        etag: String,
        /// Nanoseconds since the Unix epoch.
        last_modified: i64,
        content_type: String,
        metadata: Vec<Entry>,
    }

    struct Object {
        meta: ObjectMeta,
        start: u64,
        end: u64,
        bytes: RawBytes,
    }

    struct Filled {
        meta: ObjectMeta,
        start: u64,
        end: u64,
        size: usize,
        buffer: RawBuffer,
    }

    struct Reader {
        meta: ObjectMeta,
        start: u64,
        end: u64,
        chunks: StreamTicket,
    }

    #[derive(Default)]
    struct ListPage {
        objects: Vec<ObjectMeta>,
        prefixes: Vec<String>,
    }

    struct DeleteOutcome {
        key: String,
        error: RawError,
    }

    struct DeleteOutcomes {
        outcomes: Vec<DeleteOutcome>,
    }

    #[derive(Clone, Copy)]
    struct Capabilities {
        put_if_match: bool,
        put_if_absent: bool,
        delete_if_match: bool,
        copy_if_absent: bool,
        atomic_rename: bool,
        metadata: bool,
        list_has_metadata: bool,
        presign: bool,
        persistent: bool,
        key_beside_folder: bool,
        long_segments: bool,
        odd_keys: bool,
        new_etags: bool,
        cached_reads: bool,
    }

    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo"]
        type Ticket = crate::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = crate::StreamTicket;
        #[namespace = "tombolo"]
        type RawBytes = crate::RawBytes;
        #[namespace = "tombolo"]
        type RawBuffer = crate::RawBuffer;
        #[namespace = "tombolo"]
        type RawHandler = crate::RawHandler;
        #[namespace = "tombolo"]
        type RawRuntime = crate::RawRuntime;
        include!("tombolo-bridge/src/identity/credential.rs.h");
        type Credential = crate::identity::Credential;
        #[namespace = "tombolo::detail"]
        type RawError = crate::RawError;
    }

    extern "Rust" {
        #[derive(ExternType)]
        type BlobStore;
        type BlobWriter;

        /// `credential` may be null.
        unsafe fn blob_store_open(
            url: &[u8],
            runtime: RawRuntime,
            credential: *const Credential,
            source: &TokenSource,
            tokens: RawHandler,
            error: &mut RawError,
        ) -> *mut BlobStore;
        unsafe fn blob_store_free(store: *mut BlobStore);
        fn capabilities(self: &BlobStore) -> Capabilities;

        fn get(self: &BlobStore, key: &[u8], options: GetOptions) -> Ticket;
        fn get_object(self: &BlobStore, key: &[u8], options: GetOptions) -> Ticket;
        fn get_into(self: &BlobStore, key: &[u8], buffer: RawBuffer, options: GetOptions)
        -> Ticket;
        fn head(self: &BlobStore, key: &[u8], options: GetOptions) -> Ticket;
        fn put(self: &BlobStore, key: &[u8], body: RawBytes, options: &PutOptions) -> Ticket;
        fn open_reader(self: &BlobStore, key: &[u8], options: GetOptions) -> Ticket;
        fn open_writer(self: &BlobStore, key: &[u8], options: &PutOptions) -> Ticket;
        fn list(self: &BlobStore, options: ListOptions) -> StreamTicket;
        fn remove(self: &BlobStore, key: &[u8], if_match: Optional) -> Ticket;
        fn remove_many(self: &BlobStore, keys: &[&[u8]]) -> Ticket;
        fn copy(self: &BlobStore, from: &[u8], to: &[u8], if_absent: bool) -> Ticket;
        fn rename(self: &BlobStore, from: &[u8], to: &[u8], if_absent: bool) -> Ticket;
        fn presign(self: &BlobStore, key: &[u8], method: u32, expires_in_ns: u64) -> Ticket;

        unsafe fn blob_writer_free(writer: *mut BlobWriter);
        fn write(self: &BlobWriter, piece: RawBytes) -> Ticket;
        fn finish(self: &BlobWriter) -> Ticket;

        fn take_meta(op: &Ticket, out: &mut ObjectMeta) -> bool;
        fn take_object(op: &Ticket, out: &mut Object) -> bool;
        fn take_filled(op: &Ticket, out: &mut Filled) -> bool;
        fn take_reader(op: &Ticket, out: &mut Reader) -> bool;
        fn take_writer(op: &Ticket) -> *mut BlobWriter;
        fn take_page(op: &Ticket, out: &mut ListPage) -> bool;
        fn take_etag(op: &Ticket, out: &mut String) -> bool;
        fn take_outcomes(op: &Ticket, out: &mut DeleteOutcomes) -> bool;
    }
}

/// A store in the hands of C++.
pub struct BlobStore {
    core: Core,
    runtime: Runtime,
    /// What its operations without and with effects are, but for their names.
    reads: Spec,
    writes: Spec,
}

impl std::fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobStore").finish_non_exhaustive()
    }
}

/// On the default runtime.
impl From<Core> for BlobStore {
    fn from(core: Core) -> Self {
        Self::new(core, Runtime::default())
    }
}

/// # Safety
/// `credential` is null, or that of a credential that lives for the call.
unsafe fn blob_store_open(
    url: &[u8],
    runtime: RawRuntime,
    credential: *const Credential,
    source: &ffi::TokenSource<'_>,
    tokens: RawHandler,
    error: &mut RawError,
) -> *mut BlobStore {
    sync(error, || {
        // SAFETY: handed on from the caller.
        let credential = unsafe { credential.as_ref() };
        let token = source.token.present.then_some(source.token.text);
        let handler = source.by_handler.then_some(tokens);
        let credential = identity::source(credential, token, handler)?;
        let options = blob::OpenOptions { credential, ..blob::OpenOptions::default() };
        let core = Core::open_with(text("url", url)?, options)?;
        Ok(BlobStore::new(core, runtime.share()))
    })
}

/// # Safety
/// `store` came from [`blob_store_open`] and is not used again.
unsafe fn blob_store_free(store: *mut BlobStore) {
    // SAFETY: handed on from the caller.
    unsafe { free(store) };
}

impl BlobStore {
    fn new(core: Core, runtime: Runtime) -> Self {
        let placed = |spec: Spec| {
            let spec = spec.on(core.placement());
            if core.answers_at_once() { spec.without_runtime() } else { spec }
        };
        let (reads, writes) = (Spec::read(core.service(), ""), Spec::write(core.service(), ""));
        Self { reads: placed(reads), writes: placed(writes), core, runtime }
    }

    fn reads(&self, operation: &'static str) -> Spec {
        self.reads.named(operation)
    }

    fn writes(&self, operation: &'static str) -> Spec {
        self.writes.named(operation)
    }

    /// An operation on one key, which is checked and copied here.
    fn keyed<T, F>(&self, spec: Spec, key: &[u8], call: impl FnOnce(Core, OwnText) -> F) -> Ticket
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.runtime.op(spec, || Ok(call(self.core.clone(), own_text("key", key)?)))
    }

    fn capabilities(&self) -> ffi::Capabilities {
        self.core.capabilities().into()
    }

    fn get(&self, key: &[u8], options: ffi::GetOptions<'_>) -> Ticket {
        self.runtime.op(self.reads("get"), || {
            let options = if options.are_any() { Some(Box::new(options.to_core()?)) } else { None };
            Ok(Get::Asked { store: self.core.clone(), key: own_text("key", key)?, options })
        })
    }

    fn get_object(&self, key: &[u8], options: ffi::GetOptions<'_>) -> Ticket {
        let (spec, options) = (self.reads("get"), options.to_core());
        self.keyed(spec, key, |store, key| async move { store.get(&key, options?).await })
    }

    fn get_into(&self, key: &[u8], buffer: RawBuffer, options: ffi::GetOptions<'_>) -> Ticket {
        let (spec, options) = (self.reads("get_into"), options.to_core());
        let buffer = buffer.into_buffer();
        self.keyed(
            spec,
            key,
            |store, key| async move { store.get_into(&key, buffer, options?).await },
        )
    }

    fn head(&self, key: &[u8], options: ffi::GetOptions<'_>) -> Ticket {
        let (spec, options) = (self.reads("head"), options.to_head());
        self.keyed(spec, key, |store, key| async move { store.head(&key, options?).await })
    }

    fn put(&self, key: &[u8], body: RawBytes, options: &ffi::PutOptions<'_>) -> Ticket {
        let (spec, options) = (self.writes("put"), options.to_core());
        let body = body.into_bytes();
        self.keyed(spec, key, |store, key| async move { store.put(&key, body, options?).await })
    }

    fn open_reader(&self, key: &[u8], options: ffi::GetOptions<'_>) -> Ticket {
        let (spec, chunks, options) = (self.reads("reader"), self.reads("read"), options.to_core());
        let runtime = self.runtime.clone();
        self.keyed(spec, key, |store, key| async move {
            Ok(ffi::Reader::new(&runtime, chunks, store.reader(&key, options?).await?))
        })
    }

    fn open_writer(&self, key: &[u8], options: &ffi::PutOptions<'_>) -> Ticket {
        let (spec, options) = (self.writes("writer"), options.to_core());
        let (write, runtime) = (self.writes("write"), self.runtime.clone());
        self.keyed(spec, key, |store, key| async move {
            Ok(BlobWriter::new(store.writer(&key, options?).await?, write, runtime))
        })
    }

    fn list(&self, options: ffi::ListOptions<'_>) -> StreamTicket {
        self.runtime
            .stream(self.reads("list"), || Ok(self.core.list(options.to_core()?)?.into_stream()))
    }

    fn remove(&self, key: &[u8], if_match: ffi::Optional<'_>) -> Ticket {
        let (spec, if_match) = (self.writes("delete"), if_match.to_core("if_match"));
        self.keyed(spec, key, |store, key| async move {
            store.delete(&key, blob::DeleteOptions { if_match: if_match? }).await
        })
    }

    fn remove_many(&self, keys: &[&[u8]]) -> Ticket {
        let spec = self.writes("delete_many");
        self.runtime.op(spec, || {
            let (store, (keys, refused)) = (self.core.clone(), convert::keys(spec, keys));
            Ok(async move { Ok(convert::refuse(store.delete_many(keys).await?, refused)) })
        })
    }

    fn copy(&self, from: &[u8], to: &[u8], if_absent: bool) -> Ticket {
        let (spec, to) = (self.writes("copy"), own_text("to", to));
        let options = blob::CopyOptions { if_absent };
        self.keyed(spec, from, |store, from| async move { store.copy(&from, &to?, options).await })
    }

    fn rename(&self, from: &[u8], to: &[u8], if_absent: bool) -> Ticket {
        let (spec, to) = (self.writes("rename"), own_text("to", to));
        let options = blob::CopyOptions { if_absent };
        self.keyed(
            spec,
            from,
            |store, from| async move { store.rename(&from, &to?, options).await },
        )
    }

    fn presign(&self, key: &[u8], method: u32, expires_in_ns: u64) -> Ticket {
        let (spec, method) = (self.reads("presign"), convert::presign_method(method));
        let expires_in = Duration::from_nanos(expires_in_ns);
        self.keyed(
            spec,
            key,
            |store, key| async move { store.presign(&key, method?, expires_in).await },
        )
    }
}

fn take_meta(op: &Ticket, out: &mut ffi::ObjectMeta) -> bool {
    op.take_as::<blob::ObjectMeta, _>(out)
}

fn take_object(op: &Ticket, out: &mut ffi::Object) -> bool {
    op.take_as::<blob::Object, _>(out)
}

fn take_filled(op: &Ticket, out: &mut ffi::Filled) -> bool {
    op.take_as::<blob::Filled<LentBuffer>, _>(out)
}

fn take_reader(op: &Ticket, out: &mut ffi::Reader) -> bool {
    op.take_into(out)
}

fn take_writer(op: &Ticket) -> *mut BlobWriter {
    op.take_handle()
}

fn take_page(op: &Ticket, out: &mut ffi::ListPage) -> bool {
    op.take_as::<blob::ListPage, _>(out)
}

fn take_etag(op: &Ticket, out: &mut String) -> bool {
    op.take::<blob::PutResult>().map(|result| *out = result.etag).is_some()
}

fn take_outcomes(op: &Ticket, out: &mut ffi::DeleteOutcomes) -> bool {
    op.take_as::<Vec<blob::DeleteOutcome>, _>(out)
}
