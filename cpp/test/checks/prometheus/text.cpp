// text [distinct]: prints metrics as Prometheus' text: of this process, or made up, each number of
// its own, and with texts that must be escaped.
#include <chrono>
#include <cstdio>
#include <string_view>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

tombolo::Metrics of_this_process() {
  tombolo::RuntimeOptions options;
  options.thread_name = "ingest";
  options.workers = 1;
  const auto runtime = tombolo::Runtime::create(options).value();
  auto queue = tombolo::CompletionQueue::create().value();
  for (int i = 0; i < 3; ++i) {
    tombolo::operation<std::uint64_t>(tombolo_test::ready(1)).then(queue, [](const auto&) {});
  }
  static_cast<void>(queue.poll().value());
  static_cast<void>(tombolo::operation<void>(tombolo_test::fail(5)).wait());
  return tombolo::metrics();
}

tombolo::Metrics::Store store(std::string_view url, std::uint64_t next) {
  tombolo::Metrics::Store store;
  store.url = url;
  store.service = "blob.s3";
  store.latency_sum = std::chrono::seconds(next) + std::chrono::milliseconds(500);
  for (std::uint64_t* number :
       {&store.ok, &store.not_found, &store.condition, &store.throttled, &store.refused,
        &store.server_error, &store.no_answer, &store.dropped, &store.retries,
        &store.retries_denied, &store.hedges, &store.hedges_won, &store.recognised,
        &store.bytes_sent, &store.bytes_received, &store.connections_opened, &store.in_flight,
        &store.waiting}) {
    *number = next++;
  }
  for (std::size_t i = 0; i < store.latency.size(); ++i) {
    store.latency[i] = 1U << i;
  }
  return store;
}

tombolo::Metrics distinct() {
  tombolo::Metrics metrics;
  metrics.operations = {{"blob", "get", "ok", 101},
                        {"blob", "get", "not_found", 102},
                        {"a\\b\"c\nd", "e\\f\"g\nh", "i\\j\"k\nl", 103}};
  metrics.operations_in_flight = 104;
  metrics.queues = 105;
  metrics.queue_depth = 106;
  metrics.queue_wakeups = 107;
  for (std::size_t i = 0; i < metrics.drains.size(); ++i) {
    metrics.drains[i] = 1U << i;
  }
  metrics.completions_drained = 108;
  metrics.slots_in_use = 109;
  metrics.slots_free = 110;
  metrics.slots_bytes = 111;
  metrics.workers = 112;
  metrics.blocking_threads = 113;
  metrics.runtimes = {{"one", 114, 115, 116}, {"m\\n\"o\np", 117, 118, 119}};
  metrics.buffers_lent = 120;
  metrics.buffers_orphaned = 121;
  metrics.handler_calls_waiting = 122;
  metrics.handler_calls_under_way = 123;
  metrics.log_records_delivered = 124;
  metrics.log_records_lost = 125;
  metrics.log_records_waiting = 126;
  metrics.stores = {store("s3://bucket", 200), store("m\\n\"o\np", 300)};
  metrics.panics_contained = 127;
  return metrics;
}

}  // namespace

int main(int argc, char** argv) {
  const bool made_up = argc > 1 && std::string_view(argv[1]) == "distinct";
  const auto metrics = made_up ? distinct() : of_this_process();
  std::fputs(tombolo::to_prometheus(metrics).c_str(), stdout);
}
