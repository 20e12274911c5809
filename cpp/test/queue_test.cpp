// The completion queue: bounded drains, one consumer at a time, capacity, exceptions, timeouts.
#include <atomic>
#include <stdexcept>
#include <vector>

#include "coroutine.hpp"
#include "support.hpp"

namespace tombolo_test {
namespace {

TEST(Queue, ADrainIsBoundedAndTheRestKeepsTheDescriptorReadable) {
  auto queue = make_queue();
  constexpr std::size_t kMany = 1000;
  for (std::size_t i = 0; i < kMany; ++i) {
    operation<Number>(ready(i)).then(queue, [](Answer) {});
  }
  EXPECT_EQ(queue.in_flight(), kMany);
  std::size_t ran = 0;
  while (ran < kMany) {
    ASSERT_TRUE(readable(queue.fd(), 10000));
    const auto now = drain(queue);
    EXPECT_LE(now, 256U);
    ran += now;
  }
  EXPECT_FALSE(readable(queue.fd()));
  EXPECT_TRUE(queue.drained());
}

TEST(Queue, OneSlowCompletionEndsADrain) {
  auto queue = make_queue();
  for (int i = 0; i < 10; ++i) {
    operation<Number>(ready(1)).then(queue, [](Answer) { std::this_thread::sleep_for(2ms); });
  }
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_TRUE(readable(queue.fd()));
  EXPECT_TRUE(drain_all(queue));
}

TEST(Queue, CompletionsComeInTheOrderInWhichTheyWereDone) {
  auto queue = make_queue();
  std::vector<Number> order;
  for (Number i = 0; i < 100; ++i) {
    operation<Number>(ready(i)).then(queue, [&](Answer one) { order.push_back(one.value()); });
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Queue, RefusesAConsumerInsideADrain) {
  auto queue = make_queue();
  std::optional<ErrorCode> polled;
  std::optional<ErrorCode> waited;
  operation<Number>(ready(1)).then(queue, [&](Answer) {
    polled = queue.poll().error().code();
    waited = queue.wait_for(10s).error().code();
  });
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(polled, ErrorCode::failed_precondition);
  EXPECT_EQ(waited, ErrorCode::failed_precondition);
}

TEST(Queue, RefusesASecondThreadMeanwhileAndTakesItAfterwards) {
  auto queue = make_queue();
  std::optional<ErrorCode> code;
  operation<Number>(ready(1)).then(
      queue, [&](Answer) { std::thread([&] { code = queue.poll().error().code(); }).join(); });
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(code, ErrorCode::failed_precondition);
  operation<Number>(ready(1)).then(queue, [](Answer) {});
  std::size_t ran = 0;
  std::thread([&] { ran = drain(queue); }).join();
  EXPECT_EQ(ran, 1U);
}

TEST(Queue, MayBeDrainedInsideADrainOfAnother) {
  auto outer = make_queue();
  auto inner = make_queue();
  std::optional<Answer> answer;
  operation<Number>(ready(1)).then(inner, [&](Answer one) { answer = std::move(one); });
  operation<Number>(ready(1)).then(outer, [&](Answer) { EXPECT_EQ(drain(inner), 1U); });
  EXPECT_EQ(drain(outer), 1U);
  EXPECT_EQ(answer->value(), 2U);
}

TEST(Queue, TheRuntimeHasACeilingOverAllQueuesFuturesAndWaits) {
  constexpr std::size_t kCeiling = 262144;
  constexpr std::size_t kBeyond = 5;
  auto queue = make_queue(2 * kCeiling);
  std::size_t cancelled = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < kCeiling + kBeyond; ++i) {
    operation<Number>(never()).then(queue, [&](Answer answer) {
      ++(answer.error().code() == ErrorCode::resource_exhausted ? refused : cancelled);
    });
  }
  const auto waited = operation<Number>(ready(1)).wait();
  EXPECT_EQ(waited.error().code(), ErrorCode::resource_exhausted);
  EXPECT_TRUE(waited.error().retryable());
  EXPECT_EQ(operation<Number>(ready(1)).future().get().error().code(),
            ErrorCode::resource_exhausted);
  queue.shutdown();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(refused, kBeyond);
  EXPECT_EQ(cancelled, kCeiling);
  EXPECT_EQ(operation<Number>(hop_on_worker(1)).wait().value(), 2U);
}

TEST(Queue, Law2BeyondItsCapacityAnOperationIsAnsweredByTheSamePath) {
  auto queue = make_queue(2);
  std::vector<ErrorCode> codes;
  std::vector<tombolo::Running> running;
  for (int i = 0; i < 3; ++i) {
    running.push_back(operation<Number>(never()).start(queue, [&](Answer answer) {
      codes.push_back(answer.error().code());
      EXPECT_TRUE(answer.error().retryable());
    }));
  }
  EXPECT_TRUE(codes.empty()) << "a callback ran inside the start";
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(codes, std::vector<ErrorCode>{ErrorCode::resource_exhausted});
  running.clear();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(codes.size(), 1U);
  std::optional<Answer> again;
  operation<Number>(hop(1)).then(queue, [&](Answer one) { again = std::move(one); });
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(again->value(), 2U);
}

TEST(Queue, ACapacityOfNothingIsRefused) {
  CompletionQueue::Options options;
  options.capacity = 0;
  EXPECT_EQ(CompletionQueue::create(options).error().code(), ErrorCode::invalid_argument);
}

TEST(Queue, Law2TakesStartsFromManyThreads) {
  auto queue = make_queue();
  constexpr int kThreads = 4;
  constexpr int kEach = 5000;
  int ran = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        auto op = operation<Number>(j % 3 == 0 ? ready(1) : j % 3 == 1 ? hop(1) : hop_on_worker(1));
        std::move(op).then(queue, [&](Answer answer) { ran += answer.value() == 2 ? 1 : 0; });
      }
    });
  }
  EXPECT_TRUE(drain_until(queue, [&] { return ran == kThreads * kEach; }));
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(queue.drained());
}

