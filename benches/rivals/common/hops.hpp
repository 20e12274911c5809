// Measures round trips with a number of them in flight: time for each, and how long one takes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/options.hpp"

namespace rivals {

/// How long round trips took. Each of those in flight has a slot, which the next one takes over.
class Latencies {
 public:
  explicit Latencies(std::size_t in_flight) : began_(in_flight) {}

  void begin(std::size_t slot) { began_[slot] = Clock::now(); }
  void end(std::size_t slot) {
    const std::chrono::duration<double, std::micro> took = Clock::now() - began_[slot];
    took_.push_back(took.count());
  }
  /// In microseconds.
  std::vector<double> take() { return std::move(took_); }

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<Clock::time_point> began_;
  std::vector<double> took_;
};

/// Makes `count` round trips with `in_flight` of them under way, checks every answer, and notes
/// their latencies if there is somewhere to.
using Hop = std::function<void(std::size_t in_flight, std::uint64_t count, Latencies* latencies)>;

/// One bench of one rival.
struct Bench {
  std::string group;  ///< What is done, as `hop`.
  std::string who;
  std::vector<std::size_t> in_flight;  ///< Each a case of its own.
  bool with_latencies;                 ///< Whether `hop` notes them.
  Hop hop;
};

/// Prints `group/N/who` for each bench and each of its numbers in flight, and for those up to 64
/// the percentiles `latency/N/who/p50` and so on. The clock is read for each trip only for these.
void report(const std::vector<Bench>& benches, const Options& options);

}  // namespace rivals
