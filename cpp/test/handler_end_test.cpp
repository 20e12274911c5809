// Handlers: what becomes of a call when Rust gives it up, and of all of them when the handler or
// its queue goes.
#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "handler_support.hpp"

namespace tombolo_test {
namespace {

TEST(HandlerEnd, Law9ACallThatIsGivenUpIsNotMade) {
  auto queue = make_queue();
  int calls = 0;
  const auto handler = numbers(queue, [&](Number n) {
    ++calls;
    return n;
  });
  auto gave_up = operation<bool>(ask_and_give_up(handler.raw(), 1, 1)).future();
  EXPECT_TRUE(gave_up.get().value());  // while nobody drains
  EXPECT_EQ(asked<Number>(queue, ask(handler.raw(), 2, true)).value(), 2U);
  EXPECT_EQ(calls, 1);
}

TEST(HandlerEnd, SeesThatACallIsGivenUp) {
  auto queue = make_queue();
  std::optional<Reply<Number>> kept;
  const auto handler =
      numbers(queue, [&](Number, Reply<Number> reply) { kept = std::move(reply); });
  auto gave_up = operation<bool>(ask_and_give_up(handler.raw(), 1, 200)).future();
  EXPECT_TRUE(drain_until(queue, [&] { return kept.has_value(); }));
  EXPECT_TRUE(gave_up.get().value());
  EXPECT_FALSE(kept->is_wanted());
  EXPECT_FALSE(std::move(*kept).send(1U));
}

TEST(HandlerEnd, DestroyedItEndsWhatWaits) {
  auto queue = make_queue();
  int calls = 0;
  std::optional<Numbers> handler = numbers(queue, [&](Number n) {
    ++calls;
    return n;
  });
  auto waits = operation<Number>(ask(handler->raw(), 1, true)).future();
  const auto raw = handler->raw();
  handler.reset();
  const auto error = waits.get().error();
  EXPECT_EQ(asked<Number>(queue, ask(raw, 1, true)).error().code(), ErrorCode::unavailable);
  EXPECT_EQ(error.service(), "test");
  EXPECT_EQ(calls, 0);
}

TEST(HandlerEnd, DestroyedTheRepliesThatAreKeptCanBeSent) {
  auto queue = make_queue();
  std::optional<Reply<Number>> kept;
  std::optional<Numbers> handler =
      numbers(queue, [&](Number, Reply<Number> reply) { kept = std::move(reply); });
  auto answer = operation<Number>(ask(handler->raw(), 1, true)).future();
  EXPECT_TRUE(drain_until(queue, [&] { return kept.has_value(); }));
  handler.reset();
  queue = CompletionQueue();
  EXPECT_TRUE(std::move(*kept).send(7U));
  EXPECT_EQ(answer.get().value(), 7U);
}

TEST(HandlerEnd, DestroysItself) {
  auto queue = make_queue();
  auto alive = std::make_shared<int>();
  std::optional<Numbers> handler;
  handler = numbers(queue, [&handler, alive](Number n) {
    handler.reset();
    return n + *alive;
  });
  EXPECT_EQ(asked<Number>(queue, ask(handler->raw(), 5, true)).value(), 5U);
  EXPECT_EQ(alive.use_count(), 1);
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(HandlerEnd, DestroyedOnTheDrainingThreadItNeverRunsAfterwards) {
  for (int round = 0; round < 200; ++round) {
    auto queue = make_queue();
    bool alive = true;
    std::optional<Numbers> handler = numbers(queue, [&](Number n) {
      EXPECT_TRUE(alive);
      return n;
    });
    auto answer = operation<Number>(ask(handler->raw(), 1, true)).future();
    for (int polls = 0; polls < round % 5; ++polls) {
      ASSERT_TRUE(queue.poll());
    }
    handler.reset();
    alive = false;
    while (answer.wait_for(0s) != std::future_status::ready) {
      ASSERT_TRUE(queue.wait_for(1ms));
    }
  }
}

TEST(HandlerEnd, AQueueThatShutsDownEndsIt) {
  auto queue = make_queue();
  const auto handler = numbers(queue, [](Number n) { return n; });
  EXPECT_FALSE(queue.drained());
  queue.shutdown();
  EXPECT_TRUE(drain_until(queue, [&] { return queue.drained(); }));
  const auto error = operation<Number>(ask(handler.raw(), 1, true)).wait().error();
  EXPECT_EQ(error.code(), ErrorCode::unavailable);
  EXPECT_EQ(error.kind(), ErrorKind::shutdown);
  EXPECT_FALSE(error.retryable());
}

TEST(HandlerEnd, AQueueThatIsDestroyedEndsIt) {
  std::optional<CompletionQueue> queue = make_queue();
  const auto handler = numbers(*queue, [](Number n) { return n; });
  auto waits = operation<Number>(ask(handler.raw(), 1, true)).future();
  queue.reset();
  EXPECT_FALSE(waits.get());
  EXPECT_EQ(operation<Number>(ask(handler.raw(), 1, true)).wait().error().code(),
            ErrorCode::unavailable);
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(HandlerEnd, Law4ToWaitForItOnItsOnlyThreadIsAnError) {
  auto queue = make_queue();
  auto other = make_queue();
  auto handler = numbers(queue, [](Number n) { return n; });
  EXPECT_EQ(asked<Number>(queue, ask(handler.raw(), 1, true)).value(), 1U);
  const auto error = operation<Number>(ask(handler.raw(), 1, true)).wait().error();
  EXPECT_EQ(error.kind(), ErrorKind::would_deadlock);
  EXPECT_NE(error.message().find("only thread that drains"), std::string::npos);
  // On a thread that drains nothing, it waits.
  std::atomic<bool> waited = false;
  std::thread waiting([&] {
    EXPECT_EQ(operation<Number>(ask(handler.raw(), 2, true)).wait().value(), 2U);
    waited = true;
  });
  EXPECT_TRUE(drain_until(queue, [&] {
    EXPECT_TRUE(queue.wait_for(1ms));
    return waited.load();
  }));
  waiting.join();
  handler = Numbers();
  EXPECT_EQ(operation<Number>(ready(1)).wait().value(), 2U) << "it has no handler any more";
}

}  // namespace
}  // namespace tombolo_test
