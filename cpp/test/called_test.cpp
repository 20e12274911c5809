// What an operation is told beside its arguments: how often it may be tried, its trace, and when
// its time is over. Rust hears of it with each poll, wherever that is.
#include <string>
#include <vector>

#include "coroutine.hpp"
#include "metrics_support.hpp"
#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

namespace tombolo_test {
namespace {

using Told = tombolo::Operation<std::string>;

constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

std::string trace_parent() { return "00-" + std::string(kTrace) + "-00f067aa0ba902b7-01"; }

Told told_what(bool on_worker, std::uint64_t hops = 0) {
  return operation<std::string>(told(on_worker, hops));
}

Told all_of_it(Told op) {
  return std::move(op).max_attempts(3).hedge_after(20ms).trace_parent(trace_parent());
}

const std::string kAll = "3 20 " + std::string(kTrace);

TEST(ACall, SaysNothingButItsDeadline) {
  EXPECT_EQ(told_what(true).wait().value(), "- - - 1");
  EXPECT_EQ(told_what(true, 1).timeout(10min).wait().value(), "- - - 10");
  EXPECT_EQ(told_what(false, 1).timeout(10min).wait().value(), "- - - 10");
  EXPECT_EQ(told_what(false).wait().value(), "- - - -") << "what is ready at once has none yet";
}

TEST(ACall, TellsTheFirstPollAndEachOther) {
  EXPECT_EQ(all_of_it(told_what(true)).wait().value(), kAll + " 1");
  EXPECT_EQ(all_of_it(told_what(true, 2)).wait().value(), kAll + " 1");
  EXPECT_EQ(all_of_it(told_what(false)).wait().value(), kAll + " -");
  EXPECT_EQ(all_of_it(told_what(false, 2)).wait().value(), kAll + " 1");
}

TEST(ACall, IsToldEveryWay) {
  auto queue = make_queue();
  std::vector<std::string> heard;
  const auto hear = [&](tombolo::Result<std::string> one) {
    heard.push_back(std::move(one).value());
  };
  all_of_it(told_what(false, 1)).then(queue, hear);
  const auto running = all_of_it(told_what(true, 1)).start(queue, hear);
  [](const CompletionQueue& on, std::vector<std::string>& out) -> Task {
    out.push_back((co_await all_of_it(told_what(false, 1)).on(on)).value());
  }(queue, heard);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(heard, std::vector<std::string>(3, kAll + " 1"));
  EXPECT_EQ(all_of_it(told_what(false, 1)).future().get().value(), kAll + " 1");
}

TEST(ACall, IsToldOnTheShortestWayToo) {
  auto queue = make_queue();
  std::string with;
  std::string without;
  [](const CompletionQueue& on, std::string& one, std::string& other) -> Task {
    one = (co_await all_of_it(operation<std::string>(told_plainly())).on(on)).value();
    other = (co_await operation<std::string>(told_plainly()).on(on)).value();
  }(queue, with, without);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(with, kAll + " -");
  EXPECT_EQ(without, "- - - -") << "it has heard what another operation was told";
}

TEST(ACall, SaysTheLastWord) {
  EXPECT_EQ(told_what(true).max_attempts(3).max_attempts(5).wait().value(), "5 - - 1");
  EXPECT_EQ(told_what(true).hedge_after(-1ms).wait().value(), "- 0 - 1");
}

void expect_refused(Told op, std::string_view argument) {
  const Since since;
  auto queue = make_queue();
  int answers = 0;
  std::move(op).then(queue, [&](const tombolo::Result<std::string>& one) {
    ++answers;
    ASSERT_FALSE(one.has_value());
    EXPECT_EQ(one.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(one.error().message().substr(0, argument.size()), argument);
    EXPECT_EQ(one.error().operation(), "probe");
  });
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(answers, 1);
  EXPECT_TRUE(since.becomes({{"test.probe: invalid_argument", 1}}));
}

TEST(ACall, ThatMakesNoSenseIsAnswered) {
  expect_refused(told_what(true).max_attempts(0), "max_attempts: it is 0");
  expect_refused(told_what(false).trace_parent("00-1"), "trace_parent: it is not");
  expect_refused(told_what(true).trace_parent("\xff"), "trace_parent: ");
  expect_refused(told_what(true).max_attempts(0).trace_parent("later"), "max_attempts: ");
}

TEST(ACall, OfAnOperationThatWasConsumedChangesNothing) {
  Told op = told_what(true);
  EXPECT_TRUE(std::move(op).wait().has_value());
  const auto again = std::move(op).max_attempts(1).trace_parent("x").wait();  // NOLINT
  EXPECT_EQ(again.error().code(), ErrorCode::failed_precondition);
}

TEST(ACall, LeavesNothingBehindUnstarted) {
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(all_of_it(told_what(i % 2 == 0)));
  }
  EXPECT_TRUE(nothing_stays_alive());
  EXPECT_EQ(told_what(true).wait().value(), "- - - 1");
}

}  // namespace
}  // namespace tombolo_test
