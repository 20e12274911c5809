// The ways of consuming operations that the cases of ways_cases.hpp are run through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "support.hpp"
#include "way_for.hpp"

namespace tombolo_test {

/// One way, for whatever the test core answers with.
using Way = WayFor<void, bool, std::int64_t, Number, double, std::string, Bytes, Pair,
                   std::optional<Number>, std::optional<Pair>>;

}  // namespace tombolo_test
