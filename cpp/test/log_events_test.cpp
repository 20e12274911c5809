// What the crossing itself has to say: of runtimes, of queues, and of each operation.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "log_support.hpp"
#include "tombolo-test-core/src/runtimes.rs.h"
#include "tombolo/runtime.hpp"

namespace tombolo_test {
namespace {

using tombolo::Runtime;
using tombolo::RuntimeOptions;
using Texts = std::vector<std::string>;

TEST(LogEvents, EachOperationHasANumberOfItsOwn) {
  start_the_runtime();
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records), "tombolo::crossing=trace");
  static_cast<void>(operation<Number>(ready(1)).wait());
  static_cast<void>(operation<Number>(ready_on_worker(1)).wait());
  ASSERT_TRUE(drain_until(queue, [&] { return records.size() >= 4; }));
  ASSERT_EQ(messages(records), (Texts{"an operation has begun", "an operation has ended",
                                      "an operation has begun", "an operation has ended"}));
  const auto number = [&](std::size_t at) { return line(records[at].spans.at(0).fields.at(2)); };
  EXPECT_EQ(number(0), number(1));
  EXPECT_EQ(number(2), number(3));
  EXPECT_NE(number(0), number(2));
  EXPECT_EQ(line(records[1].fields.at(0)), "outcome=ok/0");
  EXPECT_EQ(records[1].fields.at(1).name, "microseconds");
}

TEST(LogEvents, HowOperationsEndIsTold) {
  start_the_runtime();
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records), "tombolo::crossing=debug,tombolo::panic=error");
  static_cast<void>(operation<Number>(never()).timeout(1ms).wait());
  static_cast<void>(operation<Number>(never_on_worker()).start(queue, [](Answer) {}));
  static_cast<void>(operation<Number>(panic_in_poll(true)).wait());
  ASSERT_TRUE(drain_until(queue, [&] { return records.size() == 3; }));
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.message < b.message; });
  EXPECT_EQ(records[0].message.substr(0, 22), "a panic was contained ");
  EXPECT_EQ(records[0].level, LogLevel::error);
  EXPECT_EQ(records[0].target, "tombolo::panic");
  EXPECT_TRUE(is_in(records[0], "read"));
  EXPECT_EQ(records[1].message, "an operation was cancelled");
  EXPECT_TRUE(is_in(records[1], "write"));
  EXPECT_EQ(records[2].message, "the deadline of an operation has passed");
  EXPECT_TRUE(is_in(records[2], "write"));
}

TEST(LogEvents, AQueueThatGoesWithWorkInFlightIsTold) {
  start_the_runtime();
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records), "tombolo::crossing=debug");
  {
    auto idle = make_queue();
    operation<Number>(ready(1)).then(idle, [](Answer) {});
    EXPECT_TRUE(drain_all(idle));
  }
  {
    auto other = make_queue();
    operation<Number>(never()).then(other, [](Answer) {});
    operation<Number>(never()).then(other, [](Answer) {});
  }
  drain(queue);
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records[0].to_string(),
            "debug tombolo::crossing: a queue was shut down with operations in flight in_flight=2");
  EXPECT_EQ(messages(records).back(), "an operation was cancelled with its queue");
  EXPECT_EQ(records.size(), 3U);
}

TEST(LogEvents, HowAnOperationHasEndedIsTold) {
  start_the_runtime();
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records), "tombolo::crossing=trace");
  static_cast<void>(operation<Number>(sleep_ms(20)).wait());
  static_cast<void>(operation<void>(fail(5)).wait());
  static_cast<void>(operation<Number>(fail_on_worker()).wait());
  ASSERT_TRUE(drain_until(queue, [&] { return records.size() == 6; }));
  Texts outcomes;
  for (const LogRecord& record : records) {
    if (record.message == "an operation has ended") {
      EXPECT_EQ(record.level, LogLevel::trace);
      outcomes.push_back(line(record.fields.at(0)));
    }
  }
  EXPECT_EQ(outcomes, (Texts{"outcome=ok/0", "outcome=not_found/0", "outcome=unavailable/0"}));
  const auto& took = records.at(1).fields.at(1);
  EXPECT_EQ(took.name, "microseconds");
  EXPECT_EQ(took.kind, LogRecord::Field::Kind::number);
  EXPECT_GE(std::stoull(took.value), 20000U) << "the operation has slept for so long";
}

TEST(LogEvents, ARuntimeThatStartsAndTheEndOfWhatIsInFlightThereAreTold) {
  start_the_runtime();
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records), "tombolo::crossing=debug");
  RuntimeOptions options;
  options.thread_name = "own";
  options.workers = 3;
  options.blocking_threads = 7;
  const auto runtime = Runtime::create(options).value();
  operation<Number>(never_at(runtime.raw(), false)).then(queue, [](Answer) {});
  runtime.shutdown();
  ASSERT_TRUE(drain_until(queue, [&] { return records.size() == 2; }));
  EXPECT_EQ(records[0].to_string(),
            "info tombolo::crossing: the runtime has started thread_name=\"own\" workers=3 "
            "blocking_threads=7");
  EXPECT_EQ(records[1].level, LogLevel::debug);
  EXPECT_EQ(records[1].message, "an operation was cancelled with its runtime");
  EXPECT_TRUE(is_in(records[1], "probe"));
}

}  // namespace
}  // namespace tombolo_test
