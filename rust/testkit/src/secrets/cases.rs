//! The table.

use tombolo::ErrorCode::{InvalidArgument, NotFound, Unimplemented};

use super::case::Capability::{Binary, Delete, Set, Versions};
use super::case::{Capability, Case, Kind, Requirement, Step};

/// All cases, in a fixed order.
#[must_use]
pub fn cases() -> Vec<Case> {
    [values(), names(), versions(), deletes(), watches(), refusals()].concat()
}

fn values() -> Vec<Case> {
    vec![
        writes("set_then_get", vec![set("a", "s3cr3t").to(1), get("a", "s3cr3t").to(1)]),
        writes(
            "set_replaces_what_was_read_before",
            vec![set("a", "one"), get("a", "one"), set("a", "two").to(1), get("a", "two").to(1)],
        ),
        writes(
            "values_are_kept_to_the_byte",
            vec![
                set("a", " two\nlines\r\n\t"),
                get("a", " two\nlines\r\n\t"),
                set("b", "\u{e9}\u{1F600}\0\u{1}\"\\/"),
                get("b", "\u{e9}\u{1F600}\0\u{1}\"\\/"),
            ],
        ),
        writes("an_empty_value", vec![set("a", ""), get("a", "")]),
        writes("a_long_value", {
            let long = "0123456789".repeat(10_000);
            vec![set("a", &long), get("a", &long)]
        }),
        writes("values_that_are_no_text", vec![set_bytes("a"), get_bytes("a")]).needs(Binary),
        writes(
            "values_that_are_no_text_are_refused",
            vec![set_bytes("a").fails(InvalidArgument), get("a", "").fails(NotFound)],
        )
        .without(Binary),
    ]
}

fn names() -> Vec<Case> {
    let long = "n".repeat(513);
    vec![
        case(
            "what_is_not_there",
            vec![
                get("a", "").fails(NotFound),
                step(Kind::Versions, "a").fails(NotFound),
                named("a", "1").fails(NotFound),
            ],
        ),
        case(
            "bad_names",
            vec![
                get("", "").fails(InvalidArgument),
                get("a\nb", "").fails(InvalidArgument),
                get(&long, "").fails(InvalidArgument),
                step(Kind::Versions, "").fails(InvalidArgument),
                step(Kind::Watch, ""),
                next("").fails(InvalidArgument),
            ],
        ),
        case("an_empty_list", vec![list([])]),
        writes(
            "names_are_listed_in_their_order",
            vec![
                set("b", "1"),
                set("B", "2"),
                set("a-b_c.d", "3"),
                set("\u{e9}t\u{e9}", "4"),
                list(["B", "a-b_c.d", "b", "\u{e9}t\u{e9}"]),
                get("\u{e9}t\u{e9}", "4"),
            ],
        ),
    ]
}

fn versions() -> Vec<Case> {
    vec![
        writes(
            "the_current_version",
            vec![
                set("a", "one").to(1),
                version("a", 1, "one"),
                named("a", "no-such-version").fails(NotFound),
                named("a", "").fails(NotFound),
            ],
        ),
        writes(
            "older_versions",
            vec![
                set("a", "one").to(1),
                set("a", "two").to(2),
                set("a", "three").to(3),
                all_versions("a", [3, 2, 1]),
                version("a", 1, "one"),
                version("a", 2, "two"),
                get("a", "three").to(3),
            ],
        )
        .needs(Versions),
        writes(
            "no_older_versions",
            vec![
                set("a", "one").to(1),
                set("a", "two").to(2),
                all_versions("a", [2]),
                version("a", 1, "").fails(NotFound),
                version("a", 2, "two"),
            ],
        )
        .without(Versions),
    ]
}

fn deletes() -> Vec<Case> {
    let all = vec![
        writes(
            "a_deleted_secret_is_gone",
            vec![
                set("a", "one").to(1),
                set("b", "two"),
                get("a", "one"),
                delete("a"),
                get("a", "").fails(NotFound),
                version("a", 1, "").fails(NotFound),
                step(Kind::Versions, "a").fails(NotFound),
                list(["b"]),
            ],
        ),
        writes(
            "a_deleted_secret_comes_again",
            vec![
                set("a", "one"),
                delete("a"),
                set("a", "two").to(1),
                get("a", "two").to(1),
                all_versions("a", [1]),
            ],
        ),
        writes("what_is_absent_is_deleted_already", vec![delete("a"), delete("a")]),
        writes("a_bad_name_is_not_deleted", vec![delete("").fails(InvalidArgument)]),
    ];
    all.into_iter().map(|case| case.needs(Delete)).collect()
}

