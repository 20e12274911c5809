// What the tests of the crossing share: names, patience, and draining.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>
#include <utility>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace tombolo_test {

using namespace std::chrono_literals;
using tombolo::Bytes;
using tombolo::CompletionQueue;
using tombolo::Effect;
using tombolo::ErrorCode;
using tombolo::ErrorKind;
using tombolo::operation;
using tombolo::Ticket;
using Number = std::uint64_t;
using Answer = tombolo::Result<Number>;

/// How long a test waits for what must come. No test passes or fails by time alone: this only keeps
/// a hang from lasting for ever.
constexpr auto kPatience = 60s;

inline CompletionQueue make_queue(std::size_t capacity = 65536, bool edge_triggered = false) {
  CompletionQueue::Options options;
  options.capacity = capacity;
  options.edge_triggered = edge_triggered;
  return CompletionQueue::create(options).value();
}

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

/// One drain that must be possible.
inline std::size_t drain(CompletionQueue& queue) { return queue.poll().value(); }

inline bool readable(int fd, int timeout_ms = 0) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, timeout_ms) == 1;
}

/// Text as a bridge function takes it.
inline rust::Slice<const std::uint8_t> slice(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Whether every future of the test core is dropped by and by, without anybody draining.
inline bool nothing_stays_alive() {
  return eventually([] { return alive() == 0; });
}

/// Whether the library keeps nothing in flight by and by, without anybody draining.
inline bool nothing_stays_in_flight() {
  return eventually([] { return operations_in_flight() == 0; });
}

}  // namespace tombolo_test
