//! Conformance suites for the building blocks.
