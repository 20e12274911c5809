// The runtime behind every operation, for those whom its defaults do not suit.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN

struct RuntimeOptions {
  RuntimeOptions() {}

  /// Threads that poll operations placed on workers: 1 to 1,024. Each has its own connections and
  /// timers.
  std::size_t workers = 2;
  /// How many threads each worker may add for blocking work: 1 to 4,096. They are made when needed
  /// and end when idle for ten seconds.
  std::size_t blocking_threads = 64;
  /// Of each thread, in bytes: 64 KiB to 1 GiB, or 0 for 2 MiB.
  std::size_t stack_size = 0;
  /// The first part of their names, 1 to 15 bytes; the kernel shows 15 bytes of the whole.
  std::string thread_name = "tombolo";
  /// How many operations may be in flight, over all queues, futures and waits; beyond, starting one
  /// answers `resource_exhausted`.
  std::size_t max_in_flight = 262144;
  /// Runs on each thread of the runtime when it begins, before anything else of the runtime: to pin
  /// it, or to make it known to a profiler. The one function of the service that runs on such a
  /// thread. It must not use Tombolo; what it throws is swallowed.
  std::function<void()> on_thread_start;
};

/// Sets the options of the runtime, which begins with the first operation that starts: before that,
/// and once. Afterwards it answers `failed_precondition`; `invalid_argument` names a wrong option.
/// From any thread. Does not block.
[[nodiscard]] TOMBOLO_API Result<void> configure_runtime(const RuntimeOptions& options);

TOMBOLO_NAMESPACE_END
