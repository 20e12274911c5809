// What is counted, as std's types.
#include "tombolo/metrics.hpp"

#include <algorithm>

#include "bridge.hpp"
#include "handler_calls.hpp"
#include "tombolo-bridge/src/crossing/metrics/snapshot.rs.h"

TOMBOLO_NAMESPACE_BEGIN

namespace {

std::string outcome(std::uint32_t code) {
  return code == 0 ? "ok" : std::string(to_string(static_cast<ErrorCode>(code)));
}

Metrics::Operations to_std(const ffi::Ended& ended) {
  return {detail::to_std(ended.service), detail::to_std(ended.operation), outcome(ended.code),
          ended.count};
}

Metrics::Store to_std(const ffi::StoreMetrics& from) {
  Metrics::Store to;
  to.url = detail::to_std(from.url);
  to.service = detail::to_std(from.service);
  to.ok = from.ok;
  to.not_found = from.not_found;
  to.condition = from.condition;
  to.throttled = from.throttled;
  to.refused = from.refused;
  to.server_error = from.server_error;
  to.no_answer = from.no_answer;
  to.dropped = from.dropped;
  to.retries = from.retries;
  to.retries_denied = from.retries_denied;
  to.hedges = from.hedges;
  to.hedges_won = from.hedges_won;
  to.recognised = from.recognised;
  to.bytes_sent = from.bytes_sent;
  to.bytes_received = from.bytes_received;
  to.connections_opened = from.connections;
  std::copy_n(from.latency.begin(), std::min(from.latency.size(), to.latency.size()),
              to.latency.begin());
  to.latency_sum = std::chrono::nanoseconds(from.latency_sum_ns);
  to.in_flight = from.in_flight;
  to.waiting = from.waiting;
  return to;
}

}  // namespace

Metrics metrics() {
  const ffi::Metrics from = ffi::metrics();
  Metrics to;
  for (const ffi::Ended& ended : from.ended) {
    to.operations.push_back(to_std(ended));
  }
  std::copy_n(from.drains.begin(), std::min(from.drains.size(), to.drains.size()),
              to.drains.begin());
  to.operations_in_flight = from.in_flight;
  to.queues = from.queues;
  to.queue_depth = from.queue_depth;
  to.queue_wakeups = from.wakeups;
  to.completions_drained = from.drained;
  to.slots_in_use = from.slots_in_use;
  to.slots_free = from.slots_free;
  to.slots_bytes = from.slot_bytes;
  to.workers = from.workers;
  to.blocking_threads = from.blocking_threads;
  for (const ffi::RuntimeMetrics& one : from.runtimes) {
    to.runtimes.push_back(
        {detail::to_std(one.name), one.in_flight, one.workers, one.blocking_threads});
  }
  to.buffers_lent = from.buffers_lent;
  to.buffers_orphaned = from.buffers_orphaned;
  to.handler_calls_waiting = from.calls_waiting;
  to.handler_calls_under_way = detail::calls_under_way();
  to.log_records_delivered = from.log_delivered;
  to.log_records_lost = from.log_lost;
  to.log_records_waiting = from.log_waiting;
  for (const ffi::StoreMetrics& one : from.stores) {
    to.stores.push_back(to_std(one));
  }
  to.panics_contained = from.panics;
  return to;
}

TOMBOLO_NAMESPACE_END
