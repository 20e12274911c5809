// Deadlines: every operation has one, and it fires wherever the operation is placed and whether or
// not anybody drains the queue.
#include <vector>

#include "support.hpp"

namespace tombolo_test {
namespace {

struct Deadline : testing::TestWithParam<bool> {
  static Ticket endless() { return GetParam() ? never_on_worker() : never(); }
};

INSTANTIATE_TEST_SUITE_P(Placed, Deadline, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "on_worker" : "on_caller");
});

TEST_P(Deadline, Law8FiresAndComesThroughTheQueue) {
  auto queue = make_queue();
  std::vector<ErrorCode> codes;
  operation<Number>(endless()).timeout(20ms).then(queue, [&](Answer answer) {
    codes.push_back(answer.error().code());
    EXPECT_EQ(answer.error().effect(), Effect::unknown) << "a write was interrupted";
  });
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(codes, std::vector<ErrorCode>{ErrorCode::deadline_exceeded});
  EXPECT_TRUE(nothing_stays_alive());
}

TEST_P(Deadline, Law8FiresWhileNobodyDrains) {
  auto queue = make_queue();
  int ran = 0;
  for (int i = 0; i < 100; ++i) {
    operation<Number>(endless()).timeout(20ms).then(queue, [&](Answer) { ++ran; });
  }
  EXPECT_TRUE(nothing_stays_alive()) << "the futures wait for a drain to be dropped";
  EXPECT_EQ(ran, 0);
  EXPECT_TRUE(readable(queue.fd(), 10000));
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(ran, 100);
}

// Woken, and so queued to be polled by a drain that never comes.
TEST(DeadlineOfAnOperation, Law8FiresForWhatWaitsToBePolled) {
  auto queue = make_queue();
  std::optional<Answer> answer;
  operation<Number>(hop(1)).timeout(50ms).then(queue, [&](Answer one) { answer = std::move(one); });
  EXPECT_TRUE(nothing_stays_in_flight());
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(answer->error().code(), ErrorCode::deadline_exceeded);
  EXPECT_EQ(answer->error().effect(), Effect::none) << "a read has no effect";
}

TEST_P(Deadline, OfZeroOrLessIsOverAtOnce) {
  auto queue = make_queue();
  std::vector<ErrorCode> codes;
  const std::chrono::nanoseconds timeouts[] = {0ns, -1ns, -5s, std::chrono::nanoseconds::min()};
  for (const auto timeout : timeouts) {
    EXPECT_EQ(operation<Number>(endless()).timeout(timeout).wait().error().code(),
              ErrorCode::deadline_exceeded);
    for (int i = 0; i < 500; ++i) {
      operation<Number>(endless()).timeout(timeout).then(
          queue, [&](Answer answer) { codes.push_back(answer.error().code()); });
    }
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(codes, std::vector<ErrorCode>(2000, ErrorCode::deadline_exceeded));
}

TEST_P(Deadline, MayBeHuge) {
  auto queue = make_queue();
  for (const std::chrono::nanoseconds timeout :
       {std::chrono::nanoseconds::max(), std::chrono::nanoseconds(24h * 365 * 200)}) {
    EXPECT_EQ(operation<Number>(hop(1)).timeout(timeout).wait().value(), 2U);
    EXPECT_EQ(operation<Number>(hop_on_worker(1)).timeout(timeout).wait().value(), 2U);
    auto running = operation<Number>(endless()).timeout(timeout).start(queue, [](Answer) {});
    std::this_thread::sleep_for(5ms);
    EXPECT_EQ(queue.in_flight(), 1U);
    running.cancel();
    EXPECT_TRUE(drain_all(queue));
  }
}

TEST_P(Deadline, ComesInOrderWhateverTheOrderOfTheStarts) {
  auto queue = make_queue();
  std::vector<int> order;
  for (const int wait : {300, 100, 200}) {
    operation<Number>(endless())
        .timeout(std::chrono::milliseconds(wait))
        .then(queue, [&order, wait](Answer) { order.push_back(wait); });
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(order, (std::vector<int>{100, 200, 300}));
}

TEST(DeadlineOfAnOperation, TheLastOneSetCounts) {
  const auto answer = operation<Number>(never()).timeout(1h).timeout(10ms).wait();
  EXPECT_EQ(answer.error().code(), ErrorCode::deadline_exceeded);
}

TEST(DeadlineOfAnOperation, WhatIsReadyMeetsAnyDeadline) {
  EXPECT_EQ(operation<Number>(ready(1)).timeout(0s).wait().value(), 2U);
}

// That none is named does not mean that there is none: it stands in the table that they share.
TEST(DeadlineOfAnOperation, Law8HasADefault) {
  auto queue = make_queue();
  const auto running = operation<Number>(never()).start(queue, [](Answer) {});
  EXPECT_EQ(operations_in_flight(), 1U);
}

TEST(DeadlineOfAnOperation, OfAStuckWorkerIsReportedWhenItLetsGo) {
  const auto answer = operation<Number>(stuck_ms(100)).timeout(10ms).wait();
  if (answer.has_value()) {
    // The step that was under way ended first, and by then it had succeeded.
    EXPECT_EQ(*answer, 100U);
  } else {  // on a machine so busy that the deadline passed before the worker began
    EXPECT_EQ(answer.error().code(), ErrorCode::deadline_exceeded);
    EXPECT_EQ(answer.error().effect(), Effect::none);
  }
}

}  // namespace
}  // namespace tombolo_test
