//! The stock core and bridge with what C++ unit tests need besides: a fake blob store and a clock that
//! tests hold. C++ has them as `tombolo::testing`.
//!
//! This crate's static library takes the place of the stock one in a program of tests, so that there
//! is one Rust library in it; no product links it.

mod answered;
mod asked;
mod backend;
mod gate;
mod rule;
mod script;
mod stream;
mod translate;

use std::sync::Arc;
use std::time::Duration;

use tombolo::blob;
use tombolo_bridge::{BlobStore, Held, RawError, entry, sync};

use backend::FakeBackend;

#[cxx::bridge(namespace = "tombolo::ffi::testing")]
mod ffi {
    /// A rule, by the numbers of the enumerations in `tombolo/testing/fake_blob_store.hpp`.
    struct Rule<'a> {
        /// 0 for any.
        call: u32,
        /// 0: any key, 1: exactly `key`, 2: keys that begin with it.
        keys: u32,
        key: &'a [u8],
        after: u64,
        /// 0: always, 1: the next `count`, 2: number `count`.
        times: u32,
        count: u64,
        delay_ns: i64,
        /// 0: the real one, 1: an error, 2: a panic, 3: the body cut to `place`, 4: one that is
        /// spoilt there.
        answer: u32,
        place: u64,
        code: u32,
        kind: u32,
        effect: u32,
        /// 0: no, 1: yes, 2: as the code has it.
        retryable: u32,
        applied: bool,
        message: &'a [u8],
    }

    /// A call that came.
    struct Asked {
        call: u32,
        key: String,
        others: Vec<String>,
        sent: u64,
        received: u64,
        outcome: u32,
        /// 0 for none.
        code: u32,
        effect: u32,
        scripted: bool,
    }

    /// What Rust proves about the object behind a type of C++.
    struct Safety {
        name: String,
        send: bool,
        sync: bool,
    }

    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        include!("tombolo-bridge/src/blob.rs.h");
        #[namespace = "tombolo::detail"]
        type RawError = tombolo_bridge::RawError;
        #[namespace = "tombolo::ffi"]
        type BlobStore = tombolo_bridge::BlobStore;
    }

    extern "Rust" {
        type Fake;
        type Gate;
        type Clock;

        fn fake_open(chunk_size: usize, error: &mut RawError) -> *mut Fake;
        fn fake_free(fake: Box<Fake>);
        fn store(self: &Fake, error: &mut RawError) -> *mut BlobStore;
        fn add(self: &Fake, rule: &Rule);
        fn add_at(self: &Fake, rule: &Rule, gate: &Gate);
        fn verify(self: &Fake, error: &mut RawError);
        fn calls(self: &Fake) -> Vec<Asked>;
        fn clear_calls(self: &Fake);
        fn clear_rules(self: &Fake);

        fn gate_new(error: &mut RawError) -> *mut Gate;
        fn gate_free(gate: Box<Gate>);
        fn open(self: &Gate);
        fn close(self: &Gate);
        fn let_through(self: &Gate, calls: u64);
        fn waiting(self: &Gate) -> usize;
        fn wait_for(self: &Gate, calls: usize, patience_ns: u64, error: &mut RawError);

        fn clock_hold(error: &mut RawError) -> *mut Clock;
        fn clock_free(clock: Box<Clock>);
        fn elapsed_ns(self: &Clock) -> u64;
        fn settle(self: &Clock, error: &mut RawError);
        fn step(self: &Clock, until_ns: u64, error: &mut RawError) -> bool;

        fn thread_safety() -> Vec<Safety>;
    }
}

/// A fake in the hands of C++.
pub struct Fake(Held<Arc<backend::Fake>>);

/// A gate in the hands of C++.
pub struct Gate(Held<gate::Gate>);

/// The held clock in the hands of C++.
pub struct Clock(Held<tombolo_bridge::HeldClock>);

fn fake_open(chunk_size: usize, error: &mut RawError) -> *mut Fake {
    sync(error, || backend::Fake::open(chunk_size).map(|fake| Fake(Held::new(fake))))
}

fn fake_free(fake: Box<Fake>) {
    drop(fake);
}

/// Runs `body`, whose error or panic is put into `error`.
fn checked(error: &mut RawError, body: impl FnOnce() -> tombolo::Result<()>) {
    if let Err(failure) = entry(body) {
        *error = failure.into();
    }
}

impl Fake {
    fn store(&self, error: &mut RawError) -> *mut BlobStore {
        let backend = || FakeBackend(Arc::clone(&self.0));
        sync(error, || Ok(blob::BlobStore::from_backend(Arc::new(backend())).into()))
    }

    fn add(&self, rule: &ffi::Rule<'_>) {
        self.add_rule(rule, None);
    }

    fn add_at(&self, rule: &ffi::Rule<'_>, gate: &Gate) {
        self.add_rule(rule, Some(gate.0.clone()));
    }

    fn add_rule(&self, rule: &ffi::Rule<'_>, gate: Option<gate::Gate>) {
        let rule = entry(|| rule.to_core(gate));
        self.0.script().add(rule);
    }

    fn verify(&self, error: &mut RawError) {
        checked(error, || self.0.script().verify());
    }

    fn calls(&self) -> Vec<ffi::Asked> {
        let all = || Ok(self.0.script().calls().iter().map(ffi::Asked::from).collect());
        entry(all).unwrap_or_default()
    }

    fn clear_calls(&self) {
        self.0.script().clear_calls();
    }

    fn clear_rules(&self) {
        self.0.script().clear_rules();
    }
}

fn gate_new(error: &mut RawError) -> *mut Gate {
    sync(error, || Ok(Gate(Held::new(gate::Gate::default()))))
}

fn gate_free(gate: Box<Gate>) {
    drop(gate);
}

impl Gate {
    fn open(&self) {
        self.0.open();
    }

    fn close(&self) {
        self.0.close();
    }

    fn let_through(&self, calls: u64) {
        self.0.let_through(calls);
    }

    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    fn wait_for(&self, calls: usize, patience_ns: u64, error: &mut RawError) {
        checked(error, || self.0.wait_for(calls, Duration::from_nanos(patience_ns)));
    }
}

fn clock_hold(error: &mut RawError) -> *mut Clock {
    sync(error, || tombolo_bridge::HeldClock::hold().map(|clock| Clock(Held::new(clock))))
}

fn clock_free(clock: Box<Clock>) {
    drop(clock);
}

impl Clock {
    fn elapsed_ns(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn settle(&self, error: &mut RawError) {
        checked(error, || self.0.settle());
    }

    fn step(&self, until_ns: u64, error: &mut RawError) -> bool {
        match entry(|| self.0.step(Duration::from_nanos(until_ns))) {
            Ok(more) => more,
            Err(failure) => {
                *error = failure.into();
                false
            }
        }
    }
}

fn thread_safety() -> Vec<ffi::Safety> {
    let fact = |fact: tombolo_bridge::ThreadSafety| ffi::Safety {
        name: fact.name.to_owned(),
        send: fact.send,
        sync: fact.sync,
    };
    let all = tombolo_bridge::thread_safety_facts! {
        Clock: Clock,
        FakeBlobStore: Fake,
        Gate: Gate,
    };
    all.map(fact).into()
}
