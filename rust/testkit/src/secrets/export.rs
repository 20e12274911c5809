//! The table as C++: aggregates of the shapes in `cpp/secret_cases.hpp`.

use std::fmt::Write;

use super::case::{Capability, Case, Kind, Requirement, Step};
use crate::literal::{Arrays, bytes, text};

/// The table as a C++ source that a test includes after `secret_cases.hpp`, at namespace scope. It
/// defines `tombolo_test::secret_cases`, an array of `SecretCase`.
#[must_use]
pub fn cpp_source(cases: &[Case]) -> String {
    let mut rows = String::new();
    let mut arrays = Arrays::default();
    for case in cases {
        let requirements = case.requires.iter().map(requirement).collect();
        let requirements = arrays.add("SecretRequirement", requirements);
        let steps = case.steps.iter().map(|one| step(one, &mut arrays)).collect();
        let steps = arrays.add("SecretStep", steps);
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "  {{{}, {requirements}, {steps}}},", text(case.name));
    }
    let arrays = arrays.into_definitions();
    format!(
        "// Printed by `secret-cases` from rust/testkit/src/secrets/. Do not edit.\n\
         // clang-format off\n\
         namespace tombolo_test {{\n\
         namespace secret_case_data {{\n\
         {arrays}}}  // namespace secret_case_data\n\
         using namespace secret_case_data;\n\
         static const SecretCase secret_cases[] = {{\n{rows}}};\n\
         static_assert(sizeof(secret_cases) / sizeof(secret_cases[0]) == {}, \"the whole table\");\n\
         }}  // namespace tombolo_test\n\
         // clang-format on\n",
        cases.len()
    )
}

fn requirement(requirement: &Requirement) -> String {
    let name = match requirement.capability {
        Capability::Set => "set",
        Capability::Delete => "remove",
        Capability::Versions => "versions",
        Capability::Binary => "binary",
    };
    format!("{{SecretCapability::{name}, {}}}", requirement.present)
}

fn step(step: &Step, arrays: &mut Arrays) -> String {
    let kind = match step.kind {
        Kind::Set => "set",
        Kind::Get => "get",
        Kind::GetVersion => "get_version",
        Kind::GetNamedVersion => "get_named_version",
        Kind::Delete => "remove",
        Kind::List => "list",
        Kind::Versions => "versions",
        Kind::Watch => "watch",
        Kind::Next => "next",
    };
    let names = arrays.add("Text", step.names.iter().map(|name| text(name)).collect());
    let slots = arrays.add("std::uint32_t", step.slots.iter().map(u32::to_string).collect());
    format!(
        "{{SecretStepKind::{kind}, {}, {}, {}, {names}, {slots}, {}}}",
        text(&step.name),
        bytes(&step.value),
        step.slot,
        step.code.map_or(0, |code| code as u32),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::cases;

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
