// Completion tokens, for one flavour of Asio: TOMBOLO_TEST_ASIO names its namespace. Included once
// per test program.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"

namespace {

namespace net = TOMBOLO_TEST_ASIO;
namespace test = tombolo_test;
using tombolo::operation;
using Number = std::uint64_t;
using Answer = tombolo::Result<Number>;

/// Each operation once; the sum of the values.
net::awaitable<void> in_turn(int times, Number& sum) {
  for (int i = 0; i < times; ++i) {
    auto ready =
        co_await tombolo::async_wait(operation<Number>(test::ready(1)), net::use_awaitable);
    auto hop = co_await tombolo::async_wait(operation<Number>(test::hop(1)), net::use_awaitable);
    auto worker =
        co_await tombolo::async_wait(operation<Number>(test::hop_on_worker(1)), net::use_awaitable);
    sum += ready.value() + hop.value() + worker.value();
  }
}

TEST(Asio, CoroutinesRunOnACallersContextWhichEnds) {
  net::io_context context;
  Number sum = 0;
  net::co_spawn(context, in_turn(200, sum), net::detached);
  context.run();
  EXPECT_EQ(sum, 200U * 6);
  net::co_spawn(context, in_turn(1, sum), net::detached);
  context.restart();
  context.run();
  EXPECT_EQ(sum, 201U * 6);
}

TEST(Asio, SeveralThreadsRunOneContext) {
  net::io_context context;
  std::vector<Number> sums(50);
  for (Number& sum : sums) {
    net::co_spawn(context, in_turn(50, sum), net::detached);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { context.run(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const Number sum : sums) {
    EXPECT_EQ(sum, 50U * 6);
  }
}

TEST(Asio, ACallbackNeverRunsInsideTheInitiation) {
  net::io_context context;
  std::optional<Number> value;
  tombolo::async_wait(context.get_executor(), operation<Number>(test::ready(1)),
                      [&, only = std::make_unique<int>(1)](Answer answer) { value = *answer; });
  EXPECT_EQ(value, std::nullopt);
  context.run();
  EXPECT_EQ(value, 2U);
}

TEST(Asio, TheAssociatedExecutorRunsTheHandler) {
  net::io_context context;
  auto strand = net::make_strand(context);
  bool inside = false;
  tombolo::async_wait(operation<Number>(test::hop(1)), net::bind_executor(strand, [&](Answer) {
                        inside = strand.running_in_this_thread();
                      }));
  context.run();
  EXPECT_TRUE(inside);
}

TEST(Asio, UseFuture) {
  net::io_context context;
  auto future =
      tombolo::async_wait(context.get_executor(), operation<Number>(test::hop(1)), net::use_future);
  context.run();
  EXPECT_EQ(future.get().value(), 2U);
}

TEST(Asio, WhatAHandlerThrowsComesOutOfRunAndTheRestGoesOn) {
  net::io_context context;
  int ran = 0;
  tombolo::async_wait(context.get_executor(), operation<Number>(test::hop(1)),
                      [](Answer) { throw std::runtime_error("mine"); });
  tombolo::async_wait(context.get_executor(), operation<Number>(test::sleep_ms(20)),
                      [&](Answer) { ++ran; });
  EXPECT_THROW(context.run(), std::runtime_error);
  context.run();
  EXPECT_EQ(ran, 1);
}

TEST(Asio, AContextThatGoesDropsHandlersUnheardAndCancels) {
  auto held = std::make_shared<int>(1);
  {
    net::io_context context;
    for (auto* make : {+[] { return test::never(); }, +[] { return test::never_on_worker(); }}) {
      tombolo::async_wait(context.get_executor(), operation<Number>(make()),
                          [held](Answer) { FAIL() << "a handler ran"; });
    }
    context.poll();
    EXPECT_EQ(held.use_count(), 3);
  }
  EXPECT_EQ(held.use_count(), 1);
  for (int i = 0; i < 500 && test::alive() != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(test::alive(), 0U);
}

}  // namespace
