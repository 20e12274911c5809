// Which threads run what, how long a context runs, and what becomes of operations in the end.
#pragma once

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "asio_support.hpp"

namespace {

TEST(AsioContexts, HandlersRunOnTheThreadsThatRunTheContext) {
  net::io_context context;
  std::vector<std::thread::id> threads;
  for (std::size_t i = 0; i < 30; ++i) {
    tombolo::async_wait(context, nth_kind(i, 1),
                        [&](Answer) { threads.push_back(std::this_thread::get_id()); });
  }
  std::thread runner([&] { context.run(); });
  const auto id = runner.get_id();
  runner.join();
  EXPECT_EQ(threads, std::vector(30, id));
}

TEST(AsioContexts, AThreadPoolDrainsItsOwnQueue) {
  std::atomic<int> inside = 0;
  net::thread_pool pool(2);
  for (std::size_t i = 0; i < 300; ++i) {
    const net::any_io_executor executor = pool.get_executor();
    tombolo::async_wait(executor, nth_kind(i, 1), [&](Answer) {
      inside += pool.get_executor().running_in_this_thread() ? 1 : 0;
    });
  }
  pool.join();
  EXPECT_EQ(inside, 300);
}

TEST(AsioContexts, TheSystemsThreadsDrainTheirOwnQueue) {
  std::promise<std::thread::id> thread;
  tombolo::async_wait(net::system_executor(), operation<Number>(test::hop(1)),
                      [&](Answer) { thread.set_value(std::this_thread::get_id()); });
  EXPECT_NE(thread.get_future().get(), std::this_thread::get_id());
}

TEST(AsioContexts, TheHandlersContextIsKeptRunningAsWell) {
  net::io_context drains;
  net::io_context handles;
  std::optional<Number> value;
  tombolo::async_wait(drains, operation<Number>(test::hop(1)),
                      net::bind_executor(handles, [&](Answer answer) { value = *answer; }));
  EXPECT_EQ(handles.poll(), 0U);
  EXPECT_FALSE(handles.stopped()) << "it has no work";
  drains.run();
  EXPECT_EQ(value, std::nullopt);
  handles.run();
  EXPECT_EQ(value, 2U);
}

TEST(AsioContexts, AStrandThatIsBusyHoldsUpNobodyElse) {
  net::io_context context;
  auto strand = net::make_strand(context);
  std::promise<void> other;
  // The first operation of the context, so that its executor is the first the queue sees.
  tombolo::async_wait(strand, operation<Number>(test::hop(1)), [&](Answer) {
    tombolo::async_wait(context, operation<Number>(test::hop(1)),
                        [&](Answer) { other.set_value(); });
    other.get_future().wait();
  });
  std::thread second([&] { context.run(); });
  context.run();
  second.join();
}

TEST(AsioContexts, AStoppedContextGoesOnWhereItWas) {
  net::io_context context;
  int ran = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    tombolo::async_wait(context, nth_kind(i, 1), [&](Answer) {
      ++ran;
      context.stop();
    });
  }
  for (int before = -1; before != ran && ran < 9;) {
    before = ran;
    context.restart();
    context.run();
  }
  EXPECT_EQ(ran, 9);
}

TEST(AsioContexts, OneSignalWakesAtMostTwiceAndAnIdleQueueNever) {
  net::io_context context;
  tombolo::async_wait(context, operation<Number>(test::hop(1)), [](Answer) {});
  context.run();  // what is set up at first use
  constexpr int kTimes = 1000;
  asio_wake_ups = 0;
  for (int i = 0; i < kTimes; ++i) {
    context.restart();
    // One signal: the operation is woken once, and done in the drain that polls it.
    tombolo::async_wait(context, operation<Number>(test::hop(1)), [](Answer) {});
    context.run();
  }
  EXPECT_LE(asio_wake_ups, 2 * kTimes);
  EXPECT_GE(asio_wake_ups, 1) << "nothing is counted";

  const tombolo::CancellationSource source;
  tombolo::async_wait(context, operation<Number>(test::never()).cancel_on(source.token()),
                      [](Answer) {});
  context.restart();
  context.poll();
  asio_wake_ups = 0;
  for (int i = 0; i < 1000; ++i) {
    context.poll();
  }
  EXPECT_LE(asio_wake_ups, 1);
  source.cancel();
  context.run();
}

