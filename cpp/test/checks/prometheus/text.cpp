// Prints metrics as Prometheus' text: of this process, and of one label that must be escaped.
#include <cstdio>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

int main() {
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
  tombolo::Metrics metrics = tombolo::metrics();
  metrics.operations.push_back({"a\\b", "say \"x\"\nand y", "ok", 7});
  metrics.log_records_delivered = 2;
  metrics.log_records_lost = 1;
  metrics.log_records_waiting = 3;
  std::fputs(tombolo::to_prometheus(metrics).c_str(), stdout);
}
