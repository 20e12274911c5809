// Every operation that is started is counted once, by its name and by how it has ended, whichever
// way it is consumed.
#include "tombolo/metrics.hpp"

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "coroutine.hpp"
#include "metrics_support.hpp"
#include "tombolo-test-core/src/probes.rs.h"
#include "way_asio.hpp"
#include "ways.hpp"

namespace tombolo_test {
namespace {

using tombolo::CancellationSource;
using tombolo::Operation;

/// How an operation ends, and what is counted then.
struct Kind {
  const char* counted;
  std::function<Operation<Number>()> make;
};

Operation<Number> cancelled_before() {
  const CancellationSource source;
  source.cancel();
  return operation<Number>(never()).cancel_on(source.token());
}

Operation<Number> moved_from() {
  auto op = operation<Number>(ready(1));
  { const auto gone = std::move(op); }
  return op;  // NOLINT(bugprone-use-after-move): the mistake that is counted
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"test.read: ok", [] { return operation<Number>(ready(1)); }},
      {"test.read: ok", [] { return operation<Number>(ready_on_worker(1)); }},
      {"test.read: ok", [] { return operation<Number>(hop(1)); }},
      {"test.read: ok", [] { return operation<Number>(hop_on_worker(1)); }},
      {"test.read: ok", [] { return operation<Number>(big_hop(1)); }},
      {"test.read: internal", [] { return operation<Number>(panic_in_drop(true)); }},
      {"test.read: not_found", [] { return operation<Number>(fail(5)); }},
      {"test.read: unavailable", [] { return operation<Number>(fail_on_worker()); }},
      {"test.write: aborted", [] { return operation<Number>(fail_done()); }},
      {"test.read: invalid_argument", [] { return operation<Number>(half(1)); }},
      {"test.read: internal", [] { return operation<Number>(panic_in_build()); }},
      {"test.read: internal", [] { return operation<Number>(panic_in_poll(false)); }},
      {"test.read: internal", [] { return operation<Number>(panic_in_poll(true)); }},
      {"test.write: deadline_exceeded", [] { return operation<Number>(never()).timeout(1ms); }},
      {"test.write: deadline_exceeded",
       [] { return operation<Number>(never_on_worker()).timeout(1ms); }},
      {"test.write: cancelled", cancelled_before},
      {".: failed_precondition", moved_from},
  };
  return all;
}

template <class Way>
void counts_each_once() {
  for (const auto& [counted, make] : kinds()) {
    const Since since;
    static_cast<void>(Way()(make()));
    EXPECT_EQ(since.ended(), (Ends{{counted, 1}})) << Way::kName;
  }
}

TEST(Metrics, CountEachOnceThatIsWaitedFor) { counts_each_once<ByWait>(); }
TEST(Metrics, CountEachOnceThroughAFuture) { counts_each_once<ByFuture>(); }
TEST(Metrics, CountEachOnceThroughACallback) { counts_each_once<ByThen>(); }
TEST(Metrics, CountEachOnceThroughAHandle) { counts_each_once<ByStart>(); }
TEST(Metrics, CountEachOnceThatIsAwaited) { counts_each_once<ByCoAwait>(); }
TEST(Metrics, CountEachOnceThroughAsio) { counts_each_once<ByAsio>(); }

TEST(Metrics, DoNotCountWhatIsNeverStarted) {
  const Since since;
  { const auto op = operation<Number>(never()); }
  { const auto op = operation<Number>(panic_in_build()); }
  EXPECT_EQ(since.ended(), Ends());
}

TEST(Metrics, CountWhatIsDestroyedInFlight) {
  auto queue = make_queue();
  for (auto* make : {&never, &never_on_worker}) {
    const Since since;
    {
      const auto running = operation<Number>(make()).start(queue, [](Answer) {});
    }
    EXPECT_TRUE(since.becomes({{"test.write: cancelled", 1}}));
  }
  const Since since;
  auto frame = [](const CompletionQueue& on) -> Frame {
    static_cast<void>(co_await operation<Number>(never()).on(on));
  }(queue);
  frame.destroy();
  EXPECT_TRUE(since.becomes({{"test.write: cancelled", 1}}));
}

TEST(Metrics, CountWhatEndsWithItsQueue) {
  const Since since;
  {
    auto queue = make_queue();
    for (auto* make : {&never, &never_on_worker}) {
      operation<Number>(make()).then(queue, [](Answer) {});
    }
  }
  EXPECT_TRUE(since.becomes({{"test.write: cancelled", 2}}));
}

