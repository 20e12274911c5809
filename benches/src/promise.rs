//! What one writes with plain cxx: a task per call, which completes a `std::promise` of C++.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use super::actor::Actor;

/// The calls, as C++ sees them.
#[cxx::bridge(namespace = "tombolo_bench")]
mod ffi {
    unsafe extern "C++" {
        include!("promise.hpp");
        type Promise;
        fn fulfil(promise: UniquePtr<Promise>, value: u64);
    }

    extern "Rust" {
        fn promise_ready(x: u64, promise: UniquePtr<Promise>) -> bool;
        fn promise_from_actor(x: u64, promise: UniquePtr<Promise>) -> bool;
    }
}

// SAFETY: a `std::promise` may be fulfilled on any thread.
unsafe impl Send for ffi::Promise {}

/// A runtime of one worker, and an actor on it.
fn runtime() -> Option<&'static (Runtime, Actor)> {
    static RUNTIME: OnceLock<Option<(Runtime, Actor)>> = OnceLock::new();
    let start = || {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().ok()?;
        let actor = {
            let _context = runtime.enter();
            Actor::start()
        };
        Some((runtime, actor))
    };
    RUNTIME.get_or_init(start).as_ref()
}

fn promise_ready(x: u64, promise: cxx::UniquePtr<ffi::Promise>) -> bool {
    let Some((runtime, _)) = runtime() else { return false };
    runtime.spawn(async move { ffi::fulfil(promise, x + 1) });
    true
}

fn promise_from_actor(x: u64, promise: cxx::UniquePtr<ffi::Promise>) -> bool {
    let Some((runtime, actor)) = runtime() else { return false };
    runtime.spawn(async move { ffi::fulfil(promise, actor.ask(x).await.unwrap_or(0)) });
    true
}
