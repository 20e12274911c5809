// How a sink shares its queue with others, and how it ends with it.
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "log_support.hpp"

namespace tombolo_test {
namespace {

/// How many records a sink has been given when an operation ends that its function starts at the
/// first of `many`.
template <class F>
std::size_t given_before_another_has_its_turn(std::uint64_t many, F function) {
  auto queue = make_queue();
  std::size_t given = 0;
  std::size_t then = 0;
  const auto log = sink(queue, [&](const LogRecord&) {
    if (++given == 1) {
      operation<Number>(ready(1)).then(queue, [&](Answer) { then = given; });
    }
    function();
  });
  emit_many(many);
  EXPECT_TRUE(drain_until(queue, [&] { return given == many; }));
  return then;
}

TEST(LogDrain, NoMoreThanSixtyFourAreGivenAtOnce) {
  const std::size_t given = given_before_another_has_its_turn(1000, [] {});
  EXPECT_GE(given, 1U);
  EXPECT_LE(given, 64U);
}

TEST(LogDrain, AFunctionThatTakesItsTimeIsGivenOneAtATime) {
  EXPECT_EQ(given_before_another_has_its_turn(
                3, [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }),
            1U);
}

TEST(LogDrain, AQueueThatIsFullDelaysIt) {
  auto queue = make_queue(1);
  std::optional running = operation<Number>(never()).start(queue, [](Answer) {});
  Records records;
  const auto log = sink(queue, into(records));
  emit(slice("while it is full"));
  for (int i = 0; i < 3; ++i) {
    drain(queue);
  }
  EXPECT_TRUE(records.empty());
  running.reset();
  ASSERT_TRUE(drain_until(queue, [&] { return records.size() == 1; }));
  EXPECT_EQ(records[0].lost_before, 0U);
}

TEST(LogDrain, WhileItsQueueEndsNothingMoreComesIn) {
  std::optional<CompletionQueue> queue = make_queue();
  std::optional<std::uint64_t> asked;
  int times = 0;
  const auto log = sink(*queue, [&](const LogRecord&) {
    ++times;
    std::thread([&] { asked = emit_without_a_listener(10); }).join();
  });
  emit(slice("the last one"));
  queue.reset();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(asked, 0U);
}

TEST(LogDrain, WhatTheFunctionThrowsAtTheEndLosesTheRest) {
  auto queue = make_queue();
  const RecordsSince since;
  const auto log = sink(queue, [&](const LogRecord&) { throw std::runtime_error("no room"); });
  emit_many(3);
  queue.shutdown();
  EXPECT_THROW(static_cast<void>(queue.poll()), std::runtime_error);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(since.delivered(), 1U);
  EXPECT_EQ(since.lost(), 2U);
  EXPECT_EQ(RecordsSince::waiting(), 0U);
}

TEST(LogDrain, TheFunctionGoesWithItsSink) {
  auto queue = make_queue();
  const auto held = std::make_shared<int>(1);
  for (const bool with_a_record : {false, true}) {
    {
      const auto log = sink(queue, [held](const LogRecord&) {});
      static_cast<void>(drain(queue));
      if (with_a_record) {
        emit(slice("not taken"));
      }
      EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_TRUE(drain_all(queue));
    EXPECT_EQ(held.use_count(), 1);
  }
}

TEST(LogDrain, ItMayEndOnAnotherThreadInTheMidstOfADrain) {
  auto queue = make_queue();
  const RecordsSince since;
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> asked = 0;
  std::atomic<std::uint64_t> heard = 0;
  std::thread emits([&] {
    while (!stop) {
      asked += emit_without_a_listener(10);
    }
  });
  std::thread comes_and_goes([&] {
    for (int i = 0; i < 2000; ++i) {
      const auto log = sink(queue, [&](const LogRecord&) { ++heard; });
    }
    stop = true;
  });
  EXPECT_TRUE(drain_until(queue, [&] { return stop.load(); }));
  emits.join();
  comes_and_goes.join();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(since.delivered(), heard);
  EXPECT_EQ(since.delivered() + since.lost(), asked);
  EXPECT_EQ(RecordsSince::waiting(), 0U);
  EXPECT_TRUE(nothing_stays_in_flight());
}

}  // namespace
}  // namespace tombolo_test