TEST(AsioContexts, WhatHandlersThrowComesOutOfRunAndNothingIsLost) {
  constexpr std::size_t kTimes = 600;  // more than a drain takes at once
  net::io_context context;
  std::size_t ran = 0;
  for (std::size_t i = 0; i < kTimes; ++i) {
    tombolo::async_wait(context, nth_kind(i, 1), [&](Answer) {
      ++ran;
      throw std::runtime_error("mine");
    });
  }
  std::size_t caught = 0;
  for (bool going = true; going;) {
    try {
      context.run();
      going = false;
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  EXPECT_EQ(ran, kTimes);
  EXPECT_EQ(caught, kTimes);
}

TEST(AsioContexts, SeveralThreadsLoseNothing) {
  constexpr std::size_t kChains = 60;
  constexpr std::size_t kLinks = 100;
  struct Chain {
    net::io_context* context;
    std::atomic<std::size_t>* ran;
    std::size_t at;
    void operator()(Answer answer) {
      *ran += answer.value() == at ? 1 : 0;
      if (++at <= kLinks) {
        tombolo::async_wait(*context, nth_kind(at, at - 1), Chain(*this));
      }
    }
  };
  net::io_context context;
  std::atomic<std::size_t> ran = 0;
  for (std::size_t i = 0; i < kChains; ++i) {
    tombolo::async_wait(context, nth_kind(i, 0), Chain{&context, &ran, 1});
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { context.run(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(ran, kChains * kLinks);
}

TEST(AsioContexts, ThreadsOutsideStartWhileOthersRunAndAStrandKeepsOrder) {
  constexpr std::size_t kEach = 2000;
  net::io_context context;
  auto strand = net::make_strand(context);
  auto work = std::make_optional(net::make_work_guard(context));
  std::size_t ran = 0;  // only the strand touches it
  std::vector<std::thread> runners;
  for (int i = 0; i < 3; ++i) {
    runners.emplace_back([&] { context.run(); });
  }
  std::vector<std::thread> starters;
  for (int i = 0; i < 2; ++i) {
    starters.emplace_back([&] {
      for (std::size_t n = 0; n < kEach; ++n) {
        tombolo::async_wait(nth_kind(n, 1), net::bind_executor(strand, [&](Answer) { ++ran; }));
      }
    });
  }
  for (std::thread& starter : starters) {
    starter.join();
  }
  work.reset();
  for (std::thread& runner : runners) {
    runner.join();
  }
  EXPECT_EQ(ran, 2 * kEach);
}

TEST(AsioContexts, AContextThatGoesDropsHandlersUnheardAndCancels) {
  auto held = std::make_shared<int>(1);
  {
    net::io_context context;
    const auto start = [&](tombolo::Ticket ticket) {
      tombolo::async_wait(context, operation<Number>(ticket),
                          [held](Answer) { FAIL() << "a handler ran"; });
    };
    start(test::never());
    start(test::never_on_worker());
    start(test::sleep_ms(60'000));
    context.poll();
    start(test::stuck_ms(50));  // a worker may be in the middle of it
    start(test::hop(1));
    start(test::ready(1));
    EXPECT_EQ(held.use_count(), 7);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_TRUE(nothing_is_left());
}

net::awaitable<void> holds(std::shared_ptr<int> held) {
  const Answer answer =
      co_await tombolo::async_wait(operation<Number>(test::never()), net::use_awaitable);
  *held = 2;
}

TEST(AsioContexts, AContextThatGoesDestroysItsCoroutines) {
  auto held = std::make_shared<int>(1);
  {
    net::io_context context;
    net::co_spawn(context, holds(held), net::detached);
    context.poll();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 1);
  EXPECT_TRUE(nothing_is_left());
}

/// Starts another operation when it is destroyed.
struct Restart {
  Restart(net::io_context& in, int& count) : context(&in), heard(&count) {}
  Restart(const Restart&) = delete;
  Restart& operator=(const Restart&) = delete;
  ~Restart() {
    tombolo::async_wait(*context, operation<Number>(test::hop(1)),
                        [heard = heard](Answer) { ++*heard; });
  }
  net::io_context* context;
  int* heard;
};

TEST(AsioContexts, WhatIsStartedWhileTheContextGoesIsDroppedToo) {
  int heard = 0;
  {
    net::io_context context;
    auto restart = std::make_shared<Restart>(context, heard);
    tombolo::async_wait(context, operation<Number>(test::never()),
                        [restart = std::move(restart)](Answer) {});
    context.poll();
  }
  {
    // Here the queue is made by a context that is already going.
    net::io_context context;
    net::post(context, [restart = std::make_shared<Restart>(context, heard)] {});
  }
  EXPECT_EQ(heard, 0);
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
