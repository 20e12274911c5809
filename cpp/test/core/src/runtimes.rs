//! Operations that run on a runtime that is named.

use std::time::Duration;

use tombolo_bridge::{Error, ErrorCode, RawRuntime, StreamTicket, Ticket};

use super::operations::{self, Alive};
use super::probes::{hold_thread, note_polls, spec};
use super::streams::counting;

#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = tombolo_bridge::StreamTicket;
        #[namespace = "tombolo"]
        type RawRuntime = tombolo_bridge::RawRuntime;
    }

    extern "Rust" {
        fn polls_at(runtime: RawRuntime, on_worker: bool) -> Ticket;
        fn never_at(runtime: RawRuntime, on_worker: bool) -> Ticket;
        fn hop_at(runtime: RawRuntime, on_worker: bool) -> Ticket;
        fn ready_at(runtime: RawRuntime) -> Ticket;
        fn sleep_ms_at(runtime: RawRuntime, ms: u64) -> Ticket;
        fn hold_worker_at(runtime: RawRuntime) -> Ticket;
        fn hold_blocking_at(runtime: RawRuntime, on_worker: bool) -> Ticket;
        fn hold_first_poll_at(runtime: RawRuntime) -> Ticket;
        fn blocking_thread_at(runtime: RawRuntime) -> Ticket;
        fn background_at(runtime: RawRuntime) -> Ticket;
        fn count_at(runtime: RawRuntime, to: u64) -> StreamTicket;
        fn let_go_on_blocking_thread(runtime: RawRuntime) -> Ticket;
        fn hold_worker_in_background_at(runtime: RawRuntime) -> Ticket;
    }
}

fn polls_at(runtime: RawRuntime, on_worker: bool) -> Ticket {
    runtime.share().op(spec(on_worker), || Ok(note_polls()))
}

fn never_at(runtime: RawRuntime, on_worker: bool) -> Ticket {
    runtime.share().op(spec(on_worker), || Ok(operations::never()))
}

fn hop_at(runtime: RawRuntime, on_worker: bool) -> Ticket {
    runtime.share().op(spec(on_worker), || Ok(operations::hop(1)))
}

fn ready_at(runtime: RawRuntime) -> Ticket {
    runtime.share().op(spec(false), || Ok(async { Ok(2_u64) }))
}

fn sleep_ms_at(runtime: RawRuntime, ms: u64) -> Ticket {
    runtime.share().op(spec(false), move || {
        Ok(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(ms)
        })
    })
}

/// Blocks a worker of the runtime until the next `release_workers`.
fn hold_worker_at(runtime: RawRuntime) -> Ticket {
    runtime.share().op(spec(true), || {
        Ok(async {
            hold_thread();
            Ok(0_u64)
        })
    })
}

/// The same of a thread for blocking work, which it does not wait for beyond its cancel.
fn hold_blocking_at(runtime: RawRuntime, on_worker: bool) -> Ticket {
    runtime.share().op(spec(on_worker), || {
        Ok(async {
            let _alive = Alive::new();
            let work = tokio::task::spawn_blocking(hold_thread);
            work.await.map_err(|_| Error::new(ErrorCode::Internal, "the work did not end"))?;
            Ok(0_u64)
        })
    })
}

/// Blocks the thread that starts it until the next `release_workers`, and never ends.
fn hold_first_poll_at(runtime: RawRuntime) -> Ticket {
    runtime.share().op(spec(false), || {
        Ok(async {
            hold_thread();
            operations::never().await
        })
    })
}

/// The name of the thread that blocking work runs on.
fn blocking_thread_at(runtime: RawRuntime) -> Ticket {
    runtime.share().op(spec(false), || {
        Ok(async {
            let name = || std::fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
            let named = tokio::task::spawn_blocking(name).await;
            named.map_err(|_| Error::new(ErrorCode::Internal, "the work did not end"))
        })
    })
}

/// Leaves a task on its worker that never ends, and that counts as alive.
fn background_at(runtime: RawRuntime) -> Ticket {
    runtime.share().op(spec(true), || {
        Ok(async {
            drop(tokio::spawn(operations::never()));
            Ok(0_u64)
        })
    })
}

fn count_at(runtime: RawRuntime, to: u64) -> StreamTicket {
    runtime.share().stream(spec(true), || Ok(counting(to)))
}

/// Blocking work that is held until the next `release_workers`, and lets go of the runtime then.
fn let_go_on_blocking_thread(runtime: RawRuntime) -> Ticket {
    let held = runtime.share();
    held.clone().op(spec(false), || {
        Ok(async move {
            let work = move || {
                hold_thread();
                drop(held);
            };
            drop(tokio::task::spawn_blocking(work));
            Ok(0_u64)
        })
    })
}

/// Leaves a task on its worker that blocks it until the next `release_workers`.
fn hold_worker_in_background_at(runtime: RawRuntime) -> Ticket {
    runtime.share().op(spec(true), || {
        Ok(async {
            drop(tokio::spawn(async { hold_thread() }));
            Ok(0_u64)
        })
    })
}
