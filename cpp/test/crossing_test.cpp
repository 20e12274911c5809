// The crossing through every way of consuming an operation: each answers alike, and once.
#include "tombolo/crossing.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "coroutine.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
namespace test = tombolo_test;
using tombolo::CompletionQueue;
using tombolo::ErrorCode;
using tombolo::ErrorKind;
using tombolo::operation;
using Number = std::uint64_t;
using Op = tombolo::Operation<Number>;
using Answer = tombolo::Result<Number>;

constexpr auto kPatience = 30s;

/// Drains until `done`, or fails the test.
void drain_until(CompletionQueue& queue, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing came";
    ASSERT_TRUE(queue.wait_for(100ms).has_value());
  }
}

tombolo_test_coroutine::Task await_into(Op op, const CompletionQueue& queue,
                                        std::vector<Answer>& answers) {
  answers.push_back(co_await std::move(op).on(queue));
}

struct Way {
  const char* name;
  std::function<Answer(Op)> consume;
};

/// Consumes by something that puts answers into a list, and checks that there is one.
Answer once(Op op, const std::function<void(Op, CompletionQueue&, std::vector<Answer>&)>& start) {
  auto queue = CompletionQueue::create().value();
  std::vector<Answer> answers;
  start(std::move(op), queue, answers);
  drain_until(queue, [&] { return !answers.empty(); });
  EXPECT_EQ(queue.poll().value(), 0U);
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_TRUE(queue.drained());
  return std::move(answers.front());
}

const Way kWays[] = {
    {"wait", [](Op op) { return std::move(op).wait(); }},
    {"future", [](Op op) { return std::move(op).future().get(); }},
    {"then",
     [](Op op) {
       return once(std::move(op), [](Op one, CompletionQueue& queue, std::vector<Answer>& answers) {
         std::move(one).then(queue, [&](Answer answer) { answers.push_back(std::move(answer)); });
         EXPECT_TRUE(answers.empty()) << "a callback ran inside the start";
       });
     }},
    {"start",
     [](Op op) {
       tombolo::Running running;
       return once(std::move(op),
                   [&](Op one, CompletionQueue& queue, std::vector<Answer>& answers) {
                     running = std::move(one).start(
                         queue, [&](Answer answer) { answers.push_back(std::move(answer)); });
                     EXPECT_TRUE(answers.empty()) << "a callback ran inside the start";
                   });
     }},
    {"co_await", [](Op op) { return once(std::move(op), await_into); }},
};

struct EveryWay : testing::TestWithParam<Way> {
  Answer run(tombolo::Ticket ticket) { return GetParam().consume(operation<Number>(ticket)); }
};

INSTANTIATE_TEST_SUITE_P(Crossing, EveryWay, testing::ValuesIn(kWays),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EveryWay, AnswersWithTheValue) {
  for (Number i = 0; i < 100; ++i) {
    EXPECT_EQ(run(test::ready(i)).value(), i + 1);
    EXPECT_EQ(run(test::hop(i)).value(), i + 1);
    EXPECT_EQ(run(test::hop_on_worker(i)).value(), i + 1);
    EXPECT_EQ(run(test::ready_on_worker(i)).value(), i + 1);
    EXPECT_EQ(run(test::big_hop(i)).value(), i + 1);
  }
  EXPECT_EQ(run(test::sleep_ms(5)).value(), 5U);
  EXPECT_EQ(test::alive(), 0U);
}

TEST_P(EveryWay, AnswersWithTheErrorAndAllThatIsKnownOfIt) {
  const auto error = GetParam().consume(operation<Number>(test::fail(5))).error();
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_EQ(error.message(), "as asked");
  EXPECT_EQ(error.service(), "test");
  EXPECT_EQ(error.operation(), "read");
  EXPECT_EQ(error.attempts(), 3U);
  EXPECT_EQ(error.service_status(), 404U);
  EXPECT_EQ(error.request_id(), "r-1");
  EXPECT_EQ(error.causes(), std::vector<std::string>{"the reason"});
  EXPECT_EQ(std::error_code(error), std::errc::no_such_file_or_directory);
}

TEST_P(EveryWay, Law1APanicIsAnErrorAndTheServiceLives) {
  for (auto* make :
       {+[] { return test::panic_in_build(); }, +[] { return test::panic_in_poll(true); },
        +[] { return test::panic_in_poll(false); }}) {
    const auto error = run(make()).error();
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_EQ(error.kind(), ErrorKind::panic);
    EXPECT_NE(error.message().find("a test panics"), std::string_view::npos);
  }
  EXPECT_EQ(run(test::ready(1)).value(), 2U);
}

