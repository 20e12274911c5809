// Deadlines: every operation has one, and it fires wherever the operation is placed and whether or
// not anybody drains the queue.
#include <algorithm>
#include <vector>

#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

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
/// As the first thing that the process does, too: nothing is left out of the runtime's start.
TEST(DeadlineOfAnOperation, Law8FiresForWhatAsksNothingOfTheRuntime) {
  auto queue = make_queue();
  std::vector<ErrorCode> codes;
  for (int i = 0; i < 2; ++i) {
    operation<Number>(never_without_runtime()).timeout(20ms).then(queue, [&](Answer answer) {
      codes.push_back(answer.error().code());
    });
    EXPECT_TRUE(drain_all(queue));
  }
  EXPECT_EQ(codes, std::vector<ErrorCode>(2, ErrorCode::deadline_exceeded));
  EXPECT_TRUE(nothing_stays_alive());
}

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

/// An operation whose deadline lies between two instants.
struct Due {
  std::chrono::steady_clock::time_point earliest;
  std::chrono::steady_clock::time_point latest;
};

/// Starts as many endless operations as `due` has room for, whose deadlines come in another order
/// than their starts; notes when each is due, and in `heard` who has ended.
template <class Endless>
void start_all(CompletionQueue& queue, Endless endless, std::vector<Due>& due,
               std::vector<std::size_t>& heard) {
  using Clock = std::chrono::steady_clock;
  for (std::size_t i = 0; i < due.size(); ++i) {
    // 389 has no divisor in common with a thousand, so each of these comes once.
    const auto timeout = std::chrono::microseconds(20000 + 100 * (i * 389 % due.size()));
    due[i].earliest = Clock::now() + timeout;
    operation<Number>(endless()).timeout(timeout).then(queue, [&, i](Answer answer) {
      EXPECT_EQ(answer.error().code(), ErrorCode::deadline_exceeded);
      EXPECT_GE(Clock::now(), due[i].earliest) << "a deadline has fired before its time";
      heard.push_back(i);
    });
    due[i].latest = Clock::now() + timeout;
  }
}

TEST_P(Deadline, Law8OfAThousandAllFireAndNoneBeforeItsTime) {
  auto queue = make_queue();
  std::vector<Due> due(1000);
  std::vector<std::size_t> heard;
  start_all(queue, &Deadline::endless, due, heard);
  EXPECT_TRUE(drain_all(queue));
  std::sort(heard.begin(), heard.end());
  for (std::size_t i = 0; i < heard.size(); ++i) {
    ASSERT_EQ(heard[i], i) << "one fired twice, or not at all";
  }
  EXPECT_EQ(heard.size(), due.size());
  EXPECT_TRUE(nothing_stays_in_flight());
}

// On the caller alone: two workers let go of theirs in whatever order they come to it.
TEST(DeadlineOfAnOperation, Law8FiresInTheOrderOfTheDeadlines) {
  auto queue = make_queue();
  std::vector<Due> due(1000);
  std::vector<std::size_t> heard;
  start_all(queue, never, due, heard);
  EXPECT_TRUE(drain_all(queue));
  ASSERT_EQ(heard.size(), due.size());
  auto last = due[heard.front()].earliest;
  for (const auto one : heard) {
    // This thread may lose its processor within a start, so a deadline is known from both sides
    // only. Nothing that was heard before was certainly due after this one.
    EXPECT_LE(last, due[one].latest);
    last = std::max(last, due[one].earliest);
  }
}

// Neither queues that nobody drains nor workers that are stuck keep a deadline from firing.
TEST(DeadlineOfAnOperation, Law8FiresWhileAThousandWaitAndEveryWorkerIsStuck) {
  auto deaf = make_queue();
  int ran = 0;
  for (int i = 0; i < 1000; ++i) {
    auto op = operation<Number>(i % 2 == 0 ? never() : never_on_worker());
    std::move(op).timeout(1ms).then(deaf, [&](Answer) { ++ran; });
  }
  for (int i = 0; i < 2; ++i) {
    operation<void>(hold_worker()).then(deaf, [&](auto) { ++ran; });
  }
  ASSERT_TRUE(eventually([] { return workers_held() == 2; })) << "they are not spread over both";

  auto queue = make_queue();
  std::optional<Answer> answer;
  operation<Number>(never()).timeout(20ms).then(queue,
                                                [&](Answer one) { answer = std::move(one); });
  EXPECT_TRUE(drain_all(queue));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error().code(), ErrorCode::deadline_exceeded);
  EXPECT_EQ(operation<Number>(never()).timeout(20ms).wait().error().code(),
            ErrorCode::deadline_exceeded);
  EXPECT_EQ(workers_held(), 2U);
  EXPECT_EQ(ran, 0);

  release_workers();
  EXPECT_TRUE(drain_all(deaf));
  EXPECT_EQ(ran, 1002);
}

}  // namespace
}  // namespace tombolo_test
