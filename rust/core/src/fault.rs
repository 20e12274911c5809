//! Faults on demand, for demonstrations and tests. Only with the feature `fault-injection`, which no
//! product turns on.

use std::sync::OnceLock;

/// Panics if `key` contains what the environment variable `TOMBOLO_PANIC_ON_KEY` holds.
#[expect(clippy::panic, reason = "that is what it is for")]
pub(crate) fn panic_if_asked(key: &str) {
    static ASKED: OnceLock<Option<String>> = OnceLock::new();
    let asked = ASKED.get_or_init(|| std::env::var("TOMBOLO_PANIC_ON_KEY").ok());
    if asked.as_deref().is_some_and(|text| !text.is_empty() && key.contains(text)) {
        panic!("a fault injected for the key {key:?}");
    }
}