fn watches() -> Vec<Case> {
    vec![
        writes(
            "a_watch_tells_what_is_and_each_change",
            vec![
                set("a", "one").to(1),
                step(Kind::Watch, "a"),
                next("one").to(1),
                set("a", "two").to(2),
                next("two").to(2),
                get("a", "two").to(2),
            ],
        ),
        writes(
            "a_watch_tells_that_a_secret_comes_and_goes",
            vec![
                step(Kind::Watch, "a"),
                next("").fails(NotFound),
                set("a", "one").to(1),
                next("one").to(1),
                delete("a"),
                next("").fails(NotFound),
            ],
        )
        .needs(Delete),
    ]
}

fn refusals() -> Vec<Case> {
    vec![
        case(
            "a_set_is_refused",
            vec![set("a", "s3cr3t").fails(Unimplemented), get("a", "").fails(NotFound)],
        )
        .without(Set),
        case("a_delete_is_refused", vec![delete("a").fails(Unimplemented)]).without(Delete),
    ]
}

fn case(name: &'static str, steps: Vec<Step>) -> Case {
    Case { name, requires: Vec::new(), steps }
}

/// A case that sets something.
fn writes(name: &'static str, steps: Vec<Step>) -> Case {
    case(name, steps).needs(Set)
}

impl Case {
    fn needs(self, capability: Capability) -> Self {
        self.with(Requirement { capability, present: true })
    }

    fn without(self, capability: Capability) -> Self {
        self.with(Requirement { capability, present: false })
    }

    fn with(mut self, requirement: Requirement) -> Self {
        self.requires.push(requirement);
        self
    }
}

impl Step {
    /// Where the version is kept.
    fn to(self, slot: u32) -> Self {
        Self { slot, ..self }
    }

    fn fails(self, code: tombolo::ErrorCode) -> Self {
        Self { code: Some(code), ..self }
    }
}

fn step(kind: Kind, name: &str) -> Step {
    let (value, names, slots) = (Vec::new(), Vec::new(), Vec::new());
    Step { kind, name: name.to_owned(), value, slot: 0, names, slots, code: None }
}

fn of(kind: Kind, name: &str, value: &[u8]) -> Step {
    Step { value: value.to_vec(), ..step(kind, name) }
}

fn set(name: &str, value: &str) -> Step {
    of(Kind::Set, name, value.as_bytes())
}

fn set_bytes(name: &str) -> Step {
    of(Kind::Set, name, b"\xff\xfe\0\x80")
}

fn get_bytes(name: &str) -> Step {
    of(Kind::Get, name, b"\xff\xfe\0\x80")
}

fn get(name: &str, value: &str) -> Step {
    of(Kind::Get, name, value.as_bytes())
}

fn version(name: &str, slot: u32, value: &str) -> Step {
    of(Kind::GetVersion, name, value.as_bytes()).to(slot)
}

fn named(name: &str, version: &str) -> Step {
    of(Kind::GetNamedVersion, name, version.as_bytes())
}

fn delete(name: &str) -> Step {
    step(Kind::Delete, name)
}

fn list<const N: usize>(names: [&'static str; N]) -> Step {
    Step { names: names.to_vec(), ..step(Kind::List, "") }
}

fn all_versions<const N: usize>(name: &str, slots: [u32; N]) -> Step {
    Step { slots: slots.to_vec(), ..step(Kind::Versions, name) }
}

fn next(value: &str) -> Step {
    of(Kind::Next, "", value.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_plain() {
        let all = cases();
        let names: BTreeSet<_> = all.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), all.len());
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(names.iter().all(|name| name.bytes().all(plain)), "{names:?}");
        assert!(all.iter().all(|case| !case.steps.is_empty()));
    }

    #[test]
    fn presence_and_absence_of_each_capability_are_tested() {
        let required: Vec<_> = cases().into_iter().flat_map(|case| case.requires).collect();
        for capability in [Set, Delete, Versions, Binary] {
            for present in [true, false] {
                let wanted = Requirement { capability, present };
                assert!(required.contains(&wanted), "{wanted:?}");
            }
        }
    }
}
