//! Bugs on demand, so that the hammer and the models can show that they would find them.
//!
//! Without the feature `seeded-bugs` every question is a constant `false` and costs nothing.

/// A bug that the tests must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A wake during a poll is forgotten.
    LostWake,
    /// A cancel completes an operation that is being polled.
    DoubleCompletion,
    /// A reference to a slot is never given back.
    Leak,
}

#[cfg(not(feature = "seeded-bugs"))]
#[inline(always)]
pub(crate) const fn seeded(_: Bug) -> bool {
    false
}

/// True for the bug that the environment variable `TOMBOLO_SEEDED_BUG` names.
#[cfg(feature = "seeded-bugs")]
pub(crate) fn seeded(bug: Bug) -> bool {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<Option<Bug>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| match std::env::var("TOMBOLO_SEEDED_BUG").as_deref() {
        Ok("lost-wake") => Some(Bug::LostWake),
        Ok("double-completion") => Some(Bug::DoubleCompletion),
        Ok("leak") => Some(Bug::Leak),
        _ => None,
    });
    *chosen == Some(bug)
}