TEST_P(EveryWay, Law8TheDeadlineFires) {
  for (auto* make : {+[] { return test::never(); }, +[] { return test::never_on_worker(); }}) {
    const auto answer = GetParam().consume(operation<Number>(make()).timeout(20ms));
    EXPECT_EQ(answer.error().code(), ErrorCode::deadline_exceeded);
  }
  EXPECT_EQ(test::alive(), 0U);
}

TEST_P(EveryWay, Law9ATokenCancels) {
  for (auto* make : {+[] { return test::never(); }, +[] { return test::never_on_worker(); }}) {
    const tombolo::CancellationSource source;
    std::thread canceller([&] {
      std::this_thread::sleep_for(5ms);
      source.cancel();
    });
    const auto answer = GetParam().consume(operation<Number>(make()).cancel_on(source.token()));
    canceller.join();
    EXPECT_EQ(answer.error().code(), ErrorCode::cancelled);
    EXPECT_NE(answer.error().effect(), tombolo::Effect::done);
  }
  EXPECT_EQ(test::alive(), 0U);
}

TEST_P(EveryWay, AValueOfAnotherTypeIsAnErrorThatSaysSo) {
  const auto answer = GetParam().consume(operation<Number>(test::negate(true)));
  EXPECT_EQ(answer.error().code(), ErrorCode::internal);
}

TEST(Values, CrossInBothDirections) {
  EXPECT_TRUE(operation<void>(test::nothing()).wait().has_value());
  EXPECT_FALSE(operation<bool>(test::negate(true)).wait().value());
  EXPECT_EQ(operation<std::int64_t>(test::half(-8)).wait().value(), -4);
  const auto pair = operation<test::Pair>(test::pair(7), test::take_pair).wait();
  EXPECT_EQ(std::string(pair.value().text), "number 7");
}

TEST(Text, Law12IsCheckedAndTheArgumentNamed) {
  const auto bytes = [](const char* text) {
    return rust::Slice<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>(text),
                                           std::strlen(text));
  };
  EXPECT_EQ(operation<std::string>(test::echo_text(bytes("größe"))).wait().value(), "größe");
  const auto error = operation<std::string>(test::echo_text(bytes("a\xff"))).wait().error();
  EXPECT_EQ(error.kind(), ErrorKind::invalid_text);
  EXPECT_EQ(error.message(), "text: it is not UTF-8 at byte 1");
}

TEST(Streams, EndByAnExplicitValueEverAfter) {
  const auto stream = tombolo::stream<Number>(test::count(3));
  for (Number i = 0; i < 3; ++i) {
    EXPECT_EQ(stream.next().wait().value(), std::optional<Number>(i));
  }
  EXPECT_EQ(stream.next().wait().value(), std::nullopt);
  EXPECT_EQ(stream.next().wait().value(), std::nullopt);
}

TEST(Streams, AnErrorOrAPanicEndsThem) {
  const auto failing = tombolo::stream<Number>(test::count_then_fail(1));
  EXPECT_TRUE(failing.next().wait().has_value());
  EXPECT_EQ(failing.next().wait().error().code(), ErrorCode::data_loss);
  EXPECT_EQ(failing.next().wait().value(), std::nullopt);
  const auto panicking = tombolo::stream<Number>(test::count_then_panic(1));
  EXPECT_TRUE(panicking.next().wait().has_value());
  EXPECT_EQ(panicking.next().wait().error().kind(), ErrorKind::panic);
  EXPECT_EQ(panicking.next().wait().error().kind(), ErrorKind::poisoned);
}

TEST(Streams, ACancelledNextLosesNothingAndTwoAtOnceAreRefused) {
  auto queue = CompletionQueue::create().value();
  const auto stream = tombolo::stream<Number>(test::count_slowly(2, 50));
  EXPECT_EQ(stream.next().timeout(1ms).wait().error().code(), ErrorCode::deadline_exceeded);
  std::optional<Answer> item;
  stream.next().then(
      queue, [&](tombolo::Result<std::optional<Number>> next) { item = next.value().value(); });
  EXPECT_EQ(stream.next().wait().error().code(), ErrorCode::failed_precondition);
  drain_until(queue, [&] { return item.has_value(); });
  EXPECT_EQ(item->value(), 0U) << "the cancelled next has lost an item";
}

}  // namespace
