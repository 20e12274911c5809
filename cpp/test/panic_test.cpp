// Panics: contained wherever they happen, reported by value, quiet, and counted.
// panic_in_drop_test.cpp has those of drops that nobody hears of.
#include <vector>

#include "captured_stderr.hpp"
#include "support.hpp"

namespace tombolo_test {
namespace {

/// Every place of an operation where the test core can panic.
const std::vector<Ticket (*)()>& places() {
  static const std::vector<Ticket (*)()> all = {
      [] { return panic_in_build(); },    [] { return panic_in_poll(false); },
      [] { return panic_in_poll(true); }, [] { return panic_in_drop(false); },
      [] { return panic_in_drop(true); },
  };
  return all;
}

TEST(Panic, Law1IsQuietAndReportedByValue) {
  const Stderr captured;
  for (auto* make : places()) {
    const auto error = operation<Number>(make()).wait().error();
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_EQ(error.kind(), ErrorKind::panic);
    EXPECT_EQ(error.effect(), Effect::unknown);
    EXPECT_FALSE(error.retryable());
    EXPECT_NE(error.message().find("operations.rs:"), std::string_view::npos)
        << "it does not say where: " << error.message();
    EXPECT_NE(error.message().find("a test panics"), std::string_view::npos);
  }
  EXPECT_EQ(captured.text(), "");
}

TEST(Panic, Law1InBlockingWorkIsQuietAndCounted) {
  const Stderr captured;
  const auto before = panics_contained();
  const auto error = operation<Number>(panic_in_blocking_work()).wait().error();
  EXPECT_EQ(error.message(), "the work did not end");
  EXPECT_EQ(panics_contained(), before + 1);
  EXPECT_EQ(captured.text(), "");
}

TEST(Panic, Law1IsCounted) {
  for (auto* make : places()) {
    const auto before = panics_contained();
    EXPECT_FALSE(operation<Number>(make()).wait().has_value());
    EXPECT_EQ(panics_contained(), before + 1);
  }
}

TEST(Panic, Law1OfOneOperationDoesNotTouchTheOthers) {
  auto queue = make_queue();
  int panicked = 0;
  int fine = 0;
  for (int i = 0; i < 500; ++i) {
    operation<Number>(places()[i % places().size()]()).then(queue, [&](Answer answer) {
      panicked += answer.error().kind() == ErrorKind::panic ? 1 : 0;
    });
    operation<Number>(i % 2 == 0 ? hop(1) : hop_on_worker(1)).then(queue, [&](Answer answer) {
      fine += answer.value() == 2 ? 1 : 0;
    });
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(panicked, 500);
  EXPECT_EQ(fine, 500);
}

TEST(Panic, Law1NobodyWaitsForIsContained) {
  for (auto* make : places()) {
    static_cast<void>(operation<Number>(make()).future());
  }
  EXPECT_TRUE(nothing_stays_in_flight());
  EXPECT_EQ(operation<Number>(hop_on_worker(1)).wait().value(), 2U);
}

}  // namespace
}  // namespace tombolo_test