TEST(Queue, WhatACallbackThrowsComesOutOfTheDrainAndTheRestIsKept) {
  auto queue = make_queue();
  int ran = 0;
  for (int i = 0; i < 3; ++i) {
    operation<Number>(ready(1)).then(queue, [](Answer) { throw std::runtime_error("mine"); });
    operation<Number>(ready(1)).then(queue, [&](Answer) { ++ran; });
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(static_cast<void>(queue.poll()), std::runtime_error);
    EXPECT_TRUE(readable(queue.fd(), 10000));
  }
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(ran, 3);
  EXPECT_TRUE(queue.drained());
}

Frame throw_after(const CompletionQueue& queue) {
  const Answer answer = co_await operation<Number>(hop_on_worker(1)).on(queue);
  throw std::runtime_error("from a coroutine" + std::to_string(answer.value()));
}

TEST(Queue, WhatACoroutineThrowsComesOutOfTheDrain) {
  auto queue = make_queue();
  const Frame frame = throw_after(queue);
  EXPECT_THROW(static_cast<void>(drain_all(queue)), std::runtime_error);
  EXPECT_TRUE(queue.drained());
}

TEST(Queue, WaitForGivesUpAfterItsTimeout) {
  auto queue = make_queue();
  for (const std::chrono::nanoseconds timeout : {-10s, 0s}) {
    EXPECT_EQ(queue.wait_for(timeout).value(), 0U);
  }
  EXPECT_EQ(queue.wait_for(std::chrono::nanoseconds::min()).value(), 0U);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(queue.wait_for(30ms).value(), 0U);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms);
}

TEST(Queue, WaitForReturnsWithTheFirstCompletions) {
  auto queue = make_queue();
  operation<Number>(sleep_ms(20)).then(queue, [](Answer) {});
  EXPECT_EQ(queue.wait_for(std::chrono::nanoseconds::max()).value(), 1U);
  EXPECT_TRUE(queue.drained());
}

TEST(Queue, SeveralAreIndependent) {
  std::vector<CompletionQueue> queues;
  std::vector<int> ran(8);
  for (int i = 0; i < 8; ++i) {
    queues.push_back(make_queue());
  }
  for (int i = 0; i < 800; ++i) {
    auto op = operation<Number>(i % 2 == 0 ? hop(1) : hop_on_worker(1));
    std::move(op).then(queues[i % 8], [&ran, i](Answer) { ++ran[i % 8]; });
  }
  for (auto& queue : queues) {
    EXPECT_TRUE(drain_all(queue));
  }
  EXPECT_EQ(ran, std::vector<int>(8, 100));
}

TEST(Queue, OneThatWasNeverCreatedAnswersWithAnErrorEverywhere) {
  CompletionQueue queue;
  EXPECT_EQ(queue.fd(), -1);
  EXPECT_TRUE(queue.drained());
  EXPECT_EQ(queue.poll().error().code(), ErrorCode::failed_precondition);
  EXPECT_EQ(queue.wait_for(1s).error().code(), ErrorCode::failed_precondition);
  queue.shutdown();
  std::vector<ErrorCode> codes;
  const auto note = [&](Answer answer) { codes.push_back(answer.error().code()); };
  operation<Number>(ready(1)).then(queue, note);
  const auto running = operation<Number>(hop_on_worker(1)).start(queue, note);
  [](const CompletionQueue& on, auto record) -> Task {
    record(co_await operation<Number>(hop(1)).on(on));
  }(queue, note);
  EXPECT_EQ(codes, std::vector<ErrorCode>(3, ErrorCode::failed_precondition));
  EXPECT_THROW(
      operation<Number>(ready(1)).then(queue, [](Answer) { throw std::runtime_error("mine"); }),
      std::runtime_error);
}

}  // namespace
}  // namespace tombolo_test
