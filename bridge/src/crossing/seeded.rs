//! Bugs on demand, so that the hammer and the models can show that they would find them.
//!
//! Without the feature `seeded-bugs` every question is a constant `false` and costs nothing.

pub(crate) use super::bug::Bug;

#[cfg(not(feature = "seeded-bugs"))]
#[inline(always)]
pub(crate) const fn seeded(_: Bug) -> bool {
    false
}

/// True for the bug that the environment variable `TOMBOLO_SEEDED_BUG` names: one of those that the
/// hammers find. The others are for the models.
#[cfg(feature = "seeded-bugs")]
pub(crate) fn seeded(bug: Bug) -> bool {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<Option<Bug>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| match std::env::var("TOMBOLO_SEEDED_BUG").as_deref() {
        Ok("lost-wake") => Some(Bug::LostWake),
        Ok("double-completion") => Some(Bug::DoubleCompletion),
        Ok("leak") => Some(Bug::Leak),
        Ok("lost-answer") => Some(Bug::LostAnswer),
        Ok("lost-call") => Some(Bug::LostCall),
        Ok("silent-drop") => Some(Bug::SilentDrop),
        _ => None,
    });
    *chosen == Some(bug)
}
