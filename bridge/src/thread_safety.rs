//! What Rust proves about the objects that C++ holds: whether they may go to another thread, and
//! whether threads may share them. C++ says the same in `tombolo/thread_safety.hpp`, by hand, and a
//! test compares the two, so that neither can change alone.

use std::marker::PhantomData;

use crate::blob::{BlobStore, BlobWriter};
use crate::crossing::{LentBuffer, Runtime, Ticket, behind};
use crate::identity::{Claims, Credential, Verifier};
use crate::secrets::SecretStore;

/// What holds for the object behind a type of C++.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadSafety {
    /// The name in C++.
    pub name: &'static str,
    /// It may be moved to another thread.
    pub send: bool,
    /// It may be used by many threads at once.
    pub sync: bool,
}

/// Asks the compiler: where the bound holds, the inherent constant hides that of the trait.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T: Send> Probe<T> {
    /// It may be moved to another thread.
    pub const SEND: bool = true;
}

impl<T: Sync> Probe<T> {
    /// It may be used by many threads at once.
    pub const SYNC: bool = true;
}

/// What a [`Probe`] answers where the bound does not hold.
pub trait Otherwise {
    /// It must stay on its thread.
    const SEND: bool = false;
    /// It is for one thread at a time.
    const SYNC: bool = false;
}

impl<T> Otherwise for Probe<T> {}

/// The facts about types, each by its name in C++: an array of [`ThreadSafety`].
#[macro_export]
macro_rules! thread_safety_facts {
    ($($name:ident: $type:ty),* $(,)?) => {{
        #[allow(unused_imports, reason = "of use where a bound does not hold")]
        use $crate::thread_safety::{Otherwise, Probe, ThreadSafety};
        [$(ThreadSafety {
            name: stringify!($name),
            send: Probe::<$type>::SEND,
            sync: Probe::<$type>::SYNC,
        }),*]
    }};
}

/// The facts about every type of C++ with an object of Rust behind it.
#[must_use]
pub const fn thread_safety() -> [ThreadSafety; 20] {
    thread_safety_facts! {
        BlobReader: behind::Stream,
        BlobStore: BlobStore,
        BlobWriter: BlobWriter,
        Bytes: behind::Bytes,
        Claims: Claims,
        CompletionQueue: behind::Queue,
        Credential: Credential,
        Error: tombolo::Error,
        Handler: behind::Handler,
        LentBuffer: LentBuffer,
        LogSink: behind::LogSink,
        Operation: Ticket,
        Reply: behind::Reply,
        Running: Ticket,
        Runtime: Runtime,
        SecretStore: SecretStore,
        SecretValue: behind::Bytes,
        Stream: behind::Stream,
        TokenSource: behind::Handler,
        Verifier: Verifier,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_compiler_is_asked() {
        let asked = thread_safety_facts! {
            Both: u32,
            Send: std::cell::Cell<u32>,
            Sync: std::sync::MutexGuard<'static, u32>,
            Neither: *const u32,
        };
        let answers = asked.map(|fact| (fact.send, fact.sync));
        assert_eq!(answers, [(true, true), (true, false), (false, true), (false, false)]);
    }
}
