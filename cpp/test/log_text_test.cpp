// A record as a line of text.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tombolo/log.hpp"

namespace tombolo_test {
namespace {

using tombolo::LogLevel;
using tombolo::LogRecord;
using Kind = LogRecord::Field::Kind;

LogRecord record() {
  LogRecord one;
  one.level = LogLevel::warn;
  one.target = "core::part";
  one.message = "it is said";
  return one;
}

TEST(LogText, NamesEachLevel) {
  constexpr std::array<const char*, 6> kNames = {"off", "error", "warn", "info", "debug", "trace"};
  for (std::size_t level = 0; level < kNames.size(); ++level) {
    auto one = record();
    one.level = static_cast<LogLevel>(level);
    EXPECT_EQ(to_string(one.level), kNames[level]);
    EXPECT_EQ(one.to_string(), std::string(kNames[level]) + " core::part: it is said");
  }
  EXPECT_EQ(to_string(static_cast<LogLevel>(6)), "unknown");
}

TEST(LogText, BeginsWithTheSpans) {
  auto one = record();
  one.spans = {{"outer", {}}, {"inner", {{"a", "x", Kind::text}, {"b", "1", Kind::number}}}};
  EXPECT_EQ(one.to_string(), "warn outer{} inner{a=\"x\" b=1} core::part: it is said");
}

TEST(LogText, IsOneLineWhateverIsSaid) {
  auto one = record();
  one.message =
      "a\nb\tc\x01"
      "d\x1f"
      "e\x7f"
      "f\"g\\h größe";
  EXPECT_EQ(one.to_string(), "warn core::part: a\\nb\\x09c\\x01d\\x1fe\\x7ff\"g\\h größe");
}

TEST(LogText, QuotesTextAndNothingElse) {
  auto one = record();
  one.fields = {{"text", "a \"b\" \\ \n\r\x7f", Kind::text},
                {"empty", "", Kind::text},
                {"number", "-7", Kind::number},
                {"yes", "true", Kind::boolean}};
  EXPECT_EQ(one.to_string(),
            "warn core::part: it is said text=\"a \\\"b\\\" \\\\ \\n\\x0d\\x7f\" empty=\"\" "
            "number=-7 yes=true");
}

TEST(LogText, EndsWithWhatIsMissing) {
  auto one = record();
  one.cut = true;
  EXPECT_EQ(one.to_string(), "warn core::part: it is said (cut)");
  one.lost_before = 12;
  EXPECT_EQ(one.to_string(), "warn core::part: it is said (cut) (12 lost before)");
  one.cut = false;
  EXPECT_EQ(one.to_string(), "warn core::part: it is said (12 lost before)");
}

}  // namespace
}  // namespace tombolo_test
