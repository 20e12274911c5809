// The metrics of calls of handlers.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "handler_support.hpp"
#include "metrics_support.hpp"

namespace tombolo_test {
namespace {

TEST(CallMetrics, CountThoseThatWaitAndThoseUnderWay) {
  auto queue = make_queue();
  const Since since;
  std::vector<Reply<Number>> replies;
  const auto handler = numbers(
      queue, [&](Number, Reply<Number> reply) { replies.push_back(std::move(reply)); }, 2);
  auto answer = operation<Number>(ask_many(handler.raw(), 5, true)).future();
  EXPECT_TRUE(drain_until(queue, [&] { return replies.size() == 2; }));
  EXPECT_TRUE(eventually([&] { return since.grown(&Metrics::handler_calls_waiting) == 3; }));
  EXPECT_EQ(since.grown(&Metrics::handler_calls_under_way), 2);
  EXPECT_EQ(since.ended(), (Ends{{"handler.next_call: ok", 2}}));
  for (int answered = 0; answered < 5; ++answered) {
    EXPECT_TRUE(drain_until(queue, [&] { return !replies.empty(); }));
    std::move(replies.back()).send(1U);
    replies.pop_back();
  }
  EXPECT_EQ(answer.get().value(), 5U);
  EXPECT_EQ(since.grown(&Metrics::handler_calls_waiting), 0);
  EXPECT_EQ(since.grown(&Metrics::handler_calls_under_way), 0);
  EXPECT_EQ(since.ended(), (Ends{{"handler.next_call: ok", 5}, {"test.ask: ok", 1}}));
}

TEST(CallMetrics, CountWhatTheirHandlerLeavesNoMore) {
  auto queue = make_queue();
  const Since since;
  std::optional handler = numbers(queue, [](Number, const Reply<Number>&) {});
  auto answer = operation<Number>(ask_many(handler->raw(), 5, false)).future();
  EXPECT_EQ(since.grown(&Metrics::handler_calls_waiting), 5);
  handler.reset();
  EXPECT_EQ(since.grown(&Metrics::handler_calls_waiting), 0);
  EXPECT_FALSE(answer.get());
  EXPECT_EQ(since.grown(&Metrics::handler_calls_under_way), 0);
}

TEST(CallMetrics, CountThoseThatWereGivenUpNoLongerThanTheyAreKept) {
  constexpr std::int64_t kKept = 64;
  auto handlers = make_queue();
  auto queue = make_queue();
  const Since since;
  {
    const auto handler = numbers(handlers, [](Number, const Reply<Number>&) {});
    for (Number number = 0; number < 1000; ++number) {
      const auto given_up =
          operation<Number>(ask(handler.raw(), number, false)).start(queue, [](Answer) {});
    }
    EXPECT_GE(since.grown(&Metrics::handler_calls_waiting), 1);
    EXPECT_LE(since.grown(&Metrics::handler_calls_waiting), kKept);
  }
  EXPECT_EQ(since.grown(&Metrics::handler_calls_waiting), 0);
}

}  // namespace
}  // namespace tombolo_test
