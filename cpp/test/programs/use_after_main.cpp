// Law 10: what outlives main works: operations in destructors of statics and thread-locals and in
// atexit handlers, and every kind of object as a static, destroyed in either order.
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using Number = std::uint64_t;
using tombolo::CompletionQueue;
using tombolo::operation;
using tombolo_test::must;
namespace test = tombolo_test;

/// How many operations have ended.
std::uint64_t ended(const tombolo::Metrics& metrics) {
  std::uint64_t all = 0;
  for (const auto& operations : metrics.operations) {
    all += operations.count;
  }
  return all;
}

/// What was done must be counted, also by a thread whose own counters are gone.
void must_be_counted(const tombolo::Metrics& before, std::uint64_t operations,
                     std::uint64_t completions) {
  const auto now = tombolo::metrics();
  must(ended(now) - ended(before) == operations, "operations are missing from the metrics");
  must(now.completions_drained - before.completions_drained == completions,
       "completions are missing from the metrics");
  must(now.queue_depth == before.queue_depth, "something is said to wait for a drain");
}

/// Uses everything once; every operation must succeed, but for one that is cancelled.
void use_everything() {
  const auto before = tombolo::metrics();
  for (auto* make : {+[] { return test::ready(1); }, +[] { return test::hop(1); },
                     +[] { return test::hop_on_worker(1); }}) {
    const auto waited = operation<Number>(make()).wait();
    must(waited.has_value(), waited ? "" : waited.error().to_string().c_str());
    must(operation<Number>(make()).future().get().has_value(), "a future failed");
    auto queue = CompletionQueue::create().value();
    bool done = false;
    operation<Number>(make()).then(queue, [&](auto answer) { done = answer.value() == 2; });
    while (!queue.drained()) {
      must(queue.wait_for(1s).has_value(), "the queue could not be drained");
    }
    must(done, "a callback did not run");
  }
  must(operation<Number>(test::sleep_ms(1)).wait().has_value(), "a timer failed");
  const auto store = tombolo::BlobStore::open("mem:").value();
  must(store.put("key", std::string("text")).wait().has_value(), "a put failed");
  must(store.get("key").wait().value().view() == "text", "a get failed");
  {
    const auto queue = CompletionQueue::create().value();
    const auto running = operation<Number>(test::never()).start(queue, [](const auto&) {});
  }
  must_be_counted(before, 13, 3);
}

struct UsesAtItsEnd {
  bool armed = false;
  ~UsesAtItsEnd() {
    if (armed) {
      use_everything();
    }
  }
};

UsesAtItsEnd global;
thread_local UsesAtItsEnd local_to_thread;

/// Drains, after main, what was started before its end and is polled by whoever drains.
struct DrainsAtItsEnd {
  std::optional<CompletionQueue> queue;
  int done = 0;
  ~DrainsAtItsEnd() {
    while (queue.has_value() && !queue->drained()) {
      must(queue->wait_for(1s).has_value(), "the queue could not be drained");
    }
    must(!queue.has_value() || done == 100, "completions are missing");
  }
} drains;

void leave_work_to_be_drained() {
  drains.queue = CompletionQueue::create().value();
  for (int i = 0; i < 100; ++i) {
    auto op = operation<Number>(i % 2 == 0 ? test::hop(1) : test::hop_on_worker(1));
    std::move(op).then(*drains.queue, [](auto answer) { drains.done += answer ? 1 : 0; });
  }
}

/// Function-local statics, destroyed in the reverse order of their making.
template <bool kQueueFirst>
void make_statics() {
  static std::optional<CompletionQueue> early;
  if constexpr (kQueueFirst) {
    early = CompletionQueue::create().value();
  }
  static tombolo::BlobStore store = tombolo::BlobStore::open("mem:").value();
  static tombolo::Running running;
  static tombolo::Bytes bytes(std::string(1000, 'x'));
  static tombolo::Bytes lent;
  static std::future<tombolo::Result<Number>> future;
  static tombolo::CancellationSource source;
  static tombolo::Stream<Number> stream = tombolo::stream<Number>(test::count_slowly(100, 1));
  static CompletionQueue late = CompletionQueue::create().value();
  auto& queue = kQueueFirst ? *early : late;
  auto owner = std::make_shared<std::string>("lent");
  lent = tombolo::Bytes::lend(owner, owner->data(), owner->size(), queue).value();
  running = operation<Number>(test::never()).start(queue, [](auto) {});
  future = operation<Number>(test::never_on_worker()).cancel_on(source.token()).future();
  stream.next().then(queue, [](auto) {});
  store.put("key", bytes).then(queue, [held = bytes](auto) {});
  operation<Number>(test::stuck_ms(20)).then(queue, [held = lent](auto) {});
}

int end_by(std::string_view way) {
  if (way == "global") {
    use_everything();
    global.armed = true;
  } else if (way == "global_first_use") {
    global.armed = true;
  } else if (way == "thread_local") {
    local_to_thread.armed = true;
    use_everything();
    std::thread([] {
      use_everything();
      local_to_thread.armed = true;
    }).join();
  } else if (way == "atexit") {
    use_everything();
    std::atexit(use_everything);
  } else if (way == "drained_late") {
    leave_work_to_be_drained();
  } else if (way == "statics_queue_first") {
    make_statics<true>();
  } else if (way == "statics_queue_last") {
    make_statics<false>();
  }
  return tombolo_test::kChosenStatus;
}

}  // namespace

int main(int argc, char** argv) {
  return tombolo_test::run_again(argc, argv,
                                 {"global", "global_first_use", "thread_local", "atexit",
                                  "drained_late", "statics_queue_first", "statics_queue_last"},
                                 end_by);
}
