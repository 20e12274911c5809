#include "latency.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "consuming.hpp"
#include "tombolo-benches/src/floor.rs.h"
#include "tombolo-benches/src/operations.rs.h"

namespace tombolo_bench {
namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::vector<std::uint64_t>;

std::uint64_t since(Clock::time_point began) {
  const auto took = Clock::now() - began;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
}

void print(const std::string& id, Nanoseconds all) {
  std::sort(all.begin(), all.end());
  const std::pair<const char*, double> percentiles[] = {
      {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
  for (const auto& [name, part] : percentiles) {
    const auto at = static_cast<std::size_t>(part * static_cast<double>(all.size() - 1));
    std::printf("{\"id\": \"%s/%s\", \"unit\": \"us\", \"value\": %.1f}\n", id.c_str(), name,
                static_cast<double>(all[at]) / 1000);
  }
}

Number hop(std::uint64_t x) { return tombolo::operation<std::uint64_t>(ask_actor(x)); }
Number hop_on_worker(std::uint64_t x) {
  return tombolo::operation<std::uint64_t>(ask_actor_on_worker(x));
}

Task measure(const tombolo::CompletionQueue& queue, Make make, std::uint64_t times,
             Nanoseconds& all, std::uint64_t& left) {
  for (std::uint64_t i = 0; i < times; ++i) {
    const auto began = Clock::now();
    const Answer answer = co_await make(i).on(queue);
    all.push_back(since(began));
    expect_answer(answer, i, "a latency");
  }
  --left;
}

Nanoseconds by_co_await(Make make, std::uint64_t times, std::uint64_t in_flight) {
  auto queue = make_queue();
  Nanoseconds all;
  all.reserve(times);
  std::uint64_t left = in_flight;
  for (std::uint64_t i = 0; i < in_flight; ++i) {
    measure(*queue, make, share(times, in_flight, i), all, left);
  }
  drain_until(*queue, left);
  return all;
}

Nanoseconds by_tokio(std::uint64_t times, std::uint64_t in_flight) {
  const auto all = new_floor()->latencies(Work::Actor, times, in_flight);
  return {all.begin(), all.end()};
}

/// From the deadline to the callback in this thread, which waits for it; one at a time, so that all
/// threads sleep.
Nanoseconds lateness(Make endless, std::uint64_t times) {
  constexpr auto kTimeout = std::chrono::milliseconds(20);
  auto queue = make_queue();
  Nanoseconds late;
  for (std::uint64_t i = 0; i < times; ++i) {
    std::uint64_t left = 1;
    const auto due = Clock::now() + kTimeout;
    endless(i).timeout(kTimeout).then(*queue, [&](const Answer& answer) {
      expect(answer.error().code() == tombolo::ErrorCode::deadline_exceeded, "a deadline");
      late.push_back(since(due));
      --left;
    });
    drain_until(*queue, left);
  }
  return late;
}

Number endless(std::uint64_t /*x*/) { return tombolo::operation<std::uint64_t>(never()); }
Number endless_on_worker(std::uint64_t /*x*/) {
  return tombolo::operation<std::uint64_t>(never_on_worker());
}

}  // namespace

void print_latencies(bool quick) {
  const std::uint64_t times = quick ? 20000 : 400000;
  for (const std::uint64_t in_flight : {1, 64, 1024}) {
    const std::string id = "latency/" + std::to_string(in_flight);
    const std::uint64_t fewer = in_flight == 1 ? times / 10 : times;
    print(id + "/co_await", by_co_await(hop, fewer, in_flight));
    print(id + "/on_worker", by_co_await(hop_on_worker, fewer, in_flight));
    print(id + "/tokio", by_tokio(fewer, in_flight));
  }
  print("lateness/1/caller", lateness(endless, quick ? 20 : 200));
  print("lateness/1/worker", lateness(endless_on_worker, quick ? 20 : 200));
}

}  // namespace tombolo_bench
