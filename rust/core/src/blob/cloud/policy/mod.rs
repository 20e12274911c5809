//! What a store does when requests fail, are slow, or are many.

pub(super) mod budget;
pub(super) mod limit;
pub(super) mod parameters;
pub(super) mod terms;
