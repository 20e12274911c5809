//! What a crossing costs by the crate cxx-async: C++ coroutines await Rust futures. One is ready at
//! once; one is a round trip to another task, by tokio's mpsc there and its oneshot back.
//!
//! Usage: cxx_async [--quick] [--rounds N]

use std::future::Future;
use std::pin::Pin; // What the macro of cxx-async writes names it.
use std::sync::OnceLock;

use tokio::sync::{mpsc, oneshot};

#[cxx::bridge(namespace = "rivals")]
mod ffi {
    unsafe extern "C++" {
        include!("cpp/bench.hpp");

        type FutureU64 = crate::FutureU64;

        /// Runs the benches, prints their figures, and ends the program if an answer is wrong.
        fn run(arguments: Vec<String>);
    }

    extern "Rust" {
        fn ready(number: u64) -> FutureU64;
        fn hop(number: u64) -> FutureU64;
    }
}

/// What C++ awaits.
// SAFETY: `FutureU64` of `cpp/bench.hpp` is declared to bring a `std::uint64_t`, which is `u64`.
#[cxx_async::bridge(namespace = rivals)]
unsafe impl Future for FutureU64 {
    type Output = u64;
}

struct Question {
    number: u64,
    answer: oneshot::Sender<u64>,
}

static ACTOR: OnceLock<mpsc::UnboundedSender<Question>> = OnceLock::new();

fn ready(number: u64) -> FutureU64 {
    FutureU64::infallible(async move { number + 1 })
}

fn hop(number: u64) -> FutureU64 {
    FutureU64::infallible(async move {
        // A broken actor answers 0, which the C++ side finds wrong: a panic here would abort.
        let Some(actor) = ACTOR.get() else { return 0 };
        let (answer, answered) = oneshot::channel();
        if actor.send(Question { number, answer }).is_err() {
            return 0;
        }
        answered.await.unwrap_or(0)
    })
}

async fn act(mut questions: mpsc::UnboundedReceiver<Question>) {
    while let Some(Question { number, answer }) = questions.recv().await {
        // Nobody waits any more only where the program ends.
        let _ = answer.send(number + 1);
    }
}

fn main() -> std::io::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).build()?;
    let (actor, questions) = mpsc::unbounded_channel();
    ACTOR.get_or_init(|| actor);
    runtime.spawn(act(questions));
    ffi::run(std::env::args().collect());
    Ok(())
}
