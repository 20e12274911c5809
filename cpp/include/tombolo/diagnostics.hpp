// What goes on inside Tombolo, for the moment when a service hangs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tombolo/detail/config.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// An operation that was in flight at the moment of asking.
struct OperationInFlight {
  enum class Phase : std::uint32_t {
    /// It waits for a wake: an answer from a service, a timer, a lock.
    waiting = 0,
    /// It was woken, and waits for its turn: with its worker, or for a drain of its queue.
    queued = 1,
    /// It is being polled.
    running = 2,
    /// It was cancelled or its deadline has passed, and whoever polls it has not seen so yet.
    cancelling = 3,
    /// It has ended, and its completion has not been told of it yet.
    done = 4,
  };

  /// Such as "blob.folder" and "get".
  std::string service;
  std::string operation;
  /// Since its start.
  std::chrono::nanoseconds age;
  /// Until its deadline; 0 once that has passed.
  std::chrono::nanoseconds left;
  Phase phase;
  /// Whether a worker polls it, or else who drains its queue.
  bool on_worker;
  /// The name of its runtime; empty for the default one.
  std::string runtime;

  /// One line for a log: "blob.folder.get: waiting, 1.250 s old, 58.750 s left, on the caller", and
  /// for a runtime of its own, ", runtime ingest".
  [[nodiscard]] TOMBOLO_API std::string to_string() const;
};

/// Every operation of the process that is in flight, the one with the earliest deadline first.
/// Walks through them under a lock that starts and ends of operations take, too. From any thread;
/// empty in a forked child.
[[nodiscard]] TOMBOLO_API std::vector<OperationInFlight> operations_in_flight();

/// Writes the same to stderr, a line each. For debuggers, which stop threads wherever they are:
/// waits for no lock and takes no memory, and says so if it cannot look just now. Any program that
/// uses Tombolo has it; cpp/gdb/tombolo-gdb.py calls it.
TOMBOLO_API void print_operations_in_flight() noexcept;

/// How many panics were contained since the process began. Each was an error in some answer, or was
/// in a destructor.
[[nodiscard]] TOMBOLO_API std::uint64_t panics_contained() noexcept;

TOMBOLO_NAMESPACE_END
