// Text is checked at the seam, and a bad one is an error that names the argument.
#include <string>

#include "support.hpp"

namespace tombolo_test {
namespace {

tombolo::Result<std::string> echo(std::string_view text) {
  return operation<std::string>(echo_text(slice(text))).wait();
}

TEST(Text, Law12GoodTextCrossesUnchanged) {
  using namespace std::string_view_literals;
  for (const auto text :
       {""sv, "plain"sv, "größe"sv, "\0 inside"sv, "\xF0\x9F\x8F\x9D"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_EQ(echo(text).value(), text);
  }
  EXPECT_EQ(echo(std::string_view()).value(), "");
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(echo(large).value(), large);
}

TEST(Text, Law12BadTextIsAnErrorThatNamesTheArgumentAndThePlace) {
  const std::pair<std::string_view, const char*> bad[] = {
      {"a\xff", "1"},                 // no such byte
      {"\xC3", "0"},                  // cut off
      {"ab\xC0\xAF", "2"},            // overlong
      {"abc\xED\xA0\x80", "3"},       // a surrogate
      {"abcd\xF4\x90\x80\x80", "4"},  // beyond the last
  };
  for (const auto& [text, place] : bad) {
    const auto error = echo(text).error();
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error.kind(), ErrorKind::invalid_text);
    EXPECT_EQ(error.effect(), Effect::none);
    EXPECT_EQ(error.message(), std::string("text: it is not UTF-8 at byte ") + place);
  }
}

TEST(Text, Law12OfAStoreNamesItsArguments) {
  EXPECT_EQ(tombolo::BlobStore::open("mem:\xff").error().kind(), ErrorKind::invalid_text);
  const auto store = tombolo::BlobStore::open("mem:").value();
  const auto error = store.get("key\xff").wait().error();
  EXPECT_EQ(error.kind(), ErrorKind::invalid_text);
  EXPECT_EQ(error.message().substr(0, 4), "key:") << error.message();
  EXPECT_EQ(store.get(std::string_view()).wait().error().code(), ErrorCode::invalid_argument);
}

TEST(Text, Law12OneBadKeyOfManyFailsAlone) {
  const auto store = tombolo::BlobStore::open("mem:").value();
  ASSERT_TRUE(store.put("a", tombolo::Bytes()).wait());
  ASSERT_TRUE(store.put("b", tombolo::Bytes()).wait());
  const auto outcomes = store.remove_many({"a", "b\xff", "", "b"}).wait().value();
  ASSERT_EQ(outcomes.size(), 4U);
  EXPECT_TRUE(outcomes[0].result);
  const auto& error = outcomes[1].result.error();
  EXPECT_EQ(error.kind(), ErrorKind::invalid_text);
  EXPECT_EQ(error.message(), "key: it is not UTF-8 at byte 1");
  EXPECT_EQ(error.operation(), "delete_many");
  EXPECT_EQ(outcomes[2].result.error().kind(), ErrorKind::general);
  EXPECT_TRUE(outcomes[3].result);
  EXPECT_EQ(store.head("b").wait().error().code(), ErrorCode::not_found);
}

TEST(Text, Law1WhatIsTooLongIsRefusedBeforeItIsCopied) {
  const auto store = tombolo::BlobStore::open("mem:").value();
  const std::string long_key((16 << 20) + 1, 'k');
  const auto error = store.get(long_key).wait().error();
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error.message(), "key: it has 16777217 bytes, and text has at most 16777216");
}

}  // namespace
}  // namespace tombolo_test
