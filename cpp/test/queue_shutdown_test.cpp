// The end of a queue: whatever is in flight completes exactly once, as cancelled, and nobody waits
// for a worker that is stuck.
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "coroutine.hpp"
#include "support.hpp"

namespace tombolo_test {
namespace {

TEST(Shutdown, Law2WhatIsInFlightCompletesAsCancelled) {
  auto queue = make_queue();
  std::vector<ErrorKind> kinds;
  const auto note = [&](Answer answer) {
    EXPECT_EQ(answer.error().code(), ErrorCode::cancelled);
    kinds.push_back(answer.error().kind());
  };
  operation<Number>(never()).then(queue, note);
  operation<Number>(never_on_worker()).then(queue, note);
  operation<Number>(sleep_ms(60000)).then(queue, note);
  queue.shutdown();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(kinds, std::vector<ErrorKind>(3, ErrorKind::shutdown));
}

TEST(Shutdown, WhatIsStartedLaterIsRefusedTheSameWay) {
  auto queue = make_queue();
  queue.shutdown();
  queue.shutdown();
  std::vector<ErrorKind> kinds;
  const auto note = [&](Answer answer) { kinds.push_back(answer.error().kind()); };
  operation<Number>(ready(1)).then(queue, note);
  operation<Number>(hop_on_worker(1)).then(queue, note);
  EXPECT_TRUE(kinds.empty()) << "a callback ran inside the start";
  EXPECT_EQ(queue.in_flight(), 2U);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(kinds, std::vector<ErrorKind>(2, ErrorKind::shutdown));
}

/// As many buffers as that have come free are more than the operations that such a queue would
/// still run if each started another.
TEST(Shutdown, OfAQueueFullOfReleasesLeavesNoOperationBehind) {
  int completions = 0;
  {
    auto queue = make_queue();
    const auto owner = std::make_shared<char>('x');
    for (int i = 0; i < 70000; ++i) {
      static_cast<void>(Bytes::lend(owner, owner.get(), 1, queue).value());
    }
    operation<Number>(never()).then(queue, [&](Answer) { ++completions; });
  }
  EXPECT_EQ(completions, 1);
}

TEST(Shutdown, LeavesOtherQueuesAlone) {
  auto queue = make_queue();
  auto other = make_queue();
  std::optional<Answer> answer;
  operation<Number>(sleep_ms(30)).then(other, [&](Answer one) { answer = std::move(one); });
  queue.shutdown();
  ASSERT_TRUE(drain_all(other));
  EXPECT_EQ(answer->value(), 30U);
}

/// A queue is destroyed with this operation in flight; how often its callback ran.
template <class Prepare>
int completions_of(Ticket ticket, std::chrono::nanoseconds timeout, Prepare prepare) {
  int completions = 0;
  {
    auto queue = make_queue();
    operation<Number>(ticket).timeout(timeout).then(queue, [&](Answer answer) {
      ++completions;
      EXPECT_FALSE(answer.has_value());
    });
    prepare();
  }
  return completions;
}

TEST(DestroyedQueue, Law2CompletesCallerPlacedWork) {
  EXPECT_EQ(completions_of(never(), 60s, [] {}), 1);
  EXPECT_TRUE(nothing_stays_alive());
}

TEST(DestroyedQueue, Law2CompletesWorkerPlacedWork) {
  EXPECT_EQ(completions_of(never_on_worker(), 60s, [] {}), 1);
  EXPECT_TRUE(nothing_stays_alive());
}

TEST(DestroyedQueue, Law2CompletesRefusedWork) {
  int completions = 0;
  {
    auto queue = make_queue(1);
    for (int i = 0; i < 1000; ++i) {
      operation<Number>(never()).then(queue, [&](Answer) { ++completions; });
    }
  }
  EXPECT_EQ(completions, 1000);
}

TEST(DestroyedQueue, Law2CompletesTensOfThousands) {
  constexpr int kMany = 60000;
  int completions = 0;
  {
    auto queue = make_queue();
    for (int i = 0; i < kMany; ++i) {
      auto op = operation<Number>(i % 4 == 0 ? never_on_worker() : never());
      std::move(op).then(queue, [&](Answer) { ++completions; });
    }
  }
  EXPECT_EQ(completions, kMany);
  EXPECT_TRUE(nothing_stays_alive());
}

TEST(DestroyedQueue, ACompletionThatAlwaysStartsAnewComesToRest) {
  int completions = 0;
  std::function<void(Answer)> again;
  {
    auto queue = make_queue();
    again = [&](Answer) {
      ++completions;
      operation<Number>(hop(1)).then(queue, again);
    };
    operation<Number>(never()).then(queue, again);
  }
  EXPECT_GT(completions, 1);
}

TEST(DestroyedQueue, Law10DoesNotWaitForAStuckWorker) {
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(completions_of(stuck_ms(3000), 60s, [] { std::this_thread::sleep_for(50ms); }), 1);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s) << "it waited for the worker";
  EXPECT_TRUE(nothing_stays_in_flight());
}

// The deadline has passed, but the worker has not let go yet: the timer must not have forgotten it.
TEST(DestroyedQueue, Law2CompletesWhatIsOverdueOnAStuckWorker) {
  EXPECT_EQ(completions_of(stuck_ms(300), 10ms, [] { std::this_thread::sleep_for(100ms); }), 1);
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(DestroyedQueue, Law2NothingIsLostWhileWorkersFinish) {
  constexpr int kRounds = 3000;
  constexpr int kEach = 4;
  std::atomic<int> completions = 0;
  for (int round = 0; round < kRounds; ++round) {
    auto queue = make_queue();
    for (int i = 0; i < kEach; ++i) {
      const bool hops = (round + i) % 2 == 0;
      auto op = operation<Number>(hops ? hop_on_worker(1) : ready_on_worker(1));
      std::move(op).then(queue, [&](Answer) { ++completions; });
    }
    for (int spins = 0; spins < round % 64; ++spins) {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(completions, kRounds * kEach);
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(DestroyedQueue, Law2NothingIsLostWhileDeadlinesPass) {
  constexpr int kRounds = 1000;
  std::atomic<int> completions = 0;
  for (int round = 0; round < kRounds; ++round) {
    auto queue = make_queue();
    const auto timeout = std::chrono::microseconds(round % 200);
    for (auto* make : {+[] { return never(); }, +[] { return never_on_worker(); }}) {
      operation<Number>(make()).timeout(timeout).then(queue, [&](Answer) { ++completions; });
    }
    std::this_thread::sleep_for(std::chrono::microseconds(round % 150));
  }
  EXPECT_EQ(completions, kRounds * 2);
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(DestroyedQueue, WhatItsLastCallbacksStartIsAnsweredToo) {
  int first = 0;
  int second = 0;
  {
    auto queue = make_queue();
    const auto again = [&](Answer) {
      ++first;
      operation<Number>(hop(1)).then(queue, [&](Answer answer) {
        ++second;
        EXPECT_EQ(answer.error().kind(), ErrorKind::shutdown);
      });
    };
    operation<Number>(never()).then(queue, again);
    operation<Number>(never_on_worker()).then(queue, again);
    operation<Number>(stuck_ms(200)).then(queue, again);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(first, 3);
  EXPECT_EQ(second, 3);
}

TEST(DestroyedQueue, ExceptionsOfItsLastCallbacksAreSwallowed) {
  int ran = 0;
  {
    auto queue = make_queue();
    for (int i = 0; i < 3; ++i) {
      operation<Number>(never()).then(queue, [&](Answer) {
        ++ran;
        throw std::runtime_error("nobody hears this");
      });
    }
  }
  EXPECT_EQ(ran, 3);
}

TEST(DestroyedQueue, InsideItsOwnCallback) {
  auto queue = std::make_unique<CompletionQueue>(make_queue());
  int cancelled = 0;
  int after = 0;
  operation<Number>(never()).then(*queue, [&](Answer) { ++cancelled; });
  operation<Number>(ready(1)).then(*queue, [&](Answer) { queue.reset(); });
  operation<Number>(ready(1)).then(*queue, [&](Answer) { ++after; });
  const auto ran = queue->poll();
  EXPECT_TRUE(ran.has_value());
  EXPECT_EQ(queue, nullptr);
  EXPECT_EQ(cancelled, 1);
  EXPECT_EQ(after, 1);
}

TEST(DestroyedQueue, Law2InsideItsOwnCallbackWithMoreInFlightThanADrainHandles) {
  auto queue = std::make_unique<CompletionQueue>(make_queue());
  int cancelled = 0;
  operation<Number>(ready(1)).then(*queue, [&](Answer) {
    queue.reset();
    EXPECT_EQ(cancelled, 3000);
  });
  for (int i = 0; i < 1000; ++i) {
    operation<Number>(never()).then(*queue, [&](Answer) { ++cancelled; });
    operation<Number>(never_on_worker()).then(*queue, [&](Answer) { ++cancelled; });
    operation<Number>(ready(1)).then(*queue, [&](Answer) { ++cancelled; });
  }
  EXPECT_EQ(queue->poll().value(), 1U);
  EXPECT_EQ(cancelled, 3000);
}

Task await_once(const CompletionQueue& queue, std::optional<Answer>& answer) {
  answer = co_await operation<Number>(never_on_worker()).on(queue);
}

TEST(DestroyedQueue, ResumesCoroutinesThatWaitForIt) {
  std::optional<Answer> answer;
  {
    auto queue = make_queue();
    await_once(queue, answer);
    EXPECT_FALSE(answer.has_value());
  }
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error().kind(), ErrorKind::shutdown);
}

TEST(DestroyedQueue, MovedAndAssignedOver) {
  int first = 0;
  int second = 0;
  auto queue = make_queue();
  operation<Number>(never()).then(queue, [&](Answer) { ++first; });
  CompletionQueue other = std::move(queue);
  EXPECT_EQ(first, 0);
  EXPECT_EQ(queue.fd(), -1);
  EXPECT_EQ(queue.poll().error().code(), ErrorCode::failed_precondition);
  operation<Number>(never()).then(other, [&](Answer) { ++second; });
  other = make_queue();
  EXPECT_EQ(first + second, 2);
  EXPECT_TRUE(other.drained());
}

}  // namespace
}  // namespace tombolo_test
