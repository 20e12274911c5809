// Drops that panic where there is nobody to report it to: futures, values and streams, on every
// thread that may come to drop them. Each is contained, quiet and counted once.
#include <vector>

#include "captured_stderr.hpp"
#include "support.hpp"
#include "tombolo-test-core/src/bombs.rs.h"

namespace tombolo_test {
namespace {

using Item = tombolo::Result<std::optional<Number>>;

/// Whether `body` makes so many panics, which are contained without a word, and the service lives.
template <class Body>
void contains(std::uint64_t panics, Body body) {
  const auto before = panics_contained();
  {
    const Stderr captured;
    body();
    EXPECT_TRUE(nothing_stays_alive());
    EXPECT_TRUE(nothing_stays_in_flight());
    // What is dropped elsewhere is no longer alive a moment before its panic is counted.
    EXPECT_TRUE(eventually([&] { return panics_contained() >= before + panics; }));
    EXPECT_EQ(captured.text(), "");
  }
  EXPECT_EQ(panics_contained(), before + panics);
  EXPECT_EQ(operation<Number>(hop(1)).wait().value(), 2U);
  EXPECT_EQ(operation<Number>(hop_on_worker(1)).wait().value(), 2U);
}

/// On the caller and on a worker.
struct PanicInDrop : testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Placed, PanicInDrop, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "on_worker" : "on_caller");
});

TEST_P(PanicInDrop, Law1OfAFutureThatIsNeverStarted) {
  contains(1, [] { const auto unstarted = operation<Number>(bomb_in_future(GetParam())); });
}

TEST_P(PanicInDrop, Law1OfAFutureThatIsGivenUp) {
  contains(1, [] {
    auto queue = make_queue();
    {
      const auto running =
          operation<Number>(bomb_in_future(GetParam())).start(queue, [](Answer) {});
    }
    EXPECT_TRUE(drain_all(queue));
  });
}

TEST_P(PanicInDrop, Law1OfAFutureWhoseDeadlinePasses) {
  contains(1, [] {
    const auto answer = operation<Number>(bomb_in_future(GetParam())).timeout(5ms).wait();
    // The answer is the deadline's: the drop came after it.
    EXPECT_EQ(answer.error().code(), ErrorCode::deadline_exceeded);
  });
}

TEST_P(PanicInDrop, Law1OfAFutureWhoseQueueIsDestroyed) {
  contains(3, [] {
    auto queue = make_queue();
    for (int i = 0; i < 3; ++i) {
      operation<Number>(bomb_in_future(GetParam())).then(queue, [](Answer answer) {
        EXPECT_EQ(answer.error().kind(), ErrorKind::shutdown);
      });
    }
  });
}

// A full queue refuses it: the future goes unpolled.
TEST_P(PanicInDrop, Law1OfAFutureThatIsRefused) {
  contains(1, [] {
    auto queue = make_queue(1);
    const auto first = operation<Number>(never()).start(queue, [](Answer) {});
    operation<Number>(bomb_in_future(GetParam())).then(queue, [](Answer answer) {
      EXPECT_EQ(answer.error().code(), ErrorCode::resource_exhausted);
    });
    EXPECT_EQ(drain(queue), 1U);
  });
}

TEST_P(PanicInDrop, Law1OfAValueThatNobodyCanTake) {
  contains(1, [] {
    const auto error = operation<Number>(bomb_as_value(GetParam())).wait().error();
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_EQ(error.kind(), ErrorKind::general) << "the drop came after the answer";
  });
}

TEST_P(PanicInDrop, Law1OfAValueThatIsGivenUpBeforeItIsHeard) {
  contains(1, [] {
    auto queue = make_queue();
    auto running = operation<Number>(bomb_as_value(GetParam())).start(queue, [](Answer) {
      ADD_FAILURE() << "it was given up";
    });
    EXPECT_TRUE(nothing_stays_in_flight()) << "it has not answered";
    running = tombolo::Running();
    EXPECT_TRUE(drain_all(queue));
  });
}

TEST(PanicInTheDropOf, Law1ALargeValue) {
  contains(1, [] { EXPECT_FALSE(operation<Number>(bomb_as_large_value()).wait().has_value()); });
}

TEST(PanicInTheDropOf, Law1AStreamThatIsNeverPulled) {
  contains(1, [] { const auto stream = tombolo::stream<Number>(bomb_in_stream(0)); });
}

TEST(PanicInTheDropOf, Law1AStreamThatWasPulled) {
  contains(1, [] {
    const auto stream = tombolo::stream<Number>(bomb_in_stream(1));
    EXPECT_EQ(stream.next().wait().value(), std::optional<Number>(0));
  });
}

// Its handle goes first, so it is the pull under way that drops the stream.
TEST(PanicInTheDropOf, Law1AStreamWithAPullUnderWay) {
  contains(1, [] {
    auto queue = make_queue();
    tombolo::Running pull;
    {
      const auto stream = tombolo::stream<Number>(bomb_in_stream(0));
      pull = stream.next().start(queue, [](Item) {});
    }
    pull = tombolo::Running();
    EXPECT_TRUE(drain_all(queue));
  });
}

}  // namespace
}  // namespace tombolo_test
