// What ended operations are told apart by: service, operation and outcome.
#include <algorithm>
#include <string>
#include <tuple>

#include "metrics_support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

namespace tombolo_test {
namespace {

TEST(MetricsNames, TellEachCodeOfAnErrorApart) {
  for (std::uint32_t code = 1; code <= 16; ++code) {
    const Since since;
    const auto answer = operation<void>(fail(code)).wait();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), static_cast<ErrorCode>(code));
    const std::string name(to_string(static_cast<ErrorCode>(code)));
    EXPECT_EQ(since.ended(), (Ends{{"test.read: " + name, 1}}));
  }
}

// A name is known again by where it lies, so these lie at one place.
TEST(MetricsNames, TellNamesApartOfWhichOneBeginsLikeTheOther) {
  const std::string text = "alike";
  const Since since;
  Ends expected;
  for (std::size_t service = 1; service <= text.size(); ++service) {
    for (std::size_t operation = 1; operation <= text.size(); ++operation) {
      const std::string name = text.substr(0, service) + "." + text.substr(0, operation) + ": ok";
      for (std::size_t times = 1; times <= service + operation; ++times) {
        static_cast<void>(tombolo::operation<Number>(named_alike(service, operation)).wait());
        expected[name] = times;
      }
    }
  }
  EXPECT_EQ(since.ended(), expected);
}

TEST(MetricsNames, ComeInOrder) {
  for (const Number number : {5U, 1U, 3U, 2U, 4U}) {
    static_cast<void>(operation<Number>(named(number)).wait());
  }
  static_cast<void>(operation<void>(fail(16)).wait());
  static_cast<void>(operation<void>(fail(5)).wait());
  static_cast<void>(operation<Number>(ready(1)).wait());
  const auto all = tombolo::metrics().operations;
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.service, a.operation) < std::tie(b.service, b.operation);
  }));
  const auto at = [&](const std::string& outcome) {
    return std::find_if(all.begin(), all.end(), [&](const auto& one) {
      return one.service == "test" && one.operation == "read" && one.outcome == outcome;
    });
  };
  EXPECT_LT(at("ok"), at("not_found")) << "success, then codes by their numbers";
  EXPECT_LT(at("not_found"), at("unauthenticated"));
  EXPECT_LT(at("unauthenticated"), all.end());
}

// The last one, since it fills the table of names for good.
TEST(MetricsNames, AreCountedAsOtherWhenTheyAreMany) {
  constexpr Number kNames = 300;
  const Since since;
  static_cast<void>(operation<Number>(named_other()).wait());
  for (int twice = 0; twice < 2; ++twice) {
    for (Number name = 0; name < kNames; ++name) {
      static_cast<void>(operation<Number>(named(name)).wait());
    }
  }
  Number all = 0;
  Number names = 0;
  for (const auto& [name, count] : since.ended()) {
    all += count;
    names += name == "other.other: ok" ? 0 : 1;
    EXPECT_TRUE(count == 2 || name == "other.other: ok") << name;
  }
  EXPECT_EQ(all, 2 * kNames + 1) << "one has that name itself";
  EXPECT_GT(names, 100U);
  EXPECT_LE(names, 128U);
}

}  // namespace
}  // namespace tombolo_test
