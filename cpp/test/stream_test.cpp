// Streams: pulled item by item, ended by an explicit value, one pull at a time.
#include <vector>

#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

namespace tombolo_test {
namespace {

using Item = std::optional<Number>;
using Next = tombolo::Result<Item>;

TEST(Stream, EndsByAnExplicitValueEverAfter) {
  const auto numbers = tombolo::stream<Number>(count(3));
  for (Number i = 0; i < 3; ++i) {
    EXPECT_EQ(numbers.next().wait().value(), Item(i));
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(numbers.next().wait().value(), std::nullopt);
  }
}

TEST(Stream, OfNothingEndsAtOnce) {
  EXPECT_EQ(tombolo::stream<Number>(count(0)).next().wait().value(), std::nullopt);
}

TEST(Stream, AfterAnErrorItIsOver) {
  const auto numbers = tombolo::stream<Number>(count_then_fail(1));
  EXPECT_EQ(numbers.next().wait().value(), Item(0));
  EXPECT_EQ(numbers.next().wait().error().code(), ErrorCode::data_loss);
  EXPECT_EQ(numbers.next().wait().value(), std::nullopt);
}

TEST(Stream, Law1AfterAPanicItIsPoisonedEverAfter) {
  for (auto make : {+[] { return count_then_panic(0); }, +[] { return panic_later(5); }}) {
    const auto numbers = tombolo::stream<Number>(make());
    EXPECT_EQ(numbers.next().wait().error().kind(), ErrorKind::panic);
    for (int i = 0; i < 3; ++i) {
      const auto error = numbers.next().wait().error();
      EXPECT_EQ(error.code(), ErrorCode::internal);
      EXPECT_EQ(error.kind(), ErrorKind::poisoned);
    }
  }
  EXPECT_TRUE(nothing_stays_alive());
}

TEST(Stream, ThatCannotBeginSaysSoAtTheFirstNext) {
  const auto failed = tombolo::stream<Number>(stream_that_cannot_begin(false));
  const auto error = failed.next().wait().error();
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_EQ(error.operation(), "next");
  EXPECT_EQ(failed.next().wait().value(), std::nullopt);
  const auto panicked = tombolo::stream<Number>(stream_that_cannot_begin(true));
  EXPECT_EQ(panicked.next().wait().error().kind(), ErrorKind::panic);
}

TEST(Stream, ThatIsEmptyHandedAnswersWithAnError) {
  const tombolo::Stream<Number> none;
  EXPECT_EQ(none.next().wait().error().code(), ErrorCode::failed_precondition);
}

TEST(Stream, ASecondNextMeanwhileIsRefusedAndHarmsNothing) {
  auto queue = make_queue();
  const auto numbers = tombolo::stream<Number>(count_slowly(2, 50));
  std::vector<Item> items;
  numbers.next().then(queue, [&](Next next) { items.push_back(next.value()); });
  EXPECT_TRUE(eventually([&] {
    const auto second = numbers.next().timeout(1ms).wait();
    // The first may not have begun; then it was this one that began, and was interrupted.
    return second.error().code() == ErrorCode::failed_precondition;
  }));
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(items, std::vector<Item>{Item(0)});
  EXPECT_EQ(numbers.next().wait().value(), Item(1));
}

TEST(Stream, ACancelledNextLosesNoItem) {
  const auto numbers = tombolo::stream<Number>(count_slowly(20, 2));
  std::vector<Number> items;
  ASSERT_TRUE(eventually([&] {
    auto next = numbers.next().timeout(std::chrono::microseconds(1000 + 100 * items.size())).wait();
    if (!next.has_value()) {
      EXPECT_EQ(next.error().code(), ErrorCode::deadline_exceeded);
      return false;
    }
    if (next->has_value()) {
      items.push_back(**next);
    }
    return !next->has_value();
  }));
  ASSERT_EQ(items.size(), 20U);
  for (Number i = 0; i < 20; ++i) {
    EXPECT_EQ(items[i], i);
  }
}

TEST(Stream, ANextThatNeverStartedPullsNothing) {
  const auto numbers = tombolo::stream<Number>(count(3));
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(numbers.next());
  }
  EXPECT_EQ(numbers.next().wait().value(), Item(0));
}

TEST(Stream, NothingRunsAhead) {
  const auto before = items_produced();
  const auto numbers = tombolo::stream<Number>(count(1000));
  std::this_thread::sleep_for(10ms);
  EXPECT_EQ(items_produced(), before);
  for (Number i = 1; i <= 10; ++i) {
    EXPECT_TRUE(numbers.next().wait().value().has_value());
    EXPECT_EQ(items_produced(), before + i) << "the stream was polled ahead of its consumer";
  }
}

TEST(Stream, IsDroppedWithItsHandle) {
  {
    const auto numbers = tombolo::stream<Number>(count(10));
    EXPECT_EQ(numbers.next().wait().value(), Item(0));
    EXPECT_EQ(alive(), 1U);
    auto moved_from = tombolo::stream<Number>(count(10));
    const auto moved_to = std::move(moved_from);
    EXPECT_EQ(alive(), 2U);
  }
  EXPECT_EQ(alive(), 0U);
}

TEST(Stream, DroppedWithANextInFlightEndsAfterIt) {
  auto queue = make_queue();
  std::optional<Next> answer;
  {
    const auto numbers = tombolo::stream<Number>(count_slowly(10, 20));
    numbers.next().then(queue, [&](Next next) { answer = std::move(next); });
    EXPECT_EQ(alive(), 1U);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_TRUE(drain_all(queue));
  ASSERT_TRUE(answer.has_value()) << "a next that was accepted was not answered";
  EXPECT_TRUE(nothing_stays_alive());
}

TEST(Stream, DroppedBeforeItsNextStartsAnswersWithAnError) {
  std::optional<tombolo::Operation<Item>> next;
  {
    const auto numbers = tombolo::stream<Number>(count(10));
    next.emplace(numbers.next());
  }
  EXPECT_EQ(std::move(*next).wait().error().code(), ErrorCode::failed_precondition);
  EXPECT_TRUE(nothing_stays_alive());
}

TEST(Stream, MayBeDroppedByItsOwnCallback) {
  auto queue = make_queue();
  auto numbers = std::make_unique<tombolo::Stream<Number>>(tombolo::stream<Number>(count(10)));
  numbers->next().then(queue, [&](Next) { numbers.reset(); });
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(numbers, nullptr);
  EXPECT_EQ(alive(), 0U);
}

TEST(Stream, OfStructsCrossesItemByItem) {
  const auto of_pairs = tombolo::stream<Pair>(pairs(2), take_pair);
  EXPECT_EQ(std::string(of_pairs.next().wait().value()->text), "number 0");
  EXPECT_EQ(std::string(of_pairs.next().wait().value()->text), "number 1");
  EXPECT_FALSE(of_pairs.next().wait().value().has_value());
}

/// A stream that waits for its gate, and the operation on it that a test gives up.
struct GivenUp : testing::Test {
  tombolo::Stream<Number> numbers = tombolo::stream<Number>(gated());
  CompletionQueue queue = make_queue();
  std::vector<Item> heard;
  tombolo::Running pull() {
    return numbers.next().start(queue, [&](Next next) { heard.push_back(next.value()); });
  }
  Item next() {
    open_gate();
    return numbers.next().wait().value();
  }
};

TEST_F(GivenUp, WhileItWaitsItTakesNoItemWithIt) {
  for (Number i = 0; i < 10; ++i) {
    { const auto waiting = pull(); }
    EXPECT_EQ(next(), Item(i));
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_TRUE(heard.empty());
}

// What the header says of a `next` that is destroyed: its own item may be gone. No other is, and
// the stream goes on.
TEST_F(GivenUp, WithItsItemItTakesThatOneAlone) {
  open_gate();
  { const auto answered = pull(); }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_TRUE(heard.empty()) << "a callback ran after its handle was destroyed";
  EXPECT_EQ(next(), Item(1));
  EXPECT_EQ(next(), Item(2));
}

// Cancelled and not destroyed, it brings the item that it has.
TEST_F(GivenUp, CancelledWithItsItemItBringsIt) {
  open_gate();
  const auto answered = pull();
  answered.cancel();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(heard, std::vector<Item>{Item(0)});
  EXPECT_EQ(next(), Item(1));
}

}  // namespace
}  // namespace tombolo_test
