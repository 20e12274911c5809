// Standalone Asio's completion tokens, and what only it has: cancellation slots, deferred tokens.
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>

#include "tombolo/asio.hpp"
#if __has_include(<asio/deferred.hpp>)
#include <asio/deferred.hpp>
#else
#include <asio/experimental/deferred.hpp>
#endif

#define TOMBOLO_TEST_ASIO ::asio
#include "asio_context_cases.hpp"
#include "asio_token_cases.hpp"

namespace {

TEST(AsioCancellation, EveryKindOfASlotCancels) {
  for (const auto type : {net::cancellation_type::terminal, net::cancellation_type::partial,
                          net::cancellation_type::total, net::cancellation_type::all}) {
    for (auto* make : {+[] { return test::never(); }, +[] { return test::never_on_worker(); }}) {
      net::io_context context;
      net::cancellation_signal signal;
      std::optional<ErrorCode> code;
      tombolo::async_wait(context, operation<Number>(make()),
                          net::bind_cancellation_slot(signal.slot(), [&](Answer answer) {
                            code = answer.error().code();
                            EXPECT_FALSE(signal.slot().has_handler());
                          }));
      context.poll();
      signal.emit(net::cancellation_type::none);
      context.poll();
      EXPECT_EQ(code, std::nullopt);
      signal.emit(type);
      context.run();
      EXPECT_EQ(code, ErrorCode::cancelled);
      signal.emit(type);  // long over
    }
  }
}

TEST(AsioCancellation, ASignalMayOutliveTheContext) {
  net::cancellation_signal signal;
  {
    net::io_context context;
    tombolo::async_wait(
        context, operation<Number>(test::never()),
        net::bind_cancellation_slot(signal.slot(), [](Answer) { FAIL() << "a handler ran"; }));
  }
  signal.emit(net::cancellation_type::terminal);
  EXPECT_TRUE(nothing_is_left());
}

net::awaitable<std::size_t> the_first_wins(bool on_worker) {
  using namespace net::experimental::awaitable_operators;
  auto never = on_worker ? test::never_on_worker() : test::never();
  const auto first =
      co_await (tombolo::async_wait(operation<Number>(never), net::use_awaitable) ||
                tombolo::async_wait(operation<Number>(test::hop(1)), net::use_awaitable));
  co_return first.index();
}

TEST(AsioCancellation, TheLoserOfAnAlternativeIsCancelled) {
  for (const bool on_worker : {false, true}) {
    net::io_context context;
    auto index = net::co_spawn(context, the_first_wins(on_worker), net::use_future);
    context.run();  // it waits for the loser
    EXPECT_EQ(index.get(), 1U);
  }
  EXPECT_TRUE(nothing_is_left());
}

net::awaitable<Number> both() {
  using namespace net::experimental::awaitable_operators;
  const auto [a, b] =
      co_await (tombolo::async_wait(operation<Number>(test::hop(1)), net::use_awaitable) &&
                tombolo::async_wait(operation<Number>(test::ready(2)), net::use_awaitable));
  co_return *a + *b;
}

TEST(AsioCancellation, BothOfAConjunctionComeThrough) {
  net::io_context context;
  auto sum = net::co_spawn(context, both(), net::use_future);
  context.run();
  EXPECT_EQ(sum.get(), 5U);
}

net::awaitable<void> waits(std::optional<ErrorCode>& code) {
  const Answer answer =
      co_await tombolo::async_wait(operation<Number>(test::never()), net::use_awaitable);
  code = answer.error().code();
}

TEST(AsioCancellation, ACoroutinesSlotReachesTheOperationItWaitsFor) {
  net::io_context context;
  net::cancellation_signal signal;
  std::optional<ErrorCode> code;
  net::co_spawn(context, waits(code), net::bind_cancellation_slot(signal.slot(), net::detached));
  context.poll();
  signal.emit(net::cancellation_type::terminal);
  context.run();
  EXPECT_EQ(code, ErrorCode::cancelled);
}

TEST(AsioTokens, ADeferredOperationStartsWhenItIsCalled) {
#if __has_include(<asio/deferred.hpp>)
  constexpr auto deferred = net::deferred;
#else
  constexpr auto deferred = net::experimental::deferred;
#endif
  net::io_context context;
  auto later = tombolo::async_wait(context, operation<Number>(test::hop(1)), deferred);
  { auto dropped = tombolo::async_wait(context, operation<Number>(test::never()), deferred); }
  EXPECT_EQ(context.run(), 0U);
  std::optional<Number> value;
  std::move(later)([&](Answer answer) { value = *answer; });
  context.restart();
  context.run();
  EXPECT_EQ(value, 2U);
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
