// What Tombolo counts, for whatever watches over the service.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tombolo/detail/config.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// What the process has done since it began (what is "so far"), and how things stand ("now"). Each
/// number is exact. Taken while threads work, several are not of one instant.
struct Metrics {
  /// Operations of one name that have ended in one way. Every operation that is started is counted
  /// once, when it ends: also one that is refused, cancelled, or destroyed in flight.
  struct Operations {
    /// As in `Error` and `OperationInFlight`; both are empty for what failed before it had a name,
    /// as an operation that was moved from. After 128 names, all further ones count as "other".
    std::string service;
    std::string operation;
    /// "ok", or the name of the error's code. The end of a stream is "ok".
    std::string outcome;
    std::uint64_t count = 0;
  };

  /// Finite bounds of `drains`: it counts drains of at most so many completions, and more than the
  /// bound before. The last of its counts is for those of more than the last bound, as of a queue
  /// that is destroyed.
  static constexpr std::array<std::uint64_t, 10> kDrainBounds = {0,  1,  2,  4,   8,
                                                                 16, 32, 64, 128, 256};

  /// So far, by service, operation and outcome; what has not happened is left out.
  std::vector<Operations> operations;
  /// Now. As `operations_in_flight()` lists them.
  std::uint64_t operations_in_flight = 0;

  /// Completion queues now.
  std::uint64_t queues = 0;
  /// What waits for a drain now, over all queues: completions, polls and releases of buffers.
  std::uint64_t queue_depth = 0;
  /// Writes to the queues' descriptors so far.
  std::uint64_t queue_wakeups = 0;
  /// Drains so far by how many completions they ran; see `kDrainBounds`.
  std::array<std::uint64_t, kDrainBounds.size() + 1> drains = {};
  /// Completions run in drains so far.
  std::uint64_t completions_drained = 0;

  /// The memory of operations now: slots that hold one, and those kept for the next.
  std::uint64_t slots_in_use = 0;
  std::uint64_t slots_free = 0;
  /// What all of them take, without futures and values that are too large for a slot.
  std::uint64_t slots_bytes = 0;

  /// Threads of all runtimes now.
  std::uint64_t workers = 0;
  std::uint64_t blocking_threads = 0;

  /// What a runtime of its own has now.
  struct Runtime {
    std::string name;
    std::uint64_t operations_in_flight = 0;
    std::uint64_t workers = 0;
    std::uint64_t blocking_threads = 0;
  };
  /// Those that there are, by name; several of one name are added up.
  std::vector<Runtime> runtimes;

  /// Buffers of the service that are lent now, to be read or to be written into.
  std::uint64_t buffers_lent = 0;
  /// Those of them that are free and whose queue is gone: the next drain of any queue releases
  /// them.
  std::uint64_t buffers_orphaned = 0;

  /// Calls of handlers now: those that wait for theirs, and those not answered or dropped yet.
  std::uint64_t handler_calls_waiting = 0;
  std::uint64_t handler_calls_under_way = 0;

  /// Log records so far: those that a sink's function was given, and those that were lost, since
  /// there was no room or since they came of logging itself. And those that wait now.
  std::uint64_t log_records_delivered = 0;
  std::uint64_t log_records_lost = 0;
  std::uint64_t log_records_waiting = 0;

  /// Finite bounds of `Store::latency`; see there.
  static constexpr std::array<std::chrono::milliseconds, 15> kLatencyBounds = {
      std::chrono::milliseconds(1),    std::chrono::milliseconds(2),
      std::chrono::milliseconds(4),    std::chrono::milliseconds(8),
      std::chrono::milliseconds(16),   std::chrono::milliseconds(32),
      std::chrono::milliseconds(64),   std::chrono::milliseconds(128),
      std::chrono::milliseconds(256),  std::chrono::milliseconds(512),
      std::chrono::milliseconds(1024), std::chrono::milliseconds(2048),
      std::chrono::milliseconds(4096), std::chrono::milliseconds(8192),
      std::chrono::milliseconds(16384)};

  /// What the stores of one URL in a cloud have done so far, closed ones among them, and have under
  /// way now. Of 256 URLs; the stores of all further ones count together, as "other".
  struct Store {
    /// Without credentials, and of its parameters with `endpoint` alone.
    std::string url;
    /// As in `Error`, such as "blob.azure".
    std::string service;
    /// Requests by how they have ended, retries and hedges among them: with success; the object is
    /// not there (404); a condition does not hold (304, 412); the service has put them off (429,
    /// 503); refused for another reason (4xx); a fault of the service (5xx); the service could not
    /// be reached or has not answered; dropped before, since cancelled, late, or the slower of two.
    std::uint64_t ok = 0;
    std::uint64_t not_found = 0;
    std::uint64_t condition = 0;
    std::uint64_t throttled = 0;
    std::uint64_t refused = 0;
    std::uint64_t server_error = 0;
    std::uint64_t no_answer = 0;
    std::uint64_t dropped = 0;
    /// Requests sent again since an earlier one had failed; retries and hedges that were not made,
    /// as the store's budget was used up; requests sent a second time since the first was slow, and
    /// those of them that were answered first.
    std::uint64_t retries = 0;
    std::uint64_t retries_denied = 0;
    std::uint64_t hedges = 0;
    std::uint64_t hedges_won = 0;
    /// Writes that met their own earlier success.
    std::uint64_t recognised = 0;
    /// Bytes of bodies.
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t connections_opened = 0;
    /// Requests by how long the head of their answer took: at most so long as the bound, and longer
    /// than the bound before. The last counts those beyond the last bound. And the sum of all.
    std::array<std::uint64_t, kLatencyBounds.size() + 1> latency = {};
    std::chrono::nanoseconds latency_sum = std::chrono::nanoseconds(0);
    /// Now: requests whose answer was not read or dropped yet, and those that wait for their turn,
    /// since the store's `max_in_flight` are under way.
    std::uint64_t in_flight = 0;
    std::uint64_t waiting = 0;
  };
  /// By URL and service.
  std::vector<Store> stores;

  /// So far; see `panics_contained()`.
  std::uint64_t panics_contained = 0;
};

/// All of it, in one call. From any thread; takes no lock for long. In a forked child it is what
/// the parent had at the fork, but that nothing is in flight, no buffer orphaned, and no store
/// there.
[[nodiscard]] TOMBOLO_API Metrics metrics();

/// The same as Prometheus' text format 0.0.4 (`text/plain; version=0.0.4`), to be sent alone or
/// together with metrics of the service's own. Every name begins with "tombolo_".
[[nodiscard]] TOMBOLO_API std::string to_prometheus(const Metrics& metrics);

TOMBOLO_NAMESPACE_END
