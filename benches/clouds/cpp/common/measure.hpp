// Time, and the processor's time of this process, the kernel's for it included.
#pragma once

#include <cstdint>
#include <functional>

#include "common/options.hpp"

namespace clouds {

/// Says `why` and ends the program: a bench that is wrong has measured nothing.
[[noreturn]] void fail(const char* why);

/// Measures `run`, which does so many operations, after it has been warmed up, and prints
/// `{"times": …, "ns": …, "cpu_ns": …}`, of which both are of all operations.
void measure(const Options& options, const std::function<void(std::uint64_t times)>& run);

/// How many of `times` operations the one numbered `at` of those in flight does.
inline std::uint64_t share(std::uint64_t times, std::uint64_t in_flight, std::uint64_t at) {
  return times / in_flight + (at < times % in_flight ? 1 : 0);
}

}  // namespace clouds
