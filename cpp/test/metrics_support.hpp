// What the tests of metrics share: what has been counted since a moment.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support.hpp"
#include "tombolo/metrics.hpp"

namespace tombolo_test {

using tombolo::Metrics;
/// How many operations have ended, by "service.operation: outcome".
using Ends = std::map<std::string, std::uint64_t>;

inline Ends ends(const Metrics& metrics) {
  Ends all;
  for (const auto& [service, operation, outcome, count] : metrics.operations) {
    EXPECT_TRUE(all.emplace(service + "." + operation + ": " + outcome, count).second)
        << "it stands there twice: " << service << "." << operation;
  }
  return all;
}

/// What is counted from its making on.
class Since {
 public:
  [[nodiscard]] Ends ended() const {
    const Ends before = ends(before_);
    Ends since;
    for (const auto& [name, count] : ends(tombolo::metrics())) {
      const auto found = before.find(name);
      const auto new_ones = found == before.end() ? count : count - found->second;
      if (new_ones > 0) {
        since.emplace(name, new_ones);
      }
    }
    return since;
  }

  /// How much a number of the metrics has grown.
  [[nodiscard]] std::int64_t grown(std::uint64_t Metrics::*number) const {
    return static_cast<std::int64_t>(tombolo::metrics().*number - before_.*number);
  }

  [[nodiscard]] std::vector<std::uint64_t> drains() const {
    const auto now = tombolo::metrics().drains;
    std::vector<std::uint64_t> since;
    for (std::size_t i = 0; i < now.size(); ++i) {
      since.push_back(now[i] - before_.drains[i]);
    }
    return since;
  }

  /// Whether these are what has ended, by and by; what has, if not.
  [[nodiscard]] testing::AssertionResult becomes(const Ends& expected) const {
    if (eventually([&] { return ended() == expected; })) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << testing::PrintToString(ended());
  }

 private:
  Metrics before_ = tombolo::metrics();
};

}  // namespace tombolo_test