TEST(Metrics, CountOnceWhatAWorkerEndsAfterItsQueue) {
  const Since since;
  {
    auto queue = make_queue();
    operation<void>(hold_worker()).then(queue, [](const auto& answer) {
      EXPECT_EQ(answer.error().code(), ErrorCode::cancelled);
    });
    EXPECT_TRUE(eventually([] { return workers_held() == 1; }));
  }
  EXPECT_EQ(since.ended(), Ends()) << "it has not ended yet";
  release_workers();
  EXPECT_TRUE(since.becomes({{"test.probe: ok", 1}}));
}

TEST(Metrics, CountWhatIsRefused) {
  const Since since;
  auto queue = make_queue(1);
  const auto first = operation<Number>(never()).start(queue, [](Answer) {});
  operation<Number>(hop(1)).then(queue, [](Answer) {});
  EXPECT_EQ(since.ended(), (Ends{{"test.read: resource_exhausted", 1}}));
  queue.shutdown();
  operation<Number>(ready(1)).then(queue, [](Answer) {});
  operation<Number>(ready(1)).then(CompletionQueue(), [](Answer) {});
  operation<Number>(panic_in_build()).then(CompletionQueue(), [](Answer) {});
  EXPECT_TRUE(since.becomes({{"test.read: resource_exhausted", 1},
                             {"test.read: cancelled", 1},
                             {"test.read: failed_precondition", 1},
                             {"test.read: internal", 1},
                             {"test.write: cancelled", 1}}));
}

TEST(Metrics, CountAWaitThatWouldDeadlock) {
  auto queue = make_queue();
  const Since since;
  operation<Number>(ready(1)).then(
      queue, [](Answer) { EXPECT_FALSE(operation<Number>(hop(1)).wait().has_value()); });
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(since.ended(), (Ends{{"test.read: ok", 1}, {"test.read: failed_precondition", 1}}));
}

TEST(Metrics, CountEachPullOfAStream) {
  const Since since;
  const auto numbers = tombolo::stream<Number>(count(3));
  while (numbers.next().wait().value().has_value()) {
  }
  const auto broken = tombolo::stream<Number>(count_then_fail(1));
  static_cast<void>(broken.next().wait());
  static_cast<void>(broken.next().wait());
  EXPECT_EQ(since.ended(), (Ends{{"test.next: ok", 5}, {"test.next: data_loss", 1}}));
}

TEST(Metrics, CountOperationsOfBlobs) {
  const Since since;
  const auto store = tombolo::BlobStore::open("mem:").value();
  static_cast<void>(store.put("key", std::string("text")).wait());
  static_cast<void>(store.get("key").wait());
  static_cast<void>(store.get("absent").wait());
  EXPECT_EQ(since.ended(), (Ends{{"blob.memory.put: ok", 1},
                                 {"blob.memory.get: ok", 1},
                                 {"blob.memory.get: not_found", 1}}));
}

TEST(Metrics, CountPanics) {
  const Since since;
  static_cast<void>(operation<Number>(panic_in_poll(true)).wait());
  EXPECT_EQ(since.grown(&Metrics::panics_contained), 1);
  EXPECT_EQ(tombolo::metrics().panics_contained, tombolo::panics_contained());
}

TEST(Metrics, CountExactlyWhileManyThreadsCount) {
  constexpr Number kThreads = 4;
  constexpr Number kEach = 500;
  const Since since;
  std::vector<std::thread> threads;
  for (Number i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      auto queue = make_queue();
      for (Number each = 0; each < kEach; ++each) {
        operation<Number>(ready(1)).then(queue, [](Answer) {});
        operation<Number>(hop_on_worker(1)).then(queue, [](Answer) {});
        operation<void>(fail(5)).then(queue, [](const auto&) {});
        static_cast<void>(operation<Number>(named(1)).wait());
        // Threads that come and go share the counters of those that went.
        std::thread([] { static_cast<void>(operation<Number>(named(2)).wait()); }).join();
        static_cast<void>(tombolo::metrics());
      }
      EXPECT_TRUE(drain_all(queue));
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  constexpr Number kAll = kThreads * kEach;
  EXPECT_EQ(since.ended(), (Ends{{"test.read: ok", 2 * kAll},
                                 {"test.read: not_found", kAll},
                                 {"named.operation \"1\": ok", kAll},
                                 {"named.operation \"2\": ok", kAll}}));
}

}  // namespace
}  // namespace tombolo_test
