//! What the fuzz targets share: inputs, a model of a store, and folders that vanish.

pub mod folder;
pub mod input;
pub mod model;
pub mod step;

use std::future::Future;

use tombolo::{Error, ErrorKind};

/// Runs an operation to its end.
pub fn run<F: Future>(operation: F) -> F::Output {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(2)
            .build()
            .expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(operation))
}

/// Most of an error's text is the input quoted, escaped at most.
const MOST_ADDED: usize = 400;

/// An error that a caller may be given for an input of `input` bytes: no panic that was contained, its
/// text in proportion, and in one line.
pub fn check_error(error: &Error, input: usize) {
    let text = error.to_string();
    assert_ne!(error.kind(), ErrorKind::Panic, "{text}");
    assert!(text.len() <= 12 * input + MOST_ADDED, "{} bytes of error for {input}", text.len());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
