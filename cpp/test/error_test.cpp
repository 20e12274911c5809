// Errors: the numbers and names that both languages pin, every field across the seam, and the way
// into std::error_code.
#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "support.hpp"
#include "tombolo-test-core/src/fallible.rs.h"

namespace tombolo_test {
namespace {

using tombolo::Error;

/// "NotFound" as "not_found".
std::string snake(std::string_view camel) {
  std::string out;
  for (const char c : camel) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !out.empty()) {
      out += '_';
    }
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::map<std::uint32_t, std::string> by_number(const rust::Vec<Named>& all) {
  std::map<std::uint32_t, std::string> names;
  for (const Named& one : all) {
    names[one.number] = snake(std::string(one.name));
  }
  return names;
}

TEST(Numbers, OfCodesArePinnedOnBothSides) {
  const std::map<std::uint32_t, std::string> pinned = {
      {1, "cancelled"},           {2, "unknown"},
      {3, "invalid_argument"},    {4, "deadline_exceeded"},
      {5, "not_found"},           {6, "already_exists"},
      {7, "permission_denied"},   {8, "resource_exhausted"},
      {9, "failed_precondition"}, {10, "aborted"},
      {11, "out_of_range"},       {12, "unimplemented"},
      {13, "internal"},           {14, "unavailable"},
      {15, "data_loss"},          {16, "unauthenticated"},
  };
  EXPECT_EQ(by_number(error_codes()), pinned);
  for (const auto& [number, name] : pinned) {
    const auto code = static_cast<ErrorCode>(number);
    EXPECT_EQ(tombolo::to_string(code), name);
    EXPECT_EQ(Error(code, "there and back").code(), code);
  }
}

TEST(Numbers, OfKindsArePinnedOnBothSides) {
  const std::map<ErrorKind, std::string> pinned = {
      {ErrorKind::general, "general"},
      {ErrorKind::panic, "panic"},
      {ErrorKind::exception, "exception"},
      {ErrorKind::forked, "forked"},
      {ErrorKind::poisoned, "poisoned"},
      {ErrorKind::shutdown, "shutdown"},
      {ErrorKind::condition_not_met, "condition_not_met"},
      {ErrorKind::not_modified, "not_modified"},
      {ErrorKind::invalid_text, "invalid_text"},
      {ErrorKind::would_deadlock, "would_deadlock"},
  };
  const auto theirs = by_number(error_kinds());
  EXPECT_EQ(theirs.size(), pinned.size());
  for (const auto& [kind, name] : pinned) {
    EXPECT_EQ(theirs.at(static_cast<std::uint32_t>(kind)), name);
    EXPECT_EQ(Error(ErrorCode::internal, "there and back", kind).kind(), kind);
  }
}

TEST(Numbers, OfEffectsArePinnedOnBothSides) {
  const std::map<std::uint32_t, std::string> pinned = {
      {static_cast<std::uint32_t>(Effect::none), "none"},
      {static_cast<std::uint32_t>(Effect::unknown), "unknown"},
      {static_cast<std::uint32_t>(Effect::done), "done"},
  };
  EXPECT_EQ(by_number(effects()), pinned);
}

TEST(Error, EveryFieldCrosses) {
  const auto error = operation<void>(fail(5)).wait().error();
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_EQ(error.kind(), ErrorKind::general);
  EXPECT_EQ(error.effect(), Effect::none);
  EXPECT_FALSE(error.retryable());
  EXPECT_EQ(error.attempts(), 3U);
  EXPECT_EQ(error.service_status(), 404U);
  EXPECT_EQ(error.message(), "as asked");
  EXPECT_EQ(error.service(), "test");
  EXPECT_EQ(error.operation(), "read");
  EXPECT_EQ(error.request_id(), "r-1");
  EXPECT_EQ(error.causes(), std::vector<std::string>{"the reason"});
  EXPECT_EQ(error.to_string(), "test.read: as asked (not_found): the reason");
}

TEST(Error, SaysWhetherARetryCanHelpAndWhetherItHappened) {
  EXPECT_TRUE(operation<void>(fail(14)).wait().error().retryable());
  const auto done = operation<void>(fail_done()).wait().error();
  EXPECT_EQ(done.code(), ErrorCode::aborted);
  EXPECT_EQ(done.effect(), Effect::done);
  EXPECT_TRUE(done.retryable());
}

TEST(Error, OfTheCallersOwnMaking) {
  const Error error(ErrorCode::data_loss, "größe", ErrorKind::exception);
  EXPECT_EQ(error.message(), "größe");
  EXPECT_EQ(error.kind(), ErrorKind::exception);
  EXPECT_EQ(error.attempts(), 1U);
  EXPECT_EQ(error.service(), "");
  EXPECT_TRUE(error.causes().empty());
  EXPECT_EQ(error.to_string(), "größe (data_loss)");
}

TEST(Error, OfTheCallersOwnMakingTakesAnything) {
  EXPECT_EQ(Error(ErrorCode::internal, std::string_view()).message(), "");
  EXPECT_EQ(Error(ErrorCode::internal, "a\xff").message(), "a\xEF\xBF\xBD");
  EXPECT_EQ(Error(static_cast<ErrorCode>(77), "a code of another version").kind(),
            ErrorKind::general);
  EXPECT_EQ(Error(ErrorCode::internal, "", static_cast<ErrorKind>(77)).kind(), ErrorKind::general);
}

// What is said twice of one error is the same.
TEST(Error, AnUnknownNumberIsTheSameOnBothSides) {
  const Error error(static_cast<ErrorCode>(77), "a code of another version");
  EXPECT_EQ(error.code(), ErrorCode::unknown);
  auto across = tombolo::failed<void>(error).wait();
  EXPECT_EQ(across.error().code(), error.code());
}

TEST(Error, IsCopiedAndMoved) {
  Error first = operation<void>(fail(5)).wait().error();
  const Error copy = first;
  EXPECT_EQ(copy.message().data(), first.message().data()) << "a copy counts a reference";
  Error moved = std::move(first);
  EXPECT_EQ(moved.message(), "as asked");
  EXPECT_EQ(first.message(), "");  // NOLINT(bugprone-use-after-move): valid, and says nothing
  EXPECT_EQ(first.kind(), ErrorKind::general);
  EXPECT_TRUE(first.causes().empty());
  const Error copy_of_nothing = first;
  EXPECT_EQ(copy_of_nothing.to_string(), " (not_found)");
  first = copy;
  EXPECT_EQ(first.message(), "as asked");
  first = Error(ErrorCode::aborted, "another");
  EXPECT_EQ(copy.code(), ErrorCode::not_found);
  EXPECT_EQ(first.code(), ErrorCode::aborted);
  moved = std::move(first);
  EXPECT_EQ(moved.message(), "another");
}

TEST(Error, GoesThroughTheSeamAndBackWhole) {
  const auto error = operation<void>(fail(5)).wait().error();
  const auto back = tombolo::failed<Number>(error).wait().error();
  EXPECT_EQ(back.to_string(), error.to_string());
  EXPECT_EQ(back.attempts(), 3U);
  EXPECT_EQ(back.request_id(), "r-1");
}

Error sum_that_does_not_fit() {
  std::uint64_t sum = 0;
  return Error(checked_add(~0ULL, 1, sum));
}

TEST(Error, OfACodeAndALiteralHasEveryField) {
  std::uint64_t sum = 0;
  EXPECT_FALSE(checked_add(1, 2, sum).is_error());
  EXPECT_EQ(sum, 3U);
  const Error error = sum_that_does_not_fit();
  EXPECT_EQ(error.code(), ErrorCode::out_of_range);
  EXPECT_EQ(error.kind(), ErrorKind::general);
  EXPECT_EQ(error.effect(), Effect::none);
  EXPECT_FALSE(error.retryable());
  EXPECT_EQ(error.attempts(), 1U);
  EXPECT_EQ(error.service_status(), 0U);
  EXPECT_EQ(error.message(), "the sum does not fit");
  EXPECT_EQ(error.service(), "");
  EXPECT_EQ(error.operation(), "");
  EXPECT_EQ(error.request_id(), "");
  EXPECT_TRUE(error.causes().empty());
  EXPECT_EQ(error.to_string(), "the sum does not fit (out_of_range)");
}

TEST(Error, OfACodeAndALiteralIsCopiedAndMoved) {
  Error error = sum_that_does_not_fit();
  Error copy = error;
  const Error moved = std::move(error);
  copy = Error(ErrorCode::aborted, "another");
  EXPECT_EQ(copy.message(), "another");
  EXPECT_EQ(moved.message(), "the sum does not fit");
  copy = moved;
  EXPECT_EQ(copy.to_string(), moved.to_string());
  // The text is the program's own: it outlives every error.
  EXPECT_EQ(copy.message().data(), sum_that_does_not_fit().message().data());
}

TEST(ErrorCode, IsAStandardErrorCode) {
  const std::error_code code = ErrorCode::not_found;
  EXPECT_EQ(&code.category(), &tombolo::error_category());
  EXPECT_STREQ(code.category().name(), "tombolo");
  EXPECT_EQ(code.value(), 5);
  EXPECT_EQ(code.message(), "not_found");
  EXPECT_EQ(code, ErrorCode::not_found);
  EXPECT_NE(code, ErrorCode::aborted);
  const std::error_code from_error = Error(ErrorCode::not_found, "gone");
  EXPECT_EQ(from_error, code);
}

TEST(ErrorCode, ComparesWithStandardConditions) {
  const std::pair<ErrorCode, std::errc> pairs[] = {
      {ErrorCode::cancelled, std::errc::operation_canceled},
      {ErrorCode::invalid_argument, std::errc::invalid_argument},
      {ErrorCode::out_of_range, std::errc::invalid_argument},
      {ErrorCode::deadline_exceeded, std::errc::timed_out},
      {ErrorCode::not_found, std::errc::no_such_file_or_directory},
      {ErrorCode::already_exists, std::errc::file_exists},
      {ErrorCode::permission_denied, std::errc::permission_denied},
      {ErrorCode::unauthenticated, std::errc::permission_denied},
      {ErrorCode::resource_exhausted, std::errc::resource_unavailable_try_again},
      {ErrorCode::unimplemented, std::errc::function_not_supported},
      {ErrorCode::unavailable, std::errc::host_unreachable},
      {ErrorCode::data_loss, std::errc::io_error},
  };
  for (const auto& [code, condition] : pairs) {
    EXPECT_EQ(make_error_code(code), condition) << tombolo::to_string(code);
  }
  for (const ErrorCode code : {ErrorCode::unknown, ErrorCode::failed_precondition,
                               ErrorCode::aborted, ErrorCode::internal}) {
    const std::error_code ours = code;
    EXPECT_EQ(&ours.default_error_condition().category(), &tombolo::error_category());
  }
  EXPECT_EQ(tombolo::to_string(static_cast<ErrorCode>(77)), "no error code of this version");
}

TEST(ErrorCode, TravelsInASystemError) {
  try {
    throw std::system_error(Error(ErrorCode::unavailable, "not now"));
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
  }
}

}  // namespace
}  // namespace tombolo_test
