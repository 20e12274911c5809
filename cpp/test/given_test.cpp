// An operation that is ready at its start, that asks nothing of the runtime and that nobody else
// knows of gives its value by the call that starts it: nothing else about it is different. The
// runtime runs already in these tests, since what comes before that goes the ordinary way.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coroutine.hpp"
#include "log_support.hpp"
#include "metrics_support.hpp"

namespace tombolo_test {
namespace {

struct Given : testing::Test {
  Given() { start_the_runtime(); }
  CompletionQueue queue = make_queue();
};

/// What `co_await` answers, at once.
template <class T>
tombolo::Result<T> at_once(const CompletionQueue& queue, tombolo::Operation<T> operation) {
  std::optional<tombolo::Result<T>> result;
  [](const CompletionQueue& queue, tombolo::Operation<T> operation, auto& result) -> Task {
    result = co_await std::move(operation).on(queue);
  }(queue, std::move(operation), result);
  return std::move(result).value();
}

TEST_F(Given, AreValuesOfEachTypeThatTomboloKnows) {
  EXPECT_TRUE(at_once(queue, operation<void>(nothing())).has_value());
  EXPECT_EQ(at_once(queue, operation<bool>(negate(false))).value(), true);
  EXPECT_EQ(at_once(queue, operation<bool>(negate(true))).value(), false);
  EXPECT_EQ(at_once(queue, operation<std::int64_t>(half(-4))).value(), -2);
  EXPECT_EQ(at_once(queue, operation<Number>(ready(1))).value(), 2U);
  EXPECT_EQ(at_once(queue, operation<double>(sqrt(6.25))).value(), 2.5);
  Bytes bytes(std::string(100, 'x'));
  const auto* at = bytes.data();
  const auto echoed =
      at_once(queue, operation<Bytes>(echo_bytes(std::move(bytes).release()))).value();
  EXPECT_EQ((std::pair{echoed.data(), echoed.size()}), (std::pair{at, std::size_t{100}}));
  EXPECT_EQ(at_once(queue, operation<std::string>(echo_text(slice("text")))).value(), "text")
      << "which is taken out of the operation";
}

TEST_F(Given, IsNoValueOfAnotherTypeThanIsAskedFor) {
  const auto wrong = at_once(queue, operation<double>(ready(1)));
  EXPECT_EQ(wrong.error().code(), ErrorCode::internal);
  EXPECT_EQ(at_once(queue, operation<void>(ready(1))).error().code(), ErrorCode::internal);
  EXPECT_EQ(at_once(queue, operation<bool>(nothing())).error().code(), ErrorCode::internal);
}

TEST_F(Given, ErrorsComeWithTheirOrigin) {
  const auto error = at_once(queue, operation<void>(fail(5))).error();
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_EQ(error.operation(), "read");
}

TEST_F(Given, EachIsCountedOnce) {
  const Since since;
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(at_once(queue, operation<Number>(ready(1))));
  }
  static_cast<void>(at_once(queue, operation<void>(fail(5))));
  static_cast<void>(at_once(queue, operation<double>(ready(1))));
  EXPECT_TRUE(since.becomes({{"test.read: ok", 4}, {"test.read: not_found", 1}}));
  EXPECT_EQ(tombolo::metrics().slots_in_use, 0U);
}

TEST_F(Given, NoneWhereThereIsNoRoomOrTheQueueWasShut) {
  auto full = CompletionQueue::create({1, false}).value();
  const auto running = operation<Number>(never()).start(full, [](Answer) {});
  EXPECT_EQ(at_once(full, operation<Number>(ready(1))).error().code(),
            ErrorCode::resource_exhausted);
  queue.shutdown();
  EXPECT_EQ(at_once(queue, operation<Number>(ready(1))).error().kind(), ErrorKind::shutdown);
  const CompletionQueue none;
  EXPECT_EQ(at_once(none, operation<Number>(ready(1))).error().code(),
            ErrorCode::failed_precondition);
}

TEST_F(Given, NoneToWhoHasCancelledBefore) {
  const tombolo::CancellationSource source;
  source.cancel();
  const auto answer = at_once(queue, operation<Number>(ready(1)).cancel_on(source.token()));
  EXPECT_EQ(answer.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(answer.error().effect(), Effect::none) << "it was not polled";
}

TEST_F(Given, ATokenThatNobodyCancelsChangesNothing) {
  const tombolo::CancellationSource source;
  EXPECT_EQ(at_once(queue, operation<Number>(ready(1)).cancel_on(source.token())).value(), 2U);
  source.cancel();
  EXPECT_EQ(at_once(queue, operation<Number>(ready(1))).value(), 2U);
}

/// The slot of an operation that is over is the next one's, which must not find anything in it.
TEST_F(Given, TheSlotIsBlankForTheNextOperation) {
  const tombolo::CancellationSource source;
  source.cancel();
  const auto ended_before_it_was_polled = [&] {
    auto answer = operation<Number>(never()).cancel_on(source.token()).wait();
    return answer.error().code() == ErrorCode::cancelled && answer.error().effect() == Effect::none;
  };
  const auto cancelled = [&] {
    auto running = operation<Number>(never_without_runtime()).start(queue, [](Answer) {});
    running = tombolo::Running();
    return drain_all(queue);
  };
  static_cast<void>(at_once(queue, operation<Number>(ready(1)).timeout(1ns)));
  EXPECT_TRUE(ended_before_it_was_polled());
  static_cast<void>(operation<Number>(ready(1)).wait());
  EXPECT_TRUE(ended_before_it_was_polled()) << "though the one before it was polled";
  EXPECT_TRUE(cancelled());
  EXPECT_EQ(at_once(queue, operation<Number>(ready(1))).value(), 2U);
  EXPECT_EQ(operation<Number>(hop(1)).wait().value(), 2U)
      << "though the one before it was cancelled";
}

TEST_F(Given, WhatIsEmittedMeanwhileIsInItsOwnOperation) {
  Records records;
  const auto log = sink(queue, into(records));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(at_once(queue, operation<void>(emitting_at_once())).has_value());
  }
  static_cast<void>(drain(queue));
  ASSERT_EQ(records.size(), 6U);
  for (const LogRecord& record : records) {
    EXPECT_TRUE(is_in(record, "emitting")) << record.to_string();
  }
  EXPECT_EQ(records[1].spans.size(), 2U) << "that of the operation, and one within it";
  const auto number = [&](std::size_t i) { return records[i].spans.at(0).fields.at(2).value; };
  EXPECT_EQ(number(0), number(1)) << "of one operation";
  EXPECT_NE(number(0), number(2)) << "of another";
  EXPECT_NE(number(2), number(4));
}

}  // namespace
}  // namespace tombolo_test
