// What the Asio tests share. TOMBOLO_TEST_ASIO names the flavour's namespace; each case file is
// included once per test program.
#pragma once

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"

/// Descriptors that epoll found ready on this thread. Asio calls the function below.
inline thread_local int asio_wake_ups = 0;

// Weak, so that the tests of both flavours can also be linked into one program.
extern "C" __attribute__((used, weak)) int epoll_wait(int epoll, epoll_event* events, int most,
                                                      int timeout) {
  const long ready = syscall(SYS_epoll_pwait, epoll, events, most, timeout, nullptr, 8);
  asio_wake_ups += ready > 0 ? static_cast<int>(ready) : 0;
  return static_cast<int>(ready);
}

namespace {

namespace net = TOMBOLO_TEST_ASIO;
namespace test = tombolo_test;
using tombolo::ErrorCode;
using tombolo::ErrorKind;
using tombolo::operation;
using Number = std::uint64_t;
using Answer = tombolo::Result<Number>;

/// The three ways an operation gets done: at its start, in a drain, on a worker.
inline tombolo::Operation<Number> nth_kind(std::size_t n, Number x) {
  switch (n % 3) {
    case 0:
      return operation<Number>(test::ready(x));
    case 1:
      return operation<Number>(test::hop(x));
    default:
      return operation<Number>(test::hop_on_worker(x));
  }
}

/// Whether the futures of all operations come to be dropped; a worker may be a moment late.
inline bool nothing_is_left() {
  for (int i = 0; i < 6000 && test::alive() != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return test::alive() == 0;
}

}  // namespace
