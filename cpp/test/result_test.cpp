// Result<T> has the interface of std::expected<T, Error>: values that only move, void, chains.
#include <memory>
#include <string>
#include <type_traits>

#include "support.hpp"

namespace tombolo_test {
namespace {

using tombolo::BadResultAccess;
using tombolo::Error;
using tombolo::Result;
using tombolo::unexpected;

Error not_found() { return {ErrorCode::not_found, "gone"}; }

struct NoDefault {
  explicit NoDefault(int with) : number(with) {}
  int number;
};

static_assert(std::is_same_v<Result<int>::value_type, int>);
static_assert(std::is_same_v<Result<void>::error_type, Error>);
static_assert(std::is_nothrow_move_constructible_v<Result<std::string>>);
static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
static_assert(!std::is_convertible_v<Result<int>, bool>);

TEST(Result, HoldsAValue) {
  Result<std::string> result = std::string("value");
  EXPECT_TRUE(result.has_value());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result.value(), "value");
  EXPECT_EQ(*result, "value");
  EXPECT_EQ(result->size(), 5U);
  *result += "s";
  EXPECT_EQ(std::as_const(result).value(), "values");
  EXPECT_EQ(std::as_const(result)->size(), 6U);
  EXPECT_EQ(std::move(result).value(), "values");
}

TEST(Result, HoldsAnError) {
  const Result<std::string> result = unexpected(not_found());
  EXPECT_FALSE(result.has_value());
  EXPECT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::not_found);
}

TEST(Result, ThrowsWhatWasAskedForInVain) {
  const Result<int> failed = unexpected(not_found());
  try {
    static_cast<void>(failed.value());
    FAIL();
  } catch (const BadResultAccess& bad) {
    EXPECT_EQ(bad.error().code(), ErrorCode::not_found);
    EXPECT_STREQ(bad.what(), "gone (not_found)");
    const BadResultAccess copy = bad;
    EXPECT_EQ(copy.error().message(), "gone");
  }
  EXPECT_THROW(static_cast<void>(*failed), BadResultAccess);
  const Result<std::string> text = unexpected(not_found());
  EXPECT_THROW(static_cast<void>(text->size()), std::runtime_error);
  const Result<int> fine = 1;
  EXPECT_THROW(static_cast<void>(fine.error()), BadResultAccess);
  const Result<void> nothing;
  EXPECT_THROW(static_cast<void>(nothing.error()), BadResultAccess);
}

TEST(Result, OfWhatOnlyMoves) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  auto next = std::move(result);
  const std::unique_ptr<int> out = *std::move(next);
  EXPECT_EQ(*out, 7);
  Result<std::unique_ptr<int>> failed = unexpected(not_found());
  EXPECT_EQ(std::move(failed).value_or(nullptr), nullptr);
}

TEST(Result, OfWhatHasNoDefault) {
  Result<NoDefault> result = NoDefault(3);
  EXPECT_EQ(result->number, 3);
  result = unexpected(not_found());
  EXPECT_FALSE(result.has_value());
  result = NoDefault(4);
  EXPECT_EQ(result.value().number, 4);
}

TEST(Result, OfNothing) {
  Result<void> result;
  EXPECT_TRUE(result.has_value());
  result.value();
  *result;
  result = unexpected(not_found());
  EXPECT_FALSE(result);
  EXPECT_THROW(result.value(), BadResultAccess);
  EXPECT_EQ(std::move(result).error().code(), ErrorCode::not_found);
}

TEST(Result, ValueOr) {
  const Result<std::string> value = std::string("value");
  EXPECT_EQ(value.value_or("other"), "value");
  EXPECT_EQ(Result<std::string>(unexpected(not_found())).value_or("other"), "other");
}

TEST(Result, ByDefaultHoldsADefaultValue) {
  const Result<int> result;
  EXPECT_EQ(result.value(), 0);
}

TEST(Chain, AndThenGoesOnWithTheValue) {
  const auto half = [](int x) -> Result<int> {
    if (x % 2 != 0) {
      return unexpected(Error(ErrorCode::invalid_argument, "odd"));
    }
    return x / 2;
  };
  EXPECT_EQ(Result<int>(8).and_then(half).and_then(half).value(), 2);
  EXPECT_EQ(Result<int>(6).and_then(half).and_then(half).error().message(), "odd");
  int called = 0;
  const auto count = [&](int) -> Result<void> {
    ++called;
    return {};
  };
  EXPECT_FALSE(Result<int>(unexpected(not_found())).and_then(count).has_value());
  EXPECT_EQ(called, 0);
  EXPECT_TRUE(Result<int>(1).and_then(count).has_value());
  EXPECT_EQ(called, 1);
}

TEST(Chain, AndThenOfNothing) {
  EXPECT_EQ(Result<void>().and_then([] { return Result<int>(1); }).value(), 1);
  const auto failed = Result<void>(unexpected(not_found())).and_then([] { return Result<int>(1); });
  EXPECT_EQ(failed.error().code(), ErrorCode::not_found);
}

TEST(Chain, TransformMakesAnotherValue) {
  const auto text = Result<int>(7).transform([](int x) { return std::to_string(x); });
  EXPECT_EQ(text.value(), "7");
  EXPECT_EQ(Result<void>().transform([] { return 3; }).value(), 3);
  int seen = 0;
  const Result<void> none = Result<int>(7).transform([&](int x) { seen = x; });
  EXPECT_TRUE(none.has_value());
  EXPECT_EQ(seen, 7);
  const auto failed = Result<int>(unexpected(not_found())).transform([](int x) { return x; });
  EXPECT_EQ(failed.error().code(), ErrorCode::not_found);
  auto moved =
      Result<std::unique_ptr<int>>(std::make_unique<int>(1)).transform([](std::unique_ptr<int> p) {
        return p;
      });
  EXPECT_EQ(**moved, 1);
}

TEST(Chain, OrElseGoesOnWithTheError) {
  const auto retry = [](const Error& error) -> Result<int> {
    if (error.code() == ErrorCode::not_found) {
      return 0;
    }
    return unexpected(error);
  };
  EXPECT_EQ(Result<int>(5).or_else(retry).value(), 5);
  EXPECT_EQ(Result<int>(unexpected(not_found())).or_else(retry).value(), 0);
  const Error other(ErrorCode::aborted, "no");
  EXPECT_EQ(Result<int>(unexpected(other)).or_else(retry).error().code(), ErrorCode::aborted);
  EXPECT_TRUE(Result<void>(unexpected(not_found()))
                  .or_else([](const Error&) { return Result<void>(); })
                  .has_value());
}

TEST(Chain, ByMemberPointer) {
  const auto size = Result<std::string>(std::string("four")).transform([](const std::string& text) {
    return text.size();
  });
  EXPECT_EQ(size.value(), 4U);
}

TEST(Unexpected, HoldsItsError) {
  const unexpected error(not_found());
  EXPECT_EQ(error.error().code(), ErrorCode::not_found);
  const Result<int> twice[] = {error, error};
  EXPECT_EQ(twice[1].error().message(), "gone");
}

}  // namespace
}  // namespace tombolo_test
