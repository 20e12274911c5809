//! The models have a runtime without options.

pub(crate) struct Options;
