// What the tests of the crossing share: names, and waiting for what must come.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>
#include <utility>

#include "draining.hpp"
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
