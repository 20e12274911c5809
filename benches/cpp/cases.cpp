#include "cases.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tombolo_bench {

void Cases::keep_only(const std::string& part, bool slow_ones) {
  const auto other = [&](const Case& one) {
    return one.id.find(part) == std::string::npos || (one.slow && !slow_ones);
  };
  cases_.erase(std::remove_if(cases_.begin(), cases_.end(), other), cases_.end());
}

void expect(bool right, const char* where) {
  if (!right) {
    std::fprintf(stderr, "bench: a wrong answer in %s\n", where);
    std::exit(EXIT_FAILURE);
  }
}

}  // namespace tombolo_bench
