//! The table as C++: aggregates of the shapes in `cpp/blob_cases.hpp`.

mod step;

use std::fmt::Write;

use super::Case;
use super::case::{Capability, Requirement};
use crate::literal::{Arrays, text};

/// The table as a C++ source that a test includes after `blob_cases.hpp`, at namespace scope. It
/// defines `tombolo_test::blob_cases`, an array of `Case`.
#[must_use]
pub fn cpp_source(cases: &[Case]) -> String {
    let mut rows = String::new();
    let mut arrays = Arrays::default();
    for case in cases {
        let requirements = case.requires.iter().map(requirement);
        let requirements = arrays.add("Requirement", requirements.collect());
        let steps = case.steps.iter().map(|step| step::step(step, &mut arrays)).collect();
        let steps = arrays.add("Step", steps);
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "  {{{}, {requirements}, {steps}}},", text(&case.name));
    }
    let arrays = arrays.into_definitions();
    format!(
        "// Printed by `blob-cases` from rust/testkit/src/blob/cases/. Do not edit.\n\
         // clang-format off\n\
         namespace tombolo_test {{\n\
         namespace blob_case_data {{\n\
         {arrays}}}  // namespace blob_case_data\n\
         using namespace blob_case_data;\n\
         static const Case blob_cases[] = {{\n{rows}}};\n\
         static_assert(sizeof(blob_cases) / sizeof(blob_cases[0]) == {}, \"the whole table\");\n\
         }}  // namespace tombolo_test\n\
         // clang-format on\n",
        cases.len()
    )
}

fn requirement(requirement: &Requirement) -> String {
    let (capability, present) = match requirement {
        Requirement::Present(capability) => (capability, true),
        Requirement::Absent(capability) => (capability, false),
    };
    format!("{{Capability::{}, {present}}}", capability_name(*capability))
}

fn capability_name(capability: Capability) -> &'static str {
    match capability {
        Capability::PutIfMatch => "put_if_match",
        Capability::PutIfAbsent => "put_if_absent",
        Capability::DeleteIfMatch => "delete_if_match",
        Capability::CopyIfAbsent => "copy_if_absent",
        Capability::AtomicRename => "atomic_rename",
        Capability::Metadata => "metadata",
        Capability::ListHasMetadata => "list_has_metadata",
        Capability::Presign => "presign",
        Capability::Persistent => "persistent",
        Capability::KeyBesideFolder => "key_beside_folder",
        Capability::LongSegments => "long_segments",
        Capability::OddKeys => "odd_keys",
        Capability::NewEtags => "new_etags",
        Capability::CachedReads => "cached_reads",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::cases;

    #[test]
    fn the_source_is_ascii_and_holds_every_case() {
        let all = cases();
        let source = cpp_source(&all);
        assert!(source.is_ascii());
        for case in &all {
            assert!(source.contains(&format!("\"{}\"", case.name)), "{}", case.name);
        }
    }
}
