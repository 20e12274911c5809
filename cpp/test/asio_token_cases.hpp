// Every kind of completion token, and what is associated with a handler.
#pragma once

#include <array>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "asio_support.hpp"

namespace {

/// Each kind of operation so often; the sum of the values.
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

TEST(AsioTokens, CoroutinesRunOnTheirContextWhichEndsAndCanBeUsedAgain) {
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

net::awaitable<std::string> a_stream() {
  auto numbers = tombolo::stream<Number>(test::count(4));
  std::string seen;
  for (;;) {
    auto item = co_await tombolo::async_wait(numbers.next(), net::use_awaitable);
    if (!item.value().has_value()) {
      co_return seen;
    }
    seen += std::to_string(**item);
  }
}

TEST(AsioTokens, CoroutinesPullStreams) {
  net::io_context context;
  auto seen = net::co_spawn(context, a_stream(), net::use_future);
  context.run();
  EXPECT_EQ(seen.get(), "0123");
}

TEST(AsioTokens, AnAwaitableThatIsNotAwaitedStartsNothing) {
  net::io_context context;
  {
    const auto awaitable =
        tombolo::async_wait(context, operation<Number>(test::never()), net::use_awaitable);
  }
  EXPECT_EQ(context.run(), 0U);
  EXPECT_TRUE(nothing_is_left());
}

TEST(AsioTokens, ACallbackNeverRunsInsideTheInitiation) {
  for (std::size_t kind = 0; kind < 3; ++kind) {
    net::io_context context;
    std::optional<Number> value;
    auto only = std::make_unique<int>(1);
    tombolo::async_wait(context, nth_kind(kind, 1),
                        [&value, only = std::move(only)](Answer answer) { value = *answer; });
    EXPECT_EQ(value, std::nullopt);
    context.run();
    EXPECT_EQ(value, 2U);
  }
}

TEST(AsioTokens, AnErrorComesAsTheResult) {
  net::io_context context;
  std::optional<ErrorCode> code;
  tombolo::async_wait(context, operation<void>(test::fail(5)),
                      [&](tombolo::Result<void> result) { code = result.error().code(); });
  context.run();
  EXPECT_EQ(code, ErrorCode::not_found);
}

TEST(AsioTokens, TheExecutorMayBeThatOfAnIoObjectOrAnyOther) {
  net::io_context context;
  net::steady_timer timer(context);
  const net::any_io_executor any = context.get_executor();
  int ran = 0;
  const auto count = [&ran](Answer) { ++ran; };
  tombolo::async_wait(timer, operation<Number>(test::hop(1)), count);
  tombolo::async_wait(any, operation<Number>(test::hop(1)), count);
  tombolo::async_wait(net::make_strand(any), operation<Number>(test::hop(1)), count);
  tombolo::async_wait(
      net::require(context.get_executor(), net::execution::outstanding_work.tracked),
      operation<Number>(test::hop(1)), count);
  tombolo::async_wait(any, operation<Number>(test::hop(1)),
                      [&, only = std::make_unique<int>(1)](Answer) { ran += *only; });
  context.run();
  EXPECT_EQ(ran, 5);
}

TEST(AsioTokens, TheAssociatedExecutorRunsTheHandler) {
  net::io_context context;
  auto strand = net::make_strand(context);
  int inside = 0;
  const auto look = [&](Answer) { inside += strand.running_in_this_thread() ? 1 : 0; };
  for (std::size_t kind = 0; kind < 3; ++kind) {
    tombolo::async_wait(nth_kind(kind, 1), net::bind_executor(strand, look));
    tombolo::async_wait(context, nth_kind(kind, 1), net::bind_executor(strand, look));
  }
  context.run();
  EXPECT_EQ(inside, 6);
}

TEST(AsioTokens, UseFutureOnAContextAndOnTheSystemsThreads) {
  net::io_context context;
  auto future = tombolo::async_wait(context, operation<Number>(test::hop(1)), net::use_future);
  context.run();
  EXPECT_EQ(future.get().value(), 2U);
  EXPECT_EQ(tombolo::async_wait(operation<Number>(test::hop(2)), net::use_future).get().value(),
            3U);
}

TEST(AsioTokens, ATokenOfTomboloCancelsAndADeadlineFires) {
  net::io_context context;
  const tombolo::CancellationSource source;
  std::vector<ErrorCode> codes;
  const auto note = [&](Answer answer) { codes.push_back(answer.error().code()); };
  for (auto* make : {+[] { return test::never(); }, +[] { return test::never_on_worker(); }}) {
    tombolo::async_wait(context, operation<Number>(make()).cancel_on(source.token()), note);
  }
  context.poll();
  source.cancel();
  context.run();
  context.restart();
  // The source is cancelled before this one starts.
  tombolo::async_wait(context, operation<Number>(test::never()).cancel_on(source.token()), note);
  context.run();
  EXPECT_EQ(codes, std::vector(3, ErrorCode::cancelled));
  context.restart();
  tombolo::async_wait(context,
                      operation<Number>(test::never()).timeout(std::chrono::milliseconds(5)), note);
  context.run();
  EXPECT_EQ(codes.back(), ErrorCode::deadline_exceeded);
}

/// What a counting allocator has given out, and what it refuses.
struct Account {
  int given = 0;
  int out = 0;
  int refuse = 0;  // the number of the one allocation that fails
};

template <class T>
struct Counting {
  using value_type = T;
  explicit Counting(Account& with) : account(&with) {}
  template <class U>
  Counting(const Counting<U>& other) : account(other.account) {}
  T* allocate(std::size_t n) {
    if (++account->given == account->refuse) {
      throw std::bad_alloc();
    }
    ++account->out;
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* at, std::size_t n) {
    --account->out;
    std::allocator<T>().deallocate(at, n);
  }
  friend bool operator==(const Counting& a, const Counting& b) { return a.account == b.account; }
  friend bool operator!=(const Counting& a, const Counting& b) { return !(a == b); }
  Account* account;
};

struct CountingHandler {
  using allocator_type = Counting<void>;
  [[nodiscard]] allocator_type get_allocator() const { return allocator_type(*account); }
  void operator()(Answer) const { *left = account->out; }
  Account* account;
  int* left;
};

TEST(AsioTokens, TheAssociatedAllocatorIsUsedAndEmptyBeforeTheHandlerRuns) {
  for (std::size_t kind = 0; kind < 3; ++kind) {
    net::io_context context;
    Account account;
    int left = -1;
    tombolo::async_wait(context, nth_kind(kind, 1), CountingHandler{&account, &left});
    EXPECT_EQ(account.out, 1);
    context.run();
    EXPECT_EQ(left, 0);
    EXPECT_EQ(account.given, 2);  // the waiting operation, and the handler that is posted
  }
}

TEST(AsioTokens, WhatAnAllocatorThrowsLeavesNothingBehind) {
  for (const int refused : {1, 2}) {
    net::io_context context;
    Account account{0, 0, refused};
    int left = -1;
    int ran = 0;
    const auto start = [&] {
      tombolo::async_wait(context, operation<Number>(test::hop(1)),
                          CountingHandler{&account, &left});
    };
    if (refused == 1) {
      EXPECT_THROW(start(), std::bad_alloc);
    } else {
      start();
    }
    tombolo::async_wait(context, operation<Number>(test::hop(1)), [&](Answer) { ++ran; });
    if (refused == 2) {
      EXPECT_THROW(context.run(), std::bad_alloc);
    }
    context.run();
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(left, -1);
    EXPECT_EQ(account.out, 0);
  }
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
