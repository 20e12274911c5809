// Queues, their draining, and waiting for what must come, for tests of every framework and of none.
#pragma once

#include <chrono>
#include <cstddef>
#include <thread>

#include "tombolo/completion_queue.hpp"

namespace tombolo_test {

using namespace std::chrono_literals;
using tombolo::CompletionQueue;

/// How long a test waits for what must come. No test passes or fails by time alone: this only keeps
/// a hang from lasting for ever.
constexpr auto kPatience = 60s;

/// Whether `holds` comes to hold.
template <class Predicate>
bool eventually(Predicate holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

inline CompletionQueue make_queue(std::size_t capacity = 65536, bool edge_triggered = false) {
  CompletionQueue::Options options;
  options.capacity = capacity;
  options.edge_triggered = edge_triggered;
  return CompletionQueue::create(options).value();
}

/// Drains until `holds`; false if it never does.
template <class Predicate>
bool drain_until(CompletionQueue& queue, Predicate holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline || !queue.wait_for(10ms).has_value()) {
      return false;
    }
  }
  return true;
}

inline bool drain_all(CompletionQueue& queue) {
  return drain_until(queue, [&] { return queue.drained(); });
}

}  // namespace tombolo_test
