//! Secrets across the seam. A value crosses as the memory it is in, which both sides share and the
//! last of them wipes: nothing is copied.

mod get;
#[cfg(not(feature = "secrets"))]
mod left_out;

#[cfg(feature = "secrets")]
use tombolo::secrets as core;

#[cfg(not(feature = "secrets"))]
use self::left_out as core;

use self::get::Get;
use crate::crossing::{free, sync};
use crate::identity::Credential;
use crate::{
    OwnText, Placement, RawBytes, RawError, RawHandler, RawRuntime, Result, Runtime, Spec,
    StreamTicket, Ticket, entry, identity, own_text, owned_text, text,
};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod ffi {
    #[derive(Clone, Copy)]
    struct SecretCapabilities {
        set: bool,
        remove: bool,
        versions: bool,
        binary: bool,
        at_once: bool,
    }

    /// The token that a store logs in with, or neither, or the handler that is given beside it.
    struct SecretTokenSource<'a> {
        has_token: bool,
        token: &'a [u8],
        by_handler: bool,
    }

    /// A value, or an error.
    struct SecretChange {
        value: RawBytes,
        error: RawError,
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
        type RawHandler = crate::RawHandler;
        #[namespace = "tombolo"]
        type RawRuntime = crate::RawRuntime;
        include!("tombolo-bridge/src/identity/credential.rs.h");
        type Credential = crate::identity::Credential;
        #[namespace = "tombolo::detail"]
        type RawError = crate::RawError;
    }

    extern "Rust" {
        type SecretStore;

        fn secret_copy(value: &[u8], error: &mut RawError) -> RawBytes;

        /// `credential` may be null.
        unsafe fn secret_store_open(
            url: &[u8],
            runtime: RawRuntime,
            credential: *const Credential,
            source: &SecretTokenSource,
            tokens: RawHandler,
            error: &mut RawError,
        ) -> *mut SecretStore;
        unsafe fn secret_store_free(store: *mut SecretStore);
        fn secret_capabilities(self: &SecretStore) -> SecretCapabilities;

        fn get(self: &SecretStore, name: &[u8]) -> Ticket;
        fn get_version(self: &SecretStore, name: &[u8], version: &[u8]) -> Ticket;
        fn set(self: &SecretStore, name: &[u8], value: RawBytes) -> Ticket;
        fn remove(self: &SecretStore, name: &[u8]) -> Ticket;
        fn list(self: &SecretStore) -> Ticket;
        fn versions(self: &SecretStore, name: &[u8]) -> Ticket;
        fn watch(self: &SecretStore, name: &[u8]) -> StreamTicket;

        fn take_texts(op: &Ticket, out: &mut Vec<String>) -> bool;
        fn take_change(op: &Ticket, out: &mut SecretChange) -> bool;
    }
}

/// A store of secrets in the hands of C++.
pub struct SecretStore {
    core: core::SecretStore,
    runtime: Runtime,
}

/// What a watch has seen.
struct Change(Result<core::SecretValue>);

/// A copy in memory that is wiped.
fn secret_copy(value: &[u8], error: &mut RawError) -> RawBytes {
    let copied = entry(|| core::SecretValue::copy_of(value));
    copied.map(|copy| RawBytes::from(copy.into_shared())).unwrap_or_else(|failure| {
        *error = RawError::from(failure);
        RawBytes::empty()
    })
}

/// # Safety
/// `credential` is null, or that of a credential that lives for the call.
unsafe fn secret_store_open(
    url: &[u8],
    runtime: RawRuntime,
    credential: *const Credential,
    source: &ffi::SecretTokenSource<'_>,
    tokens: RawHandler,
    error: &mut RawError,
) -> *mut SecretStore {
    sync(error, || {
        // SAFETY: handed on from the caller.
        let credential = unsafe { credential.as_ref() };
        let token = source.has_token.then_some(source.token);
        let handler = source.by_handler.then_some(tokens);
        let credential = identity::source(credential, token, handler)?;
        let options = core::OpenOptions { credential };
        let core = core::SecretStore::open_with(text("url", url)?, options)?;
        Ok(SecretStore { core, runtime: runtime.share() })
    })
}

/// # Safety
/// `store` came from [`secret_store_open`] and is not used again.
unsafe fn secret_store_free(store: *mut SecretStore) {
    // SAFETY: handed on from the caller.
    unsafe { free(store) };
}

impl SecretStore {
    /// An operation on a name, which is checked and copied here; polled on a worker.
    fn named<T, F>(
        &self,
        spec: Spec,
        name: &[u8],
        call: impl FnOnce(core::SecretStore, OwnText) -> F,
    ) -> Ticket
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.runtime.op(spec, || Ok(call(self.core.clone(), own_text("name", name)?)))
    }

    fn reads(&self, operation: &'static str) -> Spec {
        Spec::read(self.core.service(), operation)
    }

    fn writes(&self, operation: &'static str) -> Spec {
        Spec::write(self.core.service(), operation)
    }

    fn secret_capabilities(&self) -> ffi::SecretCapabilities {
        let can = self.core.capabilities();
        ffi::SecretCapabilities {
            set: can.set,
            remove: can.delete,
            versions: can.versions,
            binary: can.binary,
            at_once: can.at_once,
        }
    }

    fn get(&self, name: &[u8]) -> Ticket {
        // What is kept is answered at its start; what is not asks for the runtime by itself.
        let spec = self.reads("get").on(Placement::Caller).without_runtime();
        self.runtime.op(spec, || {
            let (store, runtime) = (self.core.clone(), self.runtime.clone());
            Ok(Get::Asked { store, runtime, name: own_text("name", name)? })
        })
    }

    fn get_version(&self, name: &[u8], version: &[u8]) -> Ticket {
        let version = owned_text("version", version);
        self.named(self.reads("get"), name, |store, name| async move {
            store.get_version(&name, &version?).await.map(core::SecretValue::into_shared)
        })
    }

    fn set(&self, name: &[u8], value: RawBytes) -> Ticket {
        let value = core::SecretValue::from_shared(value.into_bytes());
        self.named(
            self.writes("set"),
            name,
            |store, name| async move { store.set(&name, value).await },
        )
    }

    fn remove(&self, name: &[u8]) -> Ticket {
        self.named(
            self.writes("delete"),
            name,
            |store, name| async move { store.delete(&name).await },
        )
    }

    fn list(&self) -> Ticket {
        let list = |store: core::SecretStore| async move { store.list().await };
        self.runtime.op(self.reads("list"), || Ok(list(self.core.clone())))
    }

    fn versions(&self, name: &[u8]) -> Ticket {
        self.named(self.reads("versions"), name, |store, name| async move {
            store.versions(&name).await
        })
    }

    fn watch(&self, name: &[u8]) -> StreamTicket {
        self.runtime.stream(self.reads("watch"), || {
            let watch = self.core.watch(text("name", name)?)?;
            // An error that the watch has seen is an item: the stream goes on.
            Ok(futures_util::StreamExt::map(watch, |seen| Ok(Change(seen))))
        })
    }
}

fn take_texts(op: &Ticket, out: &mut Vec<String>) -> bool {
    op.take_into(out)
}

fn take_change(op: &Ticket, out: &mut ffi::SecretChange) -> bool {
    op.take_as::<Change, _>(out)
}

impl From<Change> for ffi::SecretChange {
    fn from(change: Change) -> Self {
        match change.0 {
            Ok(value) => Self { value: RawBytes::from(value.into_shared()), error: RawError::NONE },
            Err(error) => Self { value: RawBytes::empty(), error: RawError::from(error) },
        }
    }
}
