// The shapes of the table of cases for secrets, which `secret-cases` (rust/testkit) prints as
// `secret_cases.inc`. The meaning of every part is documented in
// rust/testkit/src/secrets/case.rs; change the two together with export.rs there.
#pragma once

#include <cstdint>

#include "literals.hpp"

namespace tombolo_test {

enum class SecretCapability : std::uint8_t { set, remove, versions, binary };

struct SecretRequirement {
  SecretCapability capability;
  bool present;
};

enum class SecretStepKind : std::uint8_t {
  set,
  get,
  get_version,
  get_named_version,
  remove,
  list,
  versions,
  watch,
  next
};

struct SecretStep {
  SecretStepKind kind;
  Text name;
  Text value;
  std::uint32_t slot;
  Span<Text> names;
  Span<std::uint32_t> slots;
  std::uint32_t code;  // 0: it succeeds
};

struct SecretCase {
  Text name;
  Span<SecretRequirement> requirements;
  Span<SecretStep> steps;
};

}  // namespace tombolo_test
